"""How kernels are compiled, specialised to a family and cached.

A kernel is a plain function under :func:`kernel`. The driver is a template whose family functions
are *globals*: :func:`specialise` copies the template's functions into a namespace that holds one
family's kernels, and only the outermost one is compiled with a disk cache, so that the cache hits
in the next process (closures over dispatchers never do).
"""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import importlib.util
import os
import platform
import re
import stat
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite
import numba
import numpy as np
import numpy.typing as npt
from numba.core import config as numba_config

from adaptarium.envs.core.interpreted import interpreted
from adaptarium.envs.core.packed import PackedType, header_table
from adaptarium.envs.core.whole_program import whole_program

try:  # advisory locks exist on every POSIX system
    import fcntl
except ImportError:  # pragma: no cover - Windows: concurrent cold processes compile side by side
    fcntl = None  # type: ignore[assignment]

F = TypeVar("F", bound=Callable[..., Any])

# `_nrt=False` removes every reference count from the machine code (2x on the grid driver) and makes
# Numba refuse an allocation inside a kernel at compile time. It is a private option of Numba.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}


def kernel(function: F) -> F:
    """Compile ``function`` as a kernel piece: no allocation, no reference counts, no GIL."""
    if numba_config.DISABLE_JIT:
        return function
    dispatcher = numba.njit(**_OPTIONS, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    dispatcher.get_call_template = _Widened(dispatcher.get_call_template)
    return cast("F", dispatcher)


class _Widened:
    """Resolves calls of a kernel with every small or literal integer argument as ``int64``.

    Numba would compile a kernel anew for each constant and each width it is called with; that
    doubled the number of compilations.
    """

    def __init__(self, resolve: Callable[..., Any]) -> None:
        self._resolve = resolve

    def __call__(self, args: Iterable[Any], kws: Mapping[str, Any]) -> Any:
        wide = {name: _widened(kind) for name, kind in dict(kws).items()}
        return self._resolve(tuple(_widened(kind) for kind in args), wide)


def _widened(kind: Any) -> Any:
    kind = numba.types.unliteral(kind)
    if isinstance(kind, numba.types.Integer) and kind.bitwidth < 64:
        return numba.types.int64
    return kind


def small(function: F) -> F:
    """A kernel of a line or two, spliced into its callers: one compilation less for each."""
    return numba.njit(**_OPTIONS, inline="always")(function)


def unbound(*_args: Any) -> Any:
    """Stand-in for a kernel in a template: :func:`specialise` puts a family's own in its place."""
    raise TypeError("this template must be specialised to the kernels of a family")


def specialise(
    template: types.ModuleType, names: Iterable[str], functions: Mapping[str, Any]
) -> dict[str, Any]:
    """Bind the template functions ``names`` to a family's ``functions``.

    Args:
        template: The module that holds the template functions.
        names: Template functions in order of dependence: callees before callers.
        functions: Global name -> kernel that the template calls by that name.

    Returns:
        Name -> plain function for each of ``names``; inner calls go to compiled kernels.
    """
    scope = {**vars(template), **functions}
    plain: dict[str, Any] = {}
    for name in names:
        source = getattr(template, name)
        bound = types.FunctionType(source.__code__, scope, name, source.__defaults__)
        bound.__qualname__ = name
        plain[name] = bound
        scope[name] = kernel(bound)
    return plain


# Imports of a module, not those inside its functions: kernels are bound when a module is loaded.
_IMPORT = re.compile(r"^(?:from|import)\s+([\w.]+)(?:\s+import\s+([\w ,]+))?", re.M)


def source_digest(modules: Iterable[str]) -> str:
    """A digest of all that decides machine code: sources, tool versions, CPU and Numba flags.

    Args:
        modules: Import names of the modules that hold kernels. Every module of this package and of
            their own (a stranger's) that they import, directly or not, counts with them.
    """
    digest = hashlib.sha256()
    for path in _reachable(modules):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    flags = sorted(f"{k}={v}" for k, v in os.environ.items() if k.startswith("NUMBA_"))
    tools = [numba.__version__, llvmlite.__version__, sys.version, platform.machine(), *flags]
    digest.update("\n".join(tools).encode())
    return digest.hexdigest()[:24]


def _reachable(modules: Iterable[str]) -> list[Path]:
    """Source files of ``modules`` and of all they import from their packages, in a fixed order."""
    found: dict[str, Path] = {}
    waiting = list(modules)
    roots = {"adaptarium", *(name.split(".")[0] for name in waiting)}
    while waiting:
        name = waiting.pop()
        spec = importlib.util.find_spec(name) if name not in found else None
        if spec is None or spec.origin is None:
            continue
        found[name] = Path(spec.origin)
        for package, names in _IMPORT.findall(found[name].read_text(encoding="utf-8")):
            if package.split(".")[0] not in roots:
                continue
            waiting.append(package)
            parts = (part.strip().split(" ")[0] for part in names.split(","))
            waiting.extend(f"{package}.{part}" for part in parts if _is_module(package, part))
    return [found[name] for name in sorted(found)]


def functions_of(kernels: Iterable[Any]) -> Iterator[Any]:
    """Every Python function behind ``kernels``, plain or compiled, and behind what they call."""
    waiting, seen = list(kernels), set()
    while waiting:
        value = waiting.pop()
        function = getattr(value, "py_func", value)
        if not isinstance(function, types.FunctionType) or function in seen:
            continue
        seen.add(function)
        yield function
        scope = function.__globals__
        waiting += [scope[name] for name in function.__code__.co_names if name in scope]
        waiting += [cell.cell_contents for cell in function.__closure__ or ()]


def modules_of(kernels: Iterable[Any]) -> list[str]:
    """The modules that hold ``kernels`` and what they call."""
    return sorted({function.__module__ for function in functions_of(kernels)})


def _is_module(package: str, name: str) -> bool:
    """Whether ``name`` is a module file of the package ``package``."""
    spec = importlib.util.find_spec(package)
    folders = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    return bool(name) and any(
        (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()
        for folder in folders
    )


def cache_root() -> Path:
    """The folder of compiled code: ``$ADAPTARIUM_CACHE`` or the user's own cache folder."""
    if chosen := os.environ.get("ADAPTARIUM_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "adaptarium"


def _private_folder(folder: Path) -> bool:
    """Make ``folder`` with mode 0700; False when it is not ours alone (its files are pickles)."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode):
        return False
    if not hasattr(os, "getuid"):  # pragma: no cover - Windows
        return True
    if found.st_uid != os.getuid():
        return False
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)
    return True


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on ``path``: one process compiles, the others wait."""
    if fcntl is None:  # pragma: no cover
        yield
        return
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Bound:
    """Compiled code and the memory that it was bound to, kept alive as long as the binding is.

    Attributes:
        code: Numba's compile result.
        packed: The NamedTuples of arrays.
        tables: Their header tables.
    """

    code: Any
    packed: Sequence[Any]
    tables: Sequence[npt.NDArray[np.uint64]]

    def addresses(self) -> list[int]:
        """Where the tables are: the leading arguments of the code."""
        return [int(table.ctypes.data) for table in self.tables]

    def function_pointer(self) -> int:
        """The address of the code as a C function, for other machine code to call."""
        return _address(self.code)


def _address(code: Any) -> int:
    name = code.fndesc.llvm_cfunc_wrapper_name
    return int(code.library.get_pointer_to_function(name))


def _is_packed(arg: Any) -> bool:
    return isinstance(arg, tuple) and hasattr(arg, "_fields")


def _look(arg: Any) -> Any:
    """What decides an argument's type, to be compared quickly."""
    if isinstance(arg, np.ndarray):
        flags = arg.flags
        return arg.dtype, arg.ndim, flags.c_contiguous, flags.f_contiguous, flags.writeable
    if isinstance(arg, tuple):
        return type(arg), *map(_look, arg)
    return numba.typeof(arg)


_ANNOUNCED: set[str] = set()


# Threads take turns: while one compiles, parts of Numba's code generator are not its usual ones.
_COMPILING = threading.RLock()


class Entry:
    """One compiled entry point, with a disk cache private to one family's sources.

    Attributes:
        name: Name of the function, which its cache files bear.
        dispatcher: The Numba dispatcher (or the plain function under ``NUMBA_DISABLE_JIT``).
    """

    def __init__(self, function: Callable[..., Any], label: str, digest: str) -> None:
        self.label, self.name = label, function.__name__
        self._plain = function
        self._known: dict[Any, Any] = {}  # compile results by what arguments look like
        folder, root = cache_root() / digest, cache_root()
        self._folder = folder if _private_folder(root) and _private_folder(folder) else None
        if self._folder is None:
            warnings.warn(
                f"{folder} is not a private folder of this user; kernels are compiled anew in "
                "each process (set ADAPTARIUM_CACHE to a folder of your own)",
                RuntimeWarning,
                stacklevel=2,
            )
        before = numba_config.CACHE_DIR
        numba_config.CACHE_DIR = str(self._folder or "")
        try:
            self.dispatcher = numba.njit(cache=self._folder is not None, **_OPTIONS)(function)
        finally:
            numba_config.CACHE_DIR = before

    def bind(self, *args: Any) -> Callable[..., Any]:
        """Compile for the types of ``args`` and hand over the NamedTuples among them, once.

        Args:
            *args: NamedTuples of arrays first, then numbers and arrays as examples of what will be
                passed.

        Returns:
            A function of what follows the NamedTuples. It skips all type checks: it must only ever
            be given arguments of exactly these types. Its ``bound`` is a :class:`Bound`, None
            under ``NUMBA_DISABLE_JIT``.
        """
        packed = [arg for arg in args if _is_packed(arg)]
        call: Any
        if numba_config.DISABLE_JIT:
            call = functools.partial(self._plain, *map(interpreted, packed))
            call.bound = None
            return cast("Callable[..., Any]", call)
        bound = Bound(self._code(args), packed, [header_table(w) for w in packed])
        call = functools.partial(bound.code.entry_point, *bound.addresses())
        call.bound = bound
        return cast("Callable[..., Any]", call)

    def address(self, *args: Any) -> int:
        """Compile for the types of ``args``; where the code is, as a C function for other code."""
        return _address(self._code(args))

    def _code(self, args: tuple[Any, ...]) -> Any:
        """The compile result for the types of ``args``; NamedTuples are passed packed.

        Numba's own account of a batch's hundreds of arrays takes longer than to make the batch.
        """
        look = tuple(map(_look, args))
        if look not in self._known:
            self._known[look] = self._code_of_types(args)
        return self._known[look]

    def _code_of_types(self, args: tuple[Any, ...]) -> Any:
        kinds = [numba.typeof(arg) for arg in args]
        types_ = tuple(
            PackedType(k) if _is_packed(a) else k for k, a in zip(kinds, args, strict=True)
        )
        if types_ not in self.dispatcher.overloads:
            with _COMPILING:
                if types_ not in self.dispatcher.overloads:
                    self._compile(types_)
        return self.dispatcher.overloads[types_]

    def _compile(self, types_: tuple[Any, ...]) -> None:
        if self._folder is None:
            self._announce()
            self._build(types_)
            return
        mark = hashlib.sha256(repr(types_).encode()).hexdigest()[:16]
        done = self._folder / f"{self.name}.{mark}.compiled"
        if done.exists():
            self._build(types_)
            return
        with _locked(self._folder / "lock"):
            if not done.exists():
                self._announce()
            self._build(types_)
            done.touch(mode=0o600)

    def _build(self, types_: tuple[Any, ...]) -> None:
        collecting = gc.isenabled()
        gc.disable()  # millions of short-lived objects: collections took a fifth of the time
        try:
            with whole_program(self._plain.__qualname__):
                self.dispatcher.compile(types_)
        finally:
            if collecting:
                gc.enable()

    def _announce(self) -> None:
        if self.label in _ANNOUNCED:  # one notice for what is compiled in several pieces
            return
        _ANNOUNCED.add(self.label)
        sys.stderr.write(f"adaptarium: compiling {self.label} for this machine, once ...\n")
        sys.stderr.flush()
