"""A batch whose slots run on a GPU."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import _NO_SLOTS, Batch
from adaptarium.envs.core.cuda import SIMULATED, cuda, entry, simulated_entry
from adaptarium.envs.core.driver import OP_GENERATE, OP_MASKS, OP_RESET, OP_STEP
from adaptarium.envs.core.interpreted import interpreted
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.packed import header_table, leaves
from adaptarium.envs.core.shifting import ShiftProgram
from adaptarium.envs.core.world import World

THREADS = 64  # a block; the kernels use many registers
# What the host writes before an operation, and what it reads after it, where nothing is mirrored.
_WRITTEN = {OP_RESET: ("core", "source", "rules", "knobs"), OP_GENERATE: ("core", "knobs")}
_READ = {OP_RESET: ("core",), OP_GENERATE: ("core",), OP_MASKS: ("mask",)}


def _owner(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array whose memory ``array`` is a view of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _bytes(owner: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    return owner.reshape(-1).view(np.uint8)


class DeviceArray:
    """A piece of device memory that torch, CuPy and Numba take without a copy.

    Attributes:
        __cuda_array_interface__: Shape, strides, type and address (version 3).
    """

    def __init__(self, like: npt.NDArray[Any], pointer: int, memory: Any) -> None:
        self._memory = memory  # alive as long as the view is
        self.__cuda_array_interface__ = {
            "shape": like.shape,
            "strides": like.strides,
            "typestr": like.dtype.str,
            "data": (pointer, False),
            "version": 3,
        }


class DeviceMemory:
    """The arrays of a workspace in device memory.

    Host arrays may share memory (a state and its words); their twins on the device share it alike,
    since it is the owners that are copied.

    Args:
        w: The workspace on the host.
    """

    def __init__(self, w: Workspace) -> None:
        self._host = w
        self._owners = {id(owner): owner for owner in map(_owner, leaves(w))}
        self._buffers = {
            key: cuda.device_array(max(owner.nbytes, 1), np.uint8)
            for key, owner in self._owners.items()
        }

    def _keys(self, names: Iterable[str]) -> list[int]:
        fields = [attrgetter(name)(self._host) for name in names] or [self._host]
        return list(dict.fromkeys(id(_owner(array)) for f in fields for array in leaves(f)))

    def upload(self, *names: str) -> None:
        """Copy fields of the workspace to the device, all without a name."""
        for key in self._keys(names):
            if self._owners[key].nbytes:
                self._buffers[key].copy_to_device(_bytes(self._owners[key]))

    def download(self, *names: str) -> None:
        """Copy fields of the workspace back to the host, all without a name."""
        for key in self._keys(names):
            if self._owners[key].nbytes:
                self._buffers[key].copy_to_host(_bytes(self._owners[key]))

    def pointer(self, array: npt.NDArray[Any]) -> int:
        """The device address of the twin of ``array``, a view of one of the host's arrays."""
        owner = _owner(array)
        start = int(self._buffers[id(owner)].__cuda_array_interface__["data"][0])
        return start + int(array.ctypes.data - owner.ctypes.data)

    def array(self, host: npt.NDArray[Any]) -> DeviceArray:
        """The twin of ``host``, any view of one of the host's arrays."""
        return DeviceArray(host, self.pointer(host), self._buffers[id(_owner(host))])

    def table(self) -> npt.NDArray[np.uint64]:
        """The headers of all arrays, with their addresses on the device."""
        return header_table(self._host, self.pointer)

    def simulated(self) -> Workspace:
        """The device arrays as the simulator's Python kernels read and write them."""
        twin: Workspace = interpreted(self._host, self._simulated)
        return twin

    def _simulated(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        owner = _owner(array)
        memory = self._buffers[id(owner)]._ary
        offset = int(array.ctypes.data - owner.ctypes.data)
        return np.ndarray(array.shape, array.dtype, memory, offset, array.strides)


class CudaBatch(Batch):
    """A batch that runs on a GPU, one thread a slot.

    Args:
        worlds: The worlds, all of one family.
        num_envs: Number of slots.
        autoreset: As for :class:`Batch`.
        capacity: As for :class:`Batch`.
        mirror: Copy everything to the device before each operation and back after it: the host
            arrays are then those of a :class:`Batch`, and every face works. Without, data stays on
            the device: actions are written to ``device("actions")``, results read from
            ``device_obs``, ``device("reward")`` ... ; the host's copies are old until ``pull()``.
        threads: Threads of a block.

    Attributes:
        memory: The device memory.
        device_obs: The observations on the device, (num_envs, A, ...) by name.

    Raises:
        MissingExtraError: numba-cuda is not installed.
    """

    def __init__(
        self,
        worlds: Sequence[World],
        num_envs: int,
        *,
        autoreset: str = "next_step",
        capacity: Mapping[str, int] | None = None,
        mirror: bool = True,
        threads: int = THREADS,
    ) -> None:
        super().__init__(worlds, num_envs, autoreset=autoreset, capacity=capacity)
        self.mirror = mirror
        self._blocks, self._threads = -(-num_envs // threads), threads
        self._mount()

    def _mount(self) -> None:
        """Make the device's memory, and bind the kernels to it."""
        self.memory = DeviceMemory(self.w)
        if SIMULATED:
            function = simulated_entry(self.family, self.memory.simulated())
            self._table = np.zeros(1, np.uint64)
        else:
            function = entry(self.family, numba.typeof(self.w))
            self._table = cuda.to_device(self.memory.table())
            self.device_obs = {name: self.memory.array(view) for name, view in self.obs.items()}
        self.advance_kernel = cuda.jit(function)
        self.push()

    def attach(self, plan: ShiftProgram) -> None:
        """Let the slots follow a plan, as :meth:`Batch.attach`; device arrays are made anew."""
        super().attach(plan)
        self._mount()

    def _lead(self, begun: npt.NDArray[np.int64] = _NO_SLOTS) -> None:
        if not self.mirror and self.shifter is not None and not len(begun):
            self.memory.download("core")  # the device counts the steps
        super()._lead(begun)

    def reach(self, name: str, position: float) -> None:
        """Move a shift that follows the learner's progress, as :meth:`Batch.reach`."""
        if not self.mirror:
            self.memory.download("core")
        super().reach(name, position)
        if not self.mirror:
            self.memory.upload("core")

    def _publish(self) -> None:
        if not self.mirror:
            self.memory.upload("shift.first", "shift.timeline")

    def device(self, name: str) -> DeviceArray:
        """The device's twin of the workspace's array ``name``: ``"actions"``, ``"reward"`` ..."""
        return self.memory.array(getattr(self.w, name))

    def push(self) -> None:
        """Copy the whole workspace to the device."""
        self.memory.upload()

    def pull(self) -> None:
        """Copy the whole workspace back to the host."""
        self.memory.download()

    def _advance(self, op: int) -> None:
        self._before(op)
        n, launch = self.num_envs, self.advance_kernel[self._blocks, self._threads]
        launch(self._table, np.int64(op), np.int64(self.mode), np.int64(n))
        if self.mirror:
            self.pull()
        elif op in _READ:
            self.memory.download(*_READ[op])

    def _before(self, op: int) -> None:
        if self.mirror:
            self.push()
        elif op in _WRITTEN:
            self.memory.upload(*_WRITTEN[op])

    def stepper(self) -> Callable[[], None]:
        """:meth:`step` with nothing checked."""
        return functools.partial(self._advance, OP_STEP)

    def reset(
        self,
        seed: int | Sequence[int | None] | None = None,
        mask: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Begin new episodes, as :meth:`Batch.reset`."""
        if not self.mirror:
            self.memory.download("core")  # the host counts the episodes
            if self.shifter is not None:  # the device has written its keyframes
                self.memory.download("source", "rules", "knobs")
        super().reset(seed, mask)

    def generate(self, seeds: npt.NDArray[np.int64]) -> None:
        """Write the first level of each seed, as :meth:`Batch.generate`."""
        if not self.mirror:
            self.memory.download("core")
        super().generate(seeds)

    def set_rules(self, mask: npt.NDArray[np.bool_] | None = None, **factors: Any) -> None:
        """Change factors of slots while the batch runs, as :meth:`Batch.set_rules`."""
        super().set_rules(mask, **factors)
        self.memory.upload("rules")
