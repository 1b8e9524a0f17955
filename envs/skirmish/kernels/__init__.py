"""The kernels of the skirmish family, by the names the core driver calls them."""

from __future__ import annotations

from adaptarium.envs.skirmish.kernels.content import content_hash
from adaptarium.envs.skirmish.kernels.observe import masks, observe
from adaptarium.envs.skirmish.kernels.reset import reset
from adaptarium.envs.skirmish.kernels.step import step

KERNELS = {
    "reset": reset,
    "step": step,
    "observe": observe,
    "masks": masks,
    "content_hash": content_hash,
}
