"""The kernels of the bandit family, by the names the core driver calls them."""

from adaptarium.envs.bandit.kernels.content import content_hash
from adaptarium.envs.bandit.kernels.intent import masks
from adaptarium.envs.bandit.kernels.observe import observe
from adaptarium.envs.bandit.kernels.reset import reset
from adaptarium.envs.bandit.kernels.step import step

KERNELS = {
    "reset": reset,
    "step": step,
    "observe": observe,
    "masks": masks,
    "content_hash": content_hash,
}
