"""The registry and the front desk: ids, what is refused, and families of someone else's."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import gymnasium
import pytest

from adaptarium import catalog
from adaptarium.envs.core import registry
from adaptarium.envs.core.errors import AdaptariumError, UnknownNameError
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.registry import WorldSpec
from adaptarium.envs.core.world import load_world

# How many worlds each family has: a world that is added or taken away is so on purpose. Which they
# are is told by their golden files.
COUNTS = {
    "grid": 40,
    "puzzle": 6,
    "bandit": 9,
    "navigation": 7,
    "negotiation": 5,
    "market": 2,
    "skirmish": 1,
    "creators": 1,
}


def specs_of(family: str) -> list[WorldSpec]:
    return [spec for spec in registry.world_specs() if spec.family == family]


def test_the_registry_holds_as_many_worlds_as_it_promises() -> None:
    ours = [package.rpartition(".")[2] for package, _ in catalog.FAMILIES]
    assert {family: len(specs_of(family)) for family in ours} == COUNTS


@pytest.mark.parametrize("family", COUNTS)
def test_every_table_is_a_registered_world(family: str) -> None:
    worlds = resources.files(f"adaptarium.envs.{family}").joinpath("worlds.toml")
    assert [spec.id for spec in specs_of(family)] == list(tomllib.loads(worlds.read_text("utf-8")))


def test_a_world_is_in_gymnasium_or_in_pettingzoo_or_with_built_in_players_in_both() -> None:
    alone, together = set(catalog.gymnasium_ids()), set(catalog.multi_agent_ids())
    assert alone & together == {
        f"adaptarium/{spec.id}"
        for spec in registry.world_specs()
        if spec.seats > 1 and registry.family(spec.family).alone
    }
    assert "adaptarium/Foraging-v0" in alone & together
    assert alone | together == {f"adaptarium/{spec.id}" for spec in registry.world_specs()}
    several = {spec.id for spec in registry.world_specs() if load_world(spec.id).seats > 1}
    assert "Foraging-v0" in several
    assert together == {f"adaptarium/{world_id}" for world_id in several}
    ours = {name for name in gymnasium.registry if name.startswith("adaptarium/")}
    assert ours == alone | {"adaptarium/World-v0"}


@pytest.mark.parametrize("spec", registry.world_specs(), ids=lambda spec: spec.id)
def test_a_world_says_what_it_is(spec: WorldSpec) -> None:
    assert spec.summary
    assert spec.data["source"]
    assert f"v{spec.id.rsplit('-v', 1)[1]}" in spec.data["history"]


def test_names_with_and_without_the_namespace() -> None:
    assert registry.world_spec("adaptarium/DoorKey-v0") is registry.world_spec("DoorKey-v0")


@pytest.mark.parametrize(
    ("name", "hint"), [("DoorKye-v0", "'DoorKey-v0'"), ("Frozenlake-v0", "'FrozenLake-v0'")]
)
def test_an_unknown_world_is_answered_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=f"unknown world '{name}'; did you mean {hint}"):
        registry.world_spec(name)


def test_an_unknown_family_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="unknown family 'zzz'; expected one of: .*grid"):
        registry.family("zzz")


def test_a_family_is_not_replaced() -> None:
    stranger = Family("grid", "elsewhere", "Another grid")
    with pytest.raises(AdaptariumError, match="family 'grid' is registered already"):
        registry.register_family(stranger)
    assert registry.family("grid").package == "adaptarium.envs.grid"


def test_a_world_is_not_replaced() -> None:
    before = registry.world_spec("Maze-v0")
    with pytest.raises(AdaptariumError, match="world 'Maze-v0' is registered already"):
        registry.register_world(WorldSpec("Maze-v0", "grid", {}))
    assert registry.world_spec("Maze-v0") is before


# ---- families of someone else's ----

FAMILY_MODULE = """
from adaptarium.envs.core.family import Family

FAMILY = Family("{name}", "{name}", "A stranger's family", generators="adaptarium.generators.grid")
"""


def install(folder: Path, name: str, module: str, worlds: str) -> None:
    """A package with an entry point of our group, as an installer would leave it."""
    package = folder / name
    package.mkdir()
    (package / "__init__.py").write_text("import adaptarium\n", encoding="utf-8")
    (package / "family.py").write_text(module, encoding="utf-8")
    (package / "worlds.toml").write_text(worlds, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    entry = f"[adaptarium.families]\n{name} = {name}.family:FAMILY\n"
    (info / "entry_points.txt").write_text(entry)


def ask(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"],
        cwd=folder,
        capture_output=True,
        text=True,
    )


WORLD = '["Strange-v0"]\ndescription = "Strange."\nlevels = { generator = "empty" }\n'


def test_a_strangers_family_joins_by_its_entry_point(tmp_path: Path) -> None:
    install(tmp_path, "stranger", FAMILY_MODULE.format(name="stranger"), WORLD)
    code = "import adaptarium, gymnasium; print(gymnasium.spec('adaptarium/Strange-v0').id)"
    told = ask(tmp_path, code)
    assert (told.returncode, told.stderr) == (0, "")
    assert "Strange-v0" in told.stdout


def test_a_strangers_package_may_be_imported_first(tmp_path: Path) -> None:
    install(tmp_path, "stranger", FAMILY_MODULE.format(name="stranger"), WORLD)
    code = "import stranger, adaptarium; print(adaptarium.catalog.gymnasium_ids()[-1])"
    told = ask(tmp_path, code)
    assert told.stdout.strip() == "adaptarium/Strange-v0", told.stderr


@pytest.mark.parametrize(
    ("module", "worlds", "reason"),
    [
        ("raise OSError('no disk')", WORLD, "OSError: no disk"),
        ("FAMILY = 3", WORLD, "TypeError: expected a Family, got int"),
        (FAMILY_MODULE.format(name="grid"), WORLD, "family 'grid' is registered already"),
        (FAMILY_MODULE.format(name="broken"), "not [toml", "TOMLDecodeError"),
    ],
)
def test_a_broken_family_is_named_and_left_out(
    tmp_path: Path, module: str, worlds: str, reason: str
) -> None:
    install(tmp_path, "broken", module, worlds)
    told = ask(tmp_path, "import adaptarium; print(len(adaptarium.catalog.gymnasium_ids()))")
    assert told.stdout.strip() == str(len(catalog.gymnasium_ids()))
    assert "the family 'broken' of broken (broken.family:FAMILY) could not be added" in told.stderr
    assert reason in told.stderr
