"""The kernels of the grid family, by the names the core driver calls them."""

from adaptarium.envs.grid.kernels.content import content_hash
from adaptarium.envs.grid.kernels.join import join
from adaptarium.envs.grid.kernels.masks import masks
from adaptarium.envs.grid.kernels.observe import observe
from adaptarium.envs.grid.kernels.reset import reset
from adaptarium.envs.grid.kernels.step import step

KERNELS = {
    "reset": reset,
    "step": step,
    "observe": observe,
    "masks": masks,
    "content_hash": content_hash,
    "join": join,
}
