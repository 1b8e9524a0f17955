"""The public names, and the faces and files of a world."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import pettingzoo
import pytest

import adaptarium
from adaptarium.envs.core import registry
from adaptarium.envs.core.errors import AdaptariumError, FactorError, WorldFileError
from adaptarium.envs.core.factors import factors_of
from adaptarium.envs.core.single import SingleEnv
from adaptarium.envs.core.vector import MultiAgentVector, VectorEnv

IDS = [spec.id for spec in registry.world_specs()]


# ---- public names ----


def test_every_public_name_resolves() -> None:
    for name in adaptarium.__all__:
        assert getattr(adaptarium, name) is not None
    assert len(set(adaptarium.__all__)) == len(adaptarium.__all__)


def test_all_is_complete() -> None:
    # In a fresh process: whoever imports a sub-module adds its name here.
    code = (
        "import types, adaptarium; adaptarium.errors; "
        "print(sorted(n for n in dir(adaptarium) if not n.startswith('_') "
        "and n not in ('annotations', 'import_module', 'Any', 'TYPE_CHECKING', 'envs')))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    public = sorted(name for name in adaptarium.__all__ if not name.startswith("_"))
    assert told.stdout.strip() == repr(public)


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'wolrd'"):
        adaptarium.wolrd  # noqa: B018


# ---- faces ----


def test_faces_of_a_world_of_one_seat() -> None:
    world = adaptarium.world("DoorKey-v0", size=6)
    env = world.gym(render_mode="ansi")
    assert isinstance(env, SingleEnv)
    assert env.world == world
    assert gym.envs.registration.EnvSpec.from_json(env.spec.to_json()) == env.spec
    assert isinstance(world.vec(2), VectorEnv)
    assert isinstance(adaptarium.vec("DoorKey-v0", 2, size=6), VectorEnv)
    with pytest.raises(AdaptariumError, match="seat"):
        world.parallel()


def test_faces_of_a_world_of_several_seats() -> None:
    world = adaptarium.world("Foraging-v0")
    assert isinstance(world.vec(2), MultiAgentVector)
    assert world.parallel().possible_agents == world.aec().possible_agents
    assert world.gym().action_space == world.parallel().action_space("player_0")


def test_seats_follow_the_players_and_the_catalog_states_them() -> None:
    world = adaptarium.world("Foraging-v0", players=3)
    assert world.seats == len(world.parallel().possible_agents) == 3
    for spec in registry.world_specs():
        assert spec.seats == adaptarium.world(spec.id).seats


@pytest.mark.parametrize("world_id", IDS)
def test_all_faces_begin_the_same_episode(world_id: str) -> None:
    world = adaptarium.world(world_id)
    if world.seats == 1:
        env, batch = world.gym(), world.vec(3)
        first, _ = env.reset(seed=8)
        several, _ = batch.reset(seed=6)
        for part, view in first.items():
            assert (several[part][2] == view).all()
    else:
        together, batch = world.parallel(), world.vec(3)
        first, _ = together.reset(seed=8)
        several, _ = batch.reset(seed=6)
        for a, name in enumerate(together.possible_agents):
            for part, view in first[name].items():
                assert (several[part][2, a] == view).all()


def test_a_world_by_file_by_table_and_by_id(tmp_path: Path) -> None:
    world = adaptarium.world("Maze-v0", size=9)
    world.save(tmp_path / "maze.toml")
    forms: list[Any] = [
        str(tmp_path / "maze.toml"),
        tmp_path / "maze.toml",
        world.to_data(),
        world,
    ]
    for form in forms:
        env = gym.make("adaptarium/World-v0", world=form)
        assert env.unwrapped.world == world
    assert gym.make("adaptarium/World-v0", world="Maze-v0", size=9).unwrapped.world == world


# ---- files ----


@pytest.mark.parametrize("suffix", [".toml", ".json"])
@pytest.mark.parametrize("world_id", IDS)
def test_a_world_survives_its_file(world_id: str, suffix: str, tmp_path: Path) -> None:
    plain = adaptarium.world(world_id)
    slips = "transition.slip" in factors_of(type(plain.rules))
    world = plain.override(**{"transition.slip": 1 / 3}) if slips else plain
    path = tmp_path / f"world{suffix}"
    world.save(path)
    assert adaptarium.World.load(path) == world
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    world = adaptarium.world("Maze-v0")
    for act in (world.save, adaptarium.World.load):
        with pytest.raises(WorldFileError, match=r"ends in \.toml or \.json"):
            act(tmp_path / "world.yaml")
    assert list(tmp_path.iterdir()) == []


def written(tmp_path: Path, **changes: Any) -> Path:
    data = adaptarium.world("DoorKey-v0").to_data()
    path = tmp_path / "world.json"
    path.write_text(json.dumps({**data, **changes}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema_version": 2}, "schema_version"),
        ({"id": "no version"}, "id = 'no version'"),
        ({"family": "gird"}, "unknown family 'gird'; did you mean 'grid'"),
        ({"missoin": ""}, "did you mean 'mission'"),
        ({"rules": {"transition": {"slip": 3}}}, "slip = 3"),
        ({"rules": {"transition": 3}}, "transition"),
        ({"rules": 3}, "rules = 3"),
        ({"levels": {}}, "expected either a generator or explicit records"),
        ({"levels": {"generator": "dorkey"}}, "did you mean 'doorkey'"),
        ({"levels": {"generator": "doorkey", "knobs": {"size": 10**9}}}, "size = 1000000000"),
        ({"levels": {"generator": "doorkey", "num_levels": -1}}, "num_levels = -1"),
        ({"seats": 0}, "seats = 0"),
        ({"seats": 3}, "seats = 3: its levels seat 1"),
        ({"rules": {"transition": {"slip": math.nan}}}, "NaN"),
    ],
)
def test_a_wrong_world_is_refused_with_one_clear_message(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(WorldFileError) as refused:
        adaptarium.World.load(path)
    told = str(refused.value)
    assert told.startswith(f"{path}: ")
    assert message in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".json", b""),
        (".json", b"[]"),
        (".json", b'{"id": 1, "id": 2}'),
        (".json", b"[" * 10_000),
        (".json", b'{"a": ' + b"9" * 5000 + b"}"),
        (".toml", b"a = " + b"[" * 10_000),
        (".toml", b"a = " + b"9" * 5000),
        (".toml", b"a = 1\na = 2"),
        (".toml", b"\xff\xfe"),
        (".toml", b""),
        (".toml", b"id = 2026-01-01"),
    ],
)
def test_a_malformed_file_raises_one_exception(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"world{suffix}"
    path.write_bytes(content)
    with pytest.raises(WorldFileError, match="world"):
        adaptarium.World.load(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorldFileError, match=r"nowhere\.toml: No such file"):
        adaptarium.World.load(tmp_path / "nowhere.toml")


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "world.toml"
    adaptarium.world("Maze-v0").save(path)
    before = path.read_bytes()

    def fail(*_args: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(WorldFileError, match=r"world\.toml: disk full"):
        adaptarium.world("DoorKey-v0").save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["world.toml"]


def test_save_makes_folders_and_refuses_what_is_no_place(tmp_path: Path) -> None:
    world = adaptarium.world("DoorKey-v0")
    path = tmp_path / "new" / "folder" / "world.toml"
    world.save(path)
    assert adaptarium.World.load(path) == world
    with pytest.raises(WorldFileError, match="world.toml/below.toml: "):
        world.save(path / "below.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(WorldFileError, match=r"folder\.toml: Is a directory"):
        world.save(tmp_path / "folder.toml")


@pytest.mark.parametrize("suffix", [".toml", ".json"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "SampledGrid-1-v0"}, "load would refuse it: .*id"),
        ({"history": {"v0": 3}}, "load would refuse it: .*history"),
        ({"mission": "\ud800"}, "world"),
    ],
)
def test_save_refuses_what_load_refuses(
    suffix: str, change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    world = replace(adaptarium.world("DoorKey-v0"), **change)
    with pytest.raises(WorldFileError, match=message):
        world.save(tmp_path / f"world{suffix}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", [-1, 1.5, "a", True, None, 2**63, 2**70])
def test_a_world_is_sampled_from_a_seed_alone(seed: Any, tmp_path: Path) -> None:
    with pytest.raises(FactorError, match=r"seed = .*: expected a non-negative integer below"):
        adaptarium.World.sample("grid", seed)
    with pytest.raises(FactorError, match="seed"):
        adaptarium.sample(seed=seed, out=tmp_path / "worlds")
    with pytest.raises(FactorError, match="seed of the last world = 9"):
        adaptarium.sample(count=2, seed=2**63 - 1, out=tmp_path / "worlds")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [None, 3, b"DoorKey-v0", ["DoorKey-v0"], object()])
def test_what_is_no_world_is_told_what_is_one(given: Any) -> None:
    with pytest.raises(FactorError, match=r"expected world= a World, the id of a .*\.toml"):
        adaptarium.world(given)


def test_the_id_of_any_world_needs_one() -> None:
    expected = r"no world was given: expected world= a World"
    for make in (
        lambda: gym.make("adaptarium/World-v0"),
        lambda: gym.make_vec("adaptarium/World-v0", num_envs=2),
        lambda: pettingzoo.make("parallel", "adaptarium/World-v0"),
        lambda: pettingzoo.make("aec", "adaptarium/World-v0"),
    ):
        with pytest.raises(FactorError, match=expected):
            make()


@pytest.mark.parametrize("options", [5, "seed", ["reset_mask"]])
def test_reset_options_are_a_dict(options: Any) -> None:
    for env in (
        adaptarium.world("DoorKey-v0").gym(),
        adaptarium.vec("DoorKey-v0", 2),
        adaptarium.world("Foraging-v0").parallel(),
        adaptarium.world("Foraging-v0").aec(),
    ):
        with pytest.raises(FactorError, match=r"options = .*: expected a dict of reset options"):
            env.reset(options=options)


def test_a_saved_world_is_readable_toml(tmp_path: Path) -> None:
    path = tmp_path / "world.toml"
    adaptarium.world("DoorKey-v0", size=6).save(path)
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    assert data["schema_version"] == 1
    assert data["levels"]["knobs"]["size"] == 6
