"""Production rules as data: what each makes of things, in worlds, in levels and in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.banks import generate_levels, level_workspace
from adaptarium.envs.core.errors import AdaptariumError, LevelError
from adaptarium.envs.core.single import SingleEnv
from adaptarium.envs.grid import codes, level, reference
from adaptarium.envs.grid.asciitext import read_text, write_text
from adaptarium.envs.grid.builder import LevelBuilder
from adaptarium.envs.grid.productions import (
    Production,
    decoded,
    read_productions,
    write_productions,
)
from adaptarium.envs.grid.tasks import thing, write_thing

VOCABULARY = ("left", "right", "forward", "pickup", "drop")
SENTENCES = [
    "putting a red ball beside a key makes a green box, worth 0.5",
    "holding a box makes it a grey ball",
    "standing beside a blue key makes it nothing, worth -2",
]


def _room(*rules: str, goal: str = "holding a green box") -> dict[str, Any]:
    """A room with the agent at 1,2, which faces a red ball; a blue key lies two cells beyond."""
    builder = LevelBuilder(7, 5).walls().agent(1, 2).put("ball", 2, 2, "red")
    builder.put("key", 5, 2, "blue").success(goal).steps(20)
    for rule in rules:
        builder.rule(rule)
    return builder.build()


def _env(room: dict[str, Any], **factors: Any) -> SingleEnv:
    factors = {"action.vocabulary": VOCABULARY, **factors}
    env = adaptarium.world("Unlock-v0").override(records=(room,), **factors).gym()
    env.reset(seed=0)
    return env


def _play(env: Any, actions: str) -> list[float]:
    """The rewards of ``actions``, names joined by spaces."""
    return [float(env.step(VOCABULARY.index(name))[1]) for name in actions.split()]


def _cell(env: Any, x: int, y: int) -> int:
    return int(env.batch.w.state.cells[0, 7 * y + x])


def test_productions_are_read_as_they_are_written() -> None:
    assert write_productions(read_productions(SENTENCES)) == SENTENCES
    assert read_productions(SENTENCES[2:])[0] == Production(
        codes.R_BESIDE, codes.KEY, codes.BLUE, 0, 0, codes.EMPTY, 0, -2_000_000
    )


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("a ball makes a box", "expected one like putting a red ball beside"),
        ("holding a wall makes it a red key", "expected keys, balls or boxes"),
        ("holding a ball makes it a key", "needs a colour"),
        ("holding a ball makes it a green door", "to be made"),
        ("holding a ball makes it a red ball", "what it is already"),
        ("holding a ball makes it a red key, worth 5000", "expected -1000"),
    ],
)
def test_a_malformed_production_is_refused(sentence: str, message: str) -> None:
    with pytest.raises(LevelError, match=message):
        read_productions([sentence])
    with pytest.raises(AdaptariumError, match=message):
        adaptarium.world("DoorKey-v0", **{"transition.productions": [sentence]})


def test_what_is_put_beside_another_becomes_the_product() -> None:
    env = _env(_room(SENTENCES[0]))
    assert _play(env, "pickup forward forward drop") == [0, 0, 0, 0.5]
    assert _cell(env, 4, 2) == codes.pack(codes.BOX, codes.GREEN)
    assert _cell(env, 5, 2) == codes.EMPTY_CELL


def test_either_of_two_may_be_put_beside_the_other() -> None:
    room = _room("putting a blue key beside a red ball makes a green box")
    env = _env(room)
    _play(env, "pickup forward forward drop")
    assert _cell(env, 4, 2) == codes.pack(codes.BOX, codes.GREEN)


def test_things_that_lie_side_by_side_do_not_react_until_one_is_put_there() -> None:
    env = _env(_room("putting a red ball beside a purple key makes a green box", goal="doing left"))
    _play(env, "pickup forward forward drop")
    assert _cell(env, 4, 2) == codes.pack(codes.BALL, codes.RED)


@pytest.mark.parametrize("place", ["world", "level"])
def test_what_is_held_and_what_is_passed_change(place: str) -> None:
    rules = (
        "holding a red ball makes it a green box",
        "standing beside a key makes it a grey ball, worth 1.5",
    )
    room = _room(*(rules if place == "level" else ()), goal="standing at 4,1")
    world_rules = {"transition.productions": rules} if place == "world" else {}
    env = _env(room, **world_rules)
    assert _play(env, "pickup forward forward forward right") == [0, 0, 0, 1.5, 0]
    assert _cell(env, 5, 2) == codes.pack(codes.BALL, codes.GREY)
    assert env.batch.w.state.agents["carrying"][0, 0] == codes.pack(codes.BOX, codes.GREEN)


def test_a_task_is_a_table(tmp_path: Path) -> None:
    """A world with rules of its own, written as TOML alone: told, played in words, and solved."""
    path = tmp_path / "still.toml"
    path.write_text(
        """
schema_version = 1
id = "Still-v0"
family = "grid"
mission = "make a green key"

[rules.transition]
productions = [
    "putting a red ball beside a blue ball makes a purple box, worth 0.25",
    "standing beside a purple box makes it a green key",
]

[rules.action]
vocabulary = ["left", "right", "forward", "pickup", "drop"]

[rules.observation]
view = "full"

[[levels.records]]
map = ["######", "#.o.o#", "#....#", "######"]
objects = [{ at = [2, 1], colour = "red" }]
agents = [[1, 1, "east", 0]]
task = ["success if holding a green key"]
max_steps = 40
""",
        encoding="utf-8",
    )
    world = adaptarium.World.load(path)
    face = world.text()
    assert "standing beside a purple box makes it a green key" in face.manual()
    best = reference.solve(world, (level_of(world), 0))
    # the ball is dropped beside the other, the box turns into a key beside the agent: pick it up
    assert best.method == "exact"
    assert best.return_ == pytest.approx(0.25 + 1 - 0.9 * best.length / 40)
    face.reset(seed=0)
    total = 0.0
    for word in ("pickup", "forward", "drop"):
        total += face.step(word).reward
    assert total == 0.25
    assert "green key" in face.step("left").text


def level_of(world: Any) -> Any:
    """A workspace with the first level of a world."""
    bank = level_workspace(world, 1)
    level.write(bank, 0, world.levels.records[0])
    return bank


def test_worth_on_the_way_counts_in_the_reference() -> None:
    detour = _room("holding a blue key makes it a red key, worth 3", goal="holding a red ball")
    plain = _room(goal="holding a red ball")
    world = adaptarium.world("Unlock-v0", **{"action.vocabulary": VOCABULARY})
    worth, without = (reference.solve(world, room) for room in (detour, plain))
    assert worth.method == without.method == "exact"
    assert without.length == 1
    assert worth.return_ > 3 > without.return_


def test_rules_of_a_level_survive_files_text_and_hashing() -> None:
    room = _room(*SENTENCES)
    world = adaptarium.world("Unlock-v0").override(records=(room,))
    assert level.read(level_of(world), 0)["rules"] == SENTENCES
    assert read_text(write_text(room))["rules"] == SENTENCES
    rooms = [room, _room(*SENTENCES[:2]), _room(*SENTENCES[::-1])]
    batch = adaptarium.world("Unlock-v0").override(records=tuple(rooms)).vec(1).batch
    assert len(set(batch.w.info["content"][1:].tolist())) == 3


def test_a_damaged_row_is_refused() -> None:
    bank = level_of(adaptarium.world("Unlock-v0").override(records=(_room(*SENTENCES),)))
    bank.levels.productions[0, 1, 0] = 9
    with pytest.raises(LevelError, match="rule 1"):
        level.read(bank, 0)


def test_the_rules_of_a_world_change_while_it_is_played() -> None:
    env = _env(_room(goal="doing left"))
    _play(env, "pickup")
    env.batch.set_rules(**{"transition.productions": ("holding a ball makes it a grey key",)})
    _play(env, "right")
    assert env.batch.w.state.agents["carrying"][0, 0] == codes.pack(codes.KEY, codes.GREY)


def test_rules_are_seen_and_told_where_the_world_shows_them() -> None:
    env = adaptarium.world("Crafting-v0").override(records=(_room(*SENTENCES),)).gym()
    seen = env.reset(seed=0)[0]["rules"]
    plain = [sentence.partition(",")[0] for sentence in SENTENCES]
    assert write_productions(decoded(seen.reshape(8, 7))) == plain
    text = adaptarium.world("Crafting-v0").override(records=(_room(*SENTENCES),)).text()
    assert f"Rules: {'; '.join(plain)}" in text.reset(seed=0)
    assert "rules" not in adaptarium.world("HiddenRecipes-v0").gym().observation_space.spaces


# ---- recipes ----


def _recipes(count: int, **knobs: Any) -> list[dict[str, Any]]:
    bank = generate_levels(adaptarium.world("Crafting-v0", **knobs), 0, count)
    return [level.read(bank, k) for k in range(count)]


@pytest.mark.parametrize("depth", [1, 4])
def test_recipes_lead_to_the_goal_and_distractors_do_not(depth: int) -> None:
    """Read backwards, each rule of the tree makes what the one before needs; all else is there."""
    seen = set()
    for room in _recipes(60, depth=depth, distractors=2, size=11):
        (goal,) = room["task"]
        rules = read_productions(room["rules"])
        tree, astray = rules[:-2], rules[-2:]
        seen.add(len(tree))
        lying = [cell for cell in _things(room) if cell]
        assert len(set(lying)) == len(lying)
        for rule in reversed(tree):
            for part in _parts(rule):
                lying.remove(part)
            lying.append(_made(rule))
        assert goal == f"success if holding {write_thing(thing(*tree[0][5:7]))}"
        assert len(lying) == 1 + 2
        needed = {part for rule in tree for part in _parts(rule)}
        assert all(_parts(rule)[0] in needed for rule in astray)
        assert not {_made(rule) for rule in astray} & needed
    assert seen == set(range(1, depth + 1))


def _parts(rule: Production) -> list[int]:
    """The packed cells that a rule takes."""
    return [codes.pack(*part) for part in (rule[1:3], rule[3:5]) if part[0]]


def _made(rule: Production) -> int:
    return codes.pack(*rule[5:7])


def _things(room: dict[str, Any]) -> list[int]:
    bank = level_of(adaptarium.world("Crafting-v0").override(records=(room,)))
    cells = bank.levels.cells[0]
    return [int(cell) for cell in cells[cells & codes.PORTABLE != 0]]


def test_recipes_are_solved_exactly_and_get_harder() -> None:
    lengths = []
    for difficulty in (0.0, 0.5, 1.0):
        world = adaptarium.world("Crafting-v0", difficulty=difficulty)
        found = reference.solve_many(world, generate_levels(world, 0, 30), range(30))
        assert {one.method for one in found} == {"exact"}
        lengths.append(np.mean([one.length for one in found]))
    assert lengths[0] < lengths[1] < lengths[2]


def test_more_things_than_places_are_refused() -> None:
    with pytest.raises(AdaptariumError, match="a map of 7 has places for 4"):
        adaptarium.world("Crafting-v0", size=7, depth=3)
