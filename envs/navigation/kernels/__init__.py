"""The kernels of the navigation family, by the names the core driver calls them."""

from adaptarium.envs.navigation.kernels.content import content_hash
from adaptarium.envs.navigation.kernels.control import masks
from adaptarium.envs.navigation.kernels.observe import observe
from adaptarium.envs.navigation.kernels.reset import reset
from adaptarium.envs.navigation.kernels.step import step

KERNELS = {
    "reset": reset,
    "step": step,
    "observe": observe,
    "masks": masks,
    "content_hash": content_hash,
}
