"""The same kernels on a GPU: one thread a slot, from the same source.

Numba's CUDA target compiles the very functions that run on the CPU. A workspace of some sixty
arrays is handed to them as on the CPU: as one pointer to a table of array headers (see
:mod:`adaptarium.envs.core.packed`), which here lies in device memory. A kernel then has ten
parameters of eight bytes, whatever the family.

Needs ``numba-cuda`` (``pip install 'adaptarium[cuda13]'``). Compiling to PTX needs no GPU.
"""

from __future__ import annotations

import contextlib
import dis
import functools
from collections.abc import Callable, Iterator
from types import CellType, FunctionType, SimpleNamespace
from typing import Any

import numba
from numba import types
from numba.core import config as numba_config
from numba.core.dispatcher import Dispatcher

from adaptarium.envs.core import driver
from adaptarium.envs.core.banks import level_workspace
from adaptarium.envs.core.compiling import _Widened, kernel, specialise, unbound
from adaptarium.envs.core.errors import AdaptariumError, missing_extra
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.packed import PackedType, _PackedAttributes, _read_field
from adaptarium.envs.core.world import World

try:
    import numba_cuda  # noqa: F401  (Numba's own `numba.cuda` is its older, frozen twin)
    from numba import cuda as cuda
except ImportError:
    raise missing_extra("numba-cuda", "cuda13") from None

__all__ = [
    "HOPPER",
    "SIMULATED",
    "compile_ptx",
    "cuda",
    "entry",
    "simulated_entry",
    "workspace_type",
]

Capability = tuple[int, int]
HOPPER: Capability = (9, 0)
SIMULATED = bool(numba_config.ENABLE_CUDASIM)


# Stand-ins for the family's driver and the intrinsic of the workspace's type.
advance: Any = unbound
unpack: Any = unbound


def advance_kernel(words, op, mode, n):  # type: ignore[no-untyped-def]
    """The GPU's entry point: each of the first ``n`` threads advances the slot of its number.

    Args:
        words: The table of array headers, a (words,) uint64 device array.
        op: ``OP_RESET``, ``OP_STEP`` ... of :mod:`adaptarium.envs.core.driver`.
        mode: The autoreset mode.
        n: Number of slots.
    """
    i = cuda.grid(1)
    if i < n:
        advance(unpack(words), op, mode, i, i + 1)


@functools.cache
def entry(family: Family, workspace: Any) -> Callable[..., Any]:
    """The kernel function of a family for workspaces of this type, not yet compiled."""
    _register_packed()
    return _bound(family, _unpack(workspace))


def simulated_entry(family: Family, workspace: Any) -> Callable[..., Any]:
    """The kernel function for Numba's simulator, which runs it as Python on ``workspace``.

    Raises:
        AdaptariumError: the kernels are compiled for the CPU, where the simulator needs Python.
    """
    if not (SIMULATED and numba_config.DISABLE_JIT):
        raise AdaptariumError(
            "the CUDA simulator runs kernels as Python: set NUMBA_ENABLE_CUDASIM=1 and "
            "NUMBA_DISABLE_JIT=1"
        )
    return _bound(family, lambda _words: workspace)


def _bound(family: Family, unpack: Any) -> Callable[..., Any]:
    """``advance_kernel`` with a family's driver; on a GPU it calls device functions alone."""
    plain = specialise(driver, driver.TEMPLATE, family.kernels())
    advance = plain["advance"] if SIMULATED else _Twins().of(kernel(plain["advance"]))
    scope = {"cuda": cuda, "advance": advance, "unpack": unpack, "__name__": __name__}
    return FunctionType(advance_kernel.__code__, scope, "advance_kernel")


class _Twins:
    """Device functions of CPU kernels: the same code, with the same widening of integers.

    Numba's CUDA target would take the CPU's kernels as they are, but widen no arguments: it would
    compile each once more for every constant, and do its arithmetic in other types.
    """

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """The device function of a kernel; any other value as it is."""
        if not isinstance(value, Dispatcher):
            return value
        if id(value) not in self._made:
            self._made[id(value)] = self._twin(value)
        return self._made[id(value)]

    def _twin(self, cpu: Dispatcher) -> Any:
        function = cpu.py_func
        # `co_names` would take attributes for globals of the same name.
        used = {at.argval for at in dis.get_instructions(function) if at.opname == "LOAD_GLOBAL"}
        scope = {n: self.of(v) if n in used else v for n, v in function.__globals__.items()}
        cells = [CellType(self.of(cell.cell_contents)) for cell in function.__closure__ or ()]
        twin = FunctionType(
            function.__code__, scope, function.__name__, function.__defaults__, tuple(cells)
        )
        twin.__qualname__, twin.__module__ = function.__qualname__, function.__module__
        spliced = cpu.targetoptions.get("inline", "never")
        device = cuda.jit(device=True, inline=spliced)(twin)
        if spliced == "never":
            device.get_call_template = _Widened(device.get_call_template)
        return device


@functools.cache
def _register_packed() -> None:
    """Tell the CUDA target of the packed type, as packed.py tells the CPU's."""
    from numba.cuda.cudadecl import registry as typing_registry
    from numba.cuda.cudaimpl import registry as lowering_registry
    from numba.cuda.datamodel.models import PrimitiveModel
    from numba.cuda.models import register_model
    from numba.cuda.typing.templates import AttributeTemplate

    @register_model(PackedType)
    class _Model(PrimitiveModel):
        def __init__(self, manager: Any, kind: PackedType) -> None:
            pointer = manager.lookup(kind.inner).get_value_type().as_pointer()
            super().__init__(manager, kind, pointer)

    @typing_registry.register_attr
    class _Attributes(AttributeTemplate):
        key = PackedType

        def generic_resolve(self, kind: PackedType, name: str) -> Any:
            return _PackedAttributes.generic_resolve(self, kind, name)

    lowering_registry.lower_getattr_generic(PackedType)(_read_field)


def _unpack(workspace: Any) -> Any:
    """The intrinsic that takes a table of headers for a packed workspace of this type."""
    from numba.cuda.extending import intrinsic

    @intrinsic
    def unpack(typingctx, words):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            table = context.make_array(signature.args[0])(context, builder, args[0])
            return builder.bitcast(table.data, context.get_value_type(PackedType(workspace)))

        return PackedType(workspace)(words), codegen

    return unpack


# ---- PTX ----


def workspace_type(world: World) -> Any:
    """The type of a world's workspace: equal for all worlds that share machine code."""
    return numba.typeof(level_workspace(world, 1))


def compile_ptx(world: World, capability: Capability = HOPPER) -> str:
    """The PTX of a world's family, generation included; needs no GPU.

    Args:
        world: Any world of the family.
        capability: Compute capability of the GPU, ``(9, 0)`` for ``sm_90``.
    """
    signature = (types.uint64[::1], types.int64, types.int64, types.int64)
    function = entry(world.family, workspace_type(world))
    with _compiling_for(capability):
        ptx, _ = cuda.compile_ptx(function, signature, cc=capability)
    return str(ptx)


@contextlib.contextmanager
def _compiling_for(capability: Capability) -> Iterator[None]:
    """Let device functions compile for ``capability``: they ask the driver, which may be absent."""
    from numba.cuda import dispatcher

    device = SimpleNamespace(compute_capability=capability)
    before = dispatcher.get_current_device
    dispatcher.get_current_device = lambda: device
    try:
        yield
    finally:
        dispatcher.get_current_device = before
