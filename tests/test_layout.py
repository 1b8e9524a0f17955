"""The layout: imports run one way, folders are packages, files stay short, the import is light."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LONGEST_FILE = 450
LONGEST_IMPORT_SECONDS = 0.5
HEAVY = ("llvmlite", "matplotlib", "minigrid", "numba", "pygame", "stable_baselines3", "torch")
# Lowest first. envs is two layers: the core (0) and the families (1).
UPPER_LAYERS = ("generators", "wrappers", "agents", "evaluation")
FAMILY_LAYER = 1
TOP_LAYER = 2 + len(UPPER_LAYERS)


def layer(module: str) -> tuple[int, str]:
    """The layer of a module and, in the layer of the families, which family it belongs to."""
    parts = module.split(".")
    head = parts[1] if len(parts) > 1 else ""
    if head in UPPER_LAYERS:
        return 2 + UPPER_LAYERS.index(head), ""
    if head == "envs" and len(parts) > 2 and parts[2] != "core":
        return FAMILY_LAYER, parts[2]
    if head in ("envs", "assets", "_version"):
        return 0, ""
    return TOP_LAYER, ""


def may_import(importer: str, imported: str) -> bool:
    """Whether the import runs downwards, or stays within a layer (a family: within itself)."""
    (above, family), (below, other_family) = layer(importer), layer(imported)
    return below < above or (below == above and family == other_family)


def our_imports(source: str, modules: set[str]) -> Iterator[str]:
    """The modules of this package that a source imports, inside functions and by name too."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in modules else node.module for name in full]
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        yield from (name for name in names if name.split(".")[0] == "adaptarium")


def module_name(package: str, folder: Path, path: Path) -> str:
    """The import name of a file under a mapped folder."""
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join([package, *(part for part in parts if part != "__init__")])


@pytest.fixture(scope="module")
def sources(mapped_folders: dict[str, Path]) -> dict[str, Path]:
    """Import name -> file, for every module of the package."""
    return {
        module_name(package, folder, path): path
        for package, folder in mapped_folders.items()
        for path in sorted(folder.rglob("*.py"))
    }


def test_imports_run_one_way(sources: dict[str, Path]) -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer, path in sources.items()
        for imported in our_imports(path.read_text(encoding="utf-8"), set(sources))
        if not may_import(importer, imported)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("envs.core.batch", "import adaptarium.envs.grid"),
        ("envs.core.batch", "from adaptarium.envs import grid"),
        ("envs.core.batch", "from adaptarium import world"),
        ("envs.grid.text", "from adaptarium.envs.navigation.rules import Rules"),
        ("envs.grid.text", "def f():\n    import adaptarium.generators.core"),
        ("envs.grid.text", "import importlib\nimportlib.import_module('adaptarium.generators')"),
        ("generators.grid", "from adaptarium.wrappers import shifts"),
        ("wrappers.shifts", "from adaptarium.agents.scripted import Random"),
        ("agents.rl", "import adaptarium.evaluation as evaluation"),
        ("evaluation.scores", "import adaptarium.cli"),
    ],
)
def test_an_upward_import_is_seen(importer: str, source: str) -> None:
    (imported,) = our_imports(source, {"adaptarium.envs.grid", "adaptarium.wrappers.shifts"})
    assert not may_import(f"adaptarium.{importer}", imported)


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("envs.core.batch", "from adaptarium._version import __version__"),
        ("envs.core.batch", "from adaptarium.envs.core.errors import LevelError"),
        ("envs.grid.text", "from adaptarium.envs.grid.rules import Rules"),
        ("generators.grid", "from adaptarium.envs import grid"),
        ("cli.play", "import adaptarium.evaluation"),
    ],
)
def test_a_downward_import_is_allowed(importer: str, source: str) -> None:
    (imported,) = our_imports(source, {"adaptarium.envs.grid"})
    assert may_import(f"adaptarium.{importer}", imported)


def test_every_folder_with_modules_is_a_package(sources: dict[str, Path]) -> None:
    folders = {path.parent for path in sources.values()}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_tests_are_no_package(root: Path) -> None:
    assert list((root / "tests").rglob("__init__.py")) == []


def test_no_folder_shadows_the_installed_package(root: Path) -> None:
    assert not (root / "adaptarium").exists()


def test_no_file_is_too_long(root: Path, sources: dict[str, Path]) -> None:
    others = [path for name in ("tests", "benchmarks", "docs") for path in (root / name).rglob("*")]
    files = [*sources.values(), *(path for path in others if path.suffix == ".py")]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {str(path): n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def fresh_import(folder: Path) -> tuple[float, list[str]]:
    """Processor seconds of a new process's ``import adaptarium``, and the heavy modules loaded."""
    code = (
        "import json, sys, time; start = time.process_time(); import adaptarium; "
        "print(json.dumps([time.process_time() - start, sorted(sys.modules)]))"
    )
    command = [sys.executable, "-c", code]
    # Users have bytecode caches: without them every import compiles the package again.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    ran = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True)
    seconds, loaded = json.loads(ran.stdout)
    return seconds, [name for name in HEAVY if name in loaded]


def test_import_is_light(tmp_path: Path) -> None:
    tries = [fresh_import(tmp_path) for _ in range(4)]
    assert [heavy for _, heavy in tries] == [[], [], [], []]
    assert min(seconds for seconds, _ in tries) < LONGEST_IMPORT_SECONDS
