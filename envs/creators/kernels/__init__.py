"""The kernels of creator markets, by the names the core driver calls them."""

from __future__ import annotations

from adaptarium.envs.creators.kernels.content import content_hash
from adaptarium.envs.creators.kernels.observe import observe
from adaptarium.envs.creators.kernels.reset import reset
from adaptarium.envs.creators.kernels.seats import masks
from adaptarium.envs.creators.kernels.step import step

KERNELS = {
    "reset": reset,
    "step": step,
    "observe": observe,
    "masks": masks,
    "content_hash": content_hash,
}
