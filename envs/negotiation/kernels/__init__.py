"""The kernels of the negotiation family, by the names the core driver calls them."""

from __future__ import annotations

from adaptarium.envs.negotiation.kernels.content import content_hash
from adaptarium.envs.negotiation.kernels.intent import masks
from adaptarium.envs.negotiation.kernels.observe import observe
from adaptarium.envs.negotiation.kernels.reset import reset
from adaptarium.envs.negotiation.kernels.step import step

KERNELS = {
    "reset": reset,
    "step": step,
    "observe": observe,
    "masks": masks,
    "content_hash": content_hash,
}
