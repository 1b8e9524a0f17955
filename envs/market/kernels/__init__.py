"""The kernels of the market family, by the names the core driver calls them."""

from __future__ import annotations

from adaptarium.envs.market.kernels.content import content_hash
from adaptarium.envs.market.kernels.intent import masks
from adaptarium.envs.market.kernels.observe import observe
from adaptarium.envs.market.kernels.reset import reset
from adaptarium.envs.market.kernels.step import step

KERNELS = {
    "reset": reset,
    "step": step,
    "observe": observe,
    "masks": masks,
    "content_hash": content_hash,
}
