"""The kernels of the puzzle family, by the names the core driver calls them."""

from adaptarium.envs.puzzle.kernels.content import content_hash
from adaptarium.envs.puzzle.kernels.masks import masks
from adaptarium.envs.puzzle.kernels.observe import observe
from adaptarium.envs.puzzle.kernels.reset import reset
from adaptarium.envs.puzzle.kernels.step import step

KERNELS = {
    "reset": reset,
    "step": step,
    "observe": observe,
    "masks": masks,
    "content_hash": content_hash,
}
