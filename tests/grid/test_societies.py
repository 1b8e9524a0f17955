"""Trash, commons, sanctions and pursuit: what their rules say, one by one, and by known theory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.core.world import World
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.crews import upper_bound
from adaptarium.envs.grid.rules import Rules

Start = tuple[int, int, str]


def world(preset: str, rows: Sequence[str], agents: Sequence[Start], **more: Any) -> World:
    """A world of one level; ``more`` are parts of the level, and ``rules`` factors."""
    rules = more.pop("rules", {})
    starts = [[x, y, heading, 0] for x, y, heading in agents]
    record = {"map": list(rows), "agents": starts, "max_steps": 40, **more}
    return World.from_data(
        {
            "id": "Society-v0",
            "family": "grid",
            "preset": preset,
            "levels": {"records": [record]},
        }
    ).override(**rules)


def batch(made: World, n: int = 1) -> Batch:
    # Room for four agents in every batch: one compiled signature, and the padding is tested along.
    found = Batch([made], n, autoreset="disabled", capacity={"agents": 4})
    found.reset(seed=0)
    return found


def play(on: Batch, *actions: str) -> list[float]:
    """One step in every slot; the rewards of slot 0, one for each action."""
    menu = on.worlds[0].rules.action.vocabulary  # type: ignore[attr-defined]
    on.w.actions[:] = 0
    on.w.actions[:, : len(actions)] = [menu.index(action) for action in actions]
    on.step()
    return [float(value) for value in on.w.reward[0, : len(actions)]]


def cell(on: Batch, x: int, y: int) -> int:
    width = int(on.w.levels.map["width"][on.w.core["level"][0]])
    return int(on.w.state.cells[0, y * width + x])


# ---- trash ----

BIN = [{"at": [0, 0], "colour": "yellow"}]


def loose(x: int, y: int, count: int, colour: str = "grey") -> dict[str, Any]:
    return {"at": [x, y], "colour": colour, "state": count}


def test_hands_hold_as_many_units_as_the_world_says() -> None:
    on = batch(world("trash", ["_.o"], [(1, 0, "east")], objects=[*BIN, loose(2, 0, 4)]))
    play(on, "pickup")
    assert int(on.w.state.agents["carrying"][0, 0]) >> codes.STATE_SHIFT & 0xFF == 3
    assert cell(on, 2, 0) == codes.pack(codes.BALL, codes.GREY, 1)
    play(on, "pickup")
    assert cell(on, 2, 0) == codes.pack(codes.BALL, codes.GREY, 1), "the hands are full"


def test_trash_pays_by_the_unit_and_the_last_unit_ends_the_episode() -> None:
    on = batch(world("trash", ["_.o"], [(1, 0, "east")], objects=[*BIN, loose(2, 0, 4)]))
    paid = [play(on, action)[0] for action in ("pickup", "left", "left", "drop")]
    assert paid == [0, 0, 0, pytest.approx(3 / 4)]
    assert not on.w.core["ended"][0]
    paid = [play(on, action)[0] for action in ("right", "right", "pickup", "left", "left", "drop")]
    assert paid[-1] == pytest.approx(1 / 4)
    assert on.w.terminated[0, 0]
    assert on.w.final_metrics["success"][0] == 1
    assert on.w.final_metrics["trash"][0] == 4


def test_heavy_trash_is_split_before_it_is_carried() -> None:
    on = batch(world("trash", ["_.B"], [(1, 0, "east")], objects=[*BIN, loose(2, 0, 2)]))
    play(on, "pickup")
    assert on.w.state.agents["carrying"][0, 0] == 0
    play(on, "split")
    assert cell(on, 2, 0) == codes.pack(codes.BALL, codes.GREY, 2)
    play(on, "pickup")
    assert int(on.w.state.agents["carrying"][0, 0]) == codes.pack(codes.BALL, codes.GREY, 2)


def test_trash_is_put_onto_empty_cells_and_onto_nothing_else() -> None:
    on = batch(world("trash", ["_..o#"], [(2, 0, "east")], objects=[*BIN, loose(3, 0, 2)]))
    play(on, "pickup")
    play(on, "forward")
    play(on, "drop")
    assert on.w.state.agents["carrying"][0, 0] != 0, "ahead is a wall"
    play(on, "left")
    play(on, "left")
    play(on, "drop")
    assert cell(on, 2, 0) == codes.pack(codes.BALL, codes.GREY, 2)


def test_of_two_that_pick_from_one_heap_the_first_is_served_first() -> None:
    agents: list[Start] = [(1, 0, "east"), (3, 0, "west")]
    on = batch(world("trash", ["_.o."], agents, objects=[*BIN, loose(2, 0, 4)]))
    play(on, "pickup", "pickup")
    carried = on.w.state.agents["carrying"][0, :2] >> codes.STATE_SHIFT & 0xFF
    assert carried.tolist() == [3, 1]
    assert cell(on, 2, 0) == codes.EMPTY_CELL


# ---- the commons ----


def test_an_apple_is_eaten_by_walking_onto_it_and_leaves_grass() -> None:
    on = batch(world("commons", [".a."], [(0, 0, "east")]))
    assert play(on, "forward") == [1.0]
    assert cell(on, 1, 0) == codes.GRASS_CELL
    assert play(on, "stay") == [0.0]
    assert on.w.metrics["food"][0] == 1


@pytest.mark.parametrize(("apples", "grows"), [(1, False), (2, True), (3, True)])
def test_apples_grow_by_the_number_of_those_around(apples: int, grows: bool) -> None:
    """With 0 for none and one, 1 for two or more, the middle grows back beside two."""
    rows = ["..a.." if apples > 0 else ".....", "." + ("a" if apples > 1 else ".") + ",..", "..a.."]
    rows[2] = "..a.." if apples > 2 else "....."
    rules = {"commons.regrowth": (0.0, 0.0, 1.0)}
    on = batch(world("commons", rows, [(4, 2, "east")], rules=rules))
    play(on, "stay")
    assert (cell(on, 2, 1) == codes.APPLE_CELL) is grows


def test_what_has_just_grown_helps_nothing_to_grow_in_the_same_step() -> None:
    rules = {"commons.regrowth": (0.0, 1.0), "commons.radius": 1}
    on = batch(world("commons", ["a,,,."], [(4, 0, "east")], rules=rules))
    for grown in (1, 2, 3):
        play(on, "stay")
        assert [cell(on, x, 0) == codes.APPLE_CELL for x in range(4)].count(True) == grown + 1


def test_nothing_grows_under_an_agent_and_a_bare_patch_is_lost() -> None:
    rules = {"commons.regrowth": (0.0, 1.0)}
    on = batch(world("commons", [".a.a"], [(0, 0, "east")], rules=rules))
    play(on, "forward")
    play(on, "stay")
    assert cell(on, 1, 0) == codes.GRASS_CELL
    play(on, "forward")
    assert cell(on, 1, 0) == codes.APPLE_CELL
    bare = batch(world("commons", [".a.."], [(0, 0, "east")], rules=rules))
    for action in ("forward", "forward", "stay", "stay"):
        play(bare, action)
    assert cell(bare, 1, 0) == codes.GRASS_CELL
    assert bare.w.metrics["success"][0] == 0


def test_growth_has_the_probability_of_its_table() -> None:
    """2,000 slots with one cell at 0.2: within four standard errors."""
    rules = {"commons.regrowth": (0.0, 0.2)}
    on = batch(world("commons", [",a.."], [(3, 0, "east")], rules=rules), 2000)
    play(on, "stay")
    share = float((on.w.state.cells[:, 0] == codes.APPLE_CELL).mean())
    assert abs(share - 0.2) < 4 * np.sqrt(0.16 / 2000)


def test_soiled_water_slows_growth_down_to_nothing() -> None:
    """One cell of four at a limit of one half halves growth; two of four stop it, and the rain."""
    for soiled, expected in ((0, 0.4), (1, 0.2), (2, 0.0)):
        water = [{"at": [x, 0], "colour": "purple"} for x in range(soiled)]
        rules = {"commons.regrowth": (0.4,), "commons.pollution_limit": 0.5}
        made = world("cleanup", ["____", ",..."], [(3, 1, "east")], objects=water, rules=rules)
        on = batch(made, 2000)
        play(on, "stay")
        share = float((on.w.state.cells[:, 4] == codes.APPLE_CELL).mean())
        assert abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / 2000)


def test_rain_soils_one_cell_a_step_up_to_the_limit() -> None:
    rules = {
        "commons.regrowth": (0.0,),
        "commons.pollution": 1.0,
        "commons.pollution_limit": 0.5,
    }
    on = batch(world("cleanup", ["____", "...."], [(3, 1, "north")], rules=rules))
    soiled = []
    for _ in range(4):
        play(on, "stay")
        soiled.append(int((on.w.state.cells[0, :4] == codes.SOILED_CELL).sum()))
    assert soiled == [1, 2, 2, 2]


def test_a_cleaning_beam_takes_the_first_soiled_cell_of_each_of_three_lanes() -> None:
    dirt = [{"at": [x, y], "colour": "purple"} for x in range(1, 4) for y in range(3)]
    rules = {"sanction.reach": 2}
    on = batch(world("cleanup", [".___"] * 3, [(0, 1, "east")], objects=dirt, rules=rules))
    play(on, "clean")
    assert on.w.metrics["cleaned"][0] == 3
    assert [cell(on, 1, y) for y in range(3)] == [codes.WATER_CELL] * 3
    play(on, "clean")
    play(on, "clean")
    assert [cell(on, 3, y) for y in range(3)] == [codes.SOILED_CELL] * 3, "beyond its reach"


# ---- sanctions ----


def test_a_zap_costs_its_sender_and_fines_whom_it_hits() -> None:
    agents: list[Start] = [(0, 0, "east"), (2, 0, "east")]
    rules = {"sanction.fine": 2.0, "sanction.cost": 0.25}
    on = batch(world("commons", ["...."], agents, rules=rules))
    assert play(on, "zap", "stay") == [-0.25, -2.0]
    assert play(on, "stay", "zap") == [0.0, -0.25], "the other looks away"
    assert on.w.metrics["sanctions"][0] == 1


def test_a_beam_ends_at_walls_and_at_the_first_agent() -> None:
    agents: list[Start] = [(0, 0, "east"), (2, 0, "east"), (3, 0, "east")]
    on = batch(world("commons", ["....", "...."], agents))
    assert play(on, "zap", "stay", "stay") == [-0.1, -1.0, 0.0]
    walled = batch(world("commons", [".#..", "...."], agents[:2]))
    assert play(walled, "zap", "stay") == [-0.1, 0.0]


def test_fines_grow_with_those_paid_before() -> None:
    agents: list[Start] = [(0, 0, "east"), (1, 0, "east")]
    on = batch(world("commons", ["..."], agents, rules={"sanction.growth": 0.5}))
    assert [play(on, "zap", "stay")[1] for _ in range(3)] == [-1.0, -1.5, -2.0]


@pytest.mark.parametrize("delay", [1, 3])
def test_a_fine_is_paid_when_it_is_due(delay: int) -> None:
    agents: list[Start] = [(0, 0, "east"), (1, 0, "east")]
    on = batch(world("commons", ["..."], agents, rules={"sanction.delay": delay}))
    paid = [play(on, "zap", "stay")[1], *(play(on, "stay", "stay")[1] for _ in range(4))]
    assert paid == [-1.0 if step == delay else 0.0 for step in range(5)]


def test_who_has_paid_is_frozen() -> None:
    agents: list[Start] = [(0, 0, "east"), (1, 0, "east")]
    on = batch(world("commons", ["....."], agents, rules={"sanction.freeze": 2}))
    play(on, "zap", "stay")
    places = []
    for _ in range(3):
        play(on, "stay", "forward")
        places.append(int(on.w.state.agents["x"][0, 1]))
    assert places == [1, 1, 2]
    # Of two agents in four steps one was frozen after the first two of them, until it could act.
    assert on.w.metrics["peace"][0] == pytest.approx(1 - 2 / 8)


# ---- pursuit ----


def test_an_evader_is_caught_when_no_side_of_it_is_left_open() -> None:
    agents: list[Start] = [(1, 1, "east"), (2, 2, "east")]
    made = world("pursuit", ["....", "...o", "...."], agents, obstacles=[[3, 1]])
    on = batch(made.override(**{"transition.captors": 2, "transition.obstacle_rate": 0.0}))
    assert play(on, "east", "stay") == [0.0, 0.0]
    assert play(on, "stay", "east") == [0.5, 0.5]
    assert on.w.final_metrics["caught"][0] == on.w.final_metrics["success"][0] == 1
    assert on.w.terminated[0, :2].all()
    assert cell(on, 3, 1) == codes.EMPTY_CELL


def test_walls_help_to_surround() -> None:
    made = world("pursuit", ["..o"], [(0, 0, "east")], obstacles=[[2, 0]])
    on = batch(made.override(**{"transition.obstacle_rate": 0.0}))
    assert play(on, "east") == [1.0]


def test_who_is_next_to_an_evader_is_paid_for_the_touch() -> None:
    rules = {"reward.touch": 0.01, "transition.obstacle_rate": 0.0}
    rows = ["...", "..o", "..."]
    made = world("pursuit", rows, [(1, 1, "east")], obstacles=[[2, 1]], rules=rules)
    assert play(batch(made), "stay") == [0.01]


def test_an_evader_keeps_away_from_the_nearest_agent() -> None:
    made = world("pursuit", ["....o..."], [(2, 0, "east")], obstacles=[[4, 0]])
    on = batch(made.override(**{"transition.captors": 2}))
    for x in (5, 6, 7):
        play(on, "east")
        assert (int(on.w.state.obstacles["x"][0, 0]), cell(on, x, 0) & 0xFF) == (x, codes.BALL)


def test_an_evader_that_is_caught_stays_gone_under_every_way_to_move() -> None:
    made = world("pursuit", ["oo......"], [(2, 0, "east")], obstacles=[[0, 0], [1, 0]])
    for way in ("ahead", "around", "away"):
        rules = {"transition.captors": 1, "transition.obstacle_moves": way}
        on = batch(made.override(**rules))
        before = int((on.w.state.cells[0, :8] & 0xFF == codes.BALL).sum())
        for _ in range(30):
            if not on.w.core["ended"][0]:
                play(on, "stay")
        left = int((on.w.state.cells[0, :8] & 0xFF == codes.BALL).sum())
        assert left == before - int(on.w.metrics["caught"][0])


# ---- social measures ----


def test_equality_is_one_less_the_gini_coefficient() -> None:
    """Returns 1 and 0 of two agents: a Gini coefficient of 1/2; 1 and 1: of 0."""
    agents: list[Start] = [(0, 0, "east"), (4, 0, "west")]
    on = batch(world("commons", [".a.a."], agents))
    play(on, "forward", "stay")
    assert on.w.metrics["equality"][0] == pytest.approx(0.5)
    assert on.w.metrics["efficiency"][0] == pytest.approx(1.0)
    assert on.w.metrics["sustainability"][0] == pytest.approx(1 / 40)
    play(on, "stay", "forward")
    assert on.w.metrics["equality"][0] == pytest.approx(1.0)
    assert on.w.metrics["sustainability"][0] == pytest.approx(1.5 / 40)
    play(on, "stay", "stay")
    assert on.w.metrics["efficiency"][0] == pytest.approx(2 / 3)


def returns_of(name: str, kind: str, n: int = 48) -> tuple[float, float]:
    """Mean return of a team of built-in players, and its standard error."""
    alone = {"players.outside": 0, "players.built_in": kind}
    on = Batch([adaptarium.world(name, **alone)], n, autoreset="disabled")
    on.reset(seed=0)
    while not on.w.core["ended"].all():
        on.step()
    returns = on.w.final_returns.sum(axis=1)
    return float(returns.mean()), float(returns.std() / np.sqrt(n))


@pytest.mark.parametrize(("name", "factor"), [("Harvest-v0", 1.3), ("Cleanup-v0", 10.0)])
def test_greed_ruins_the_commons(name: str, factor: float) -> None:
    """The dilemma: restraint and cleaning pay everyone more, beyond three standard errors."""
    greedy, theirs = returns_of(name, "greedy")
    together, ours = returns_of(name, "cooperative")
    assert together - 3 * ours > factor * (greedy + 3 * theirs)


# ---- references ----


@pytest.mark.parametrize("name", ["Trash-v0", "Harvest-v0", "Cleanup-v0", "Pursuit-v0"])
def test_no_reference_exceeds_the_bound_that_it_states(name: str) -> None:
    made = adaptarium.world(name)
    bank = generate_levels(made, 0, 3)
    for row in range(3):
        found = made.family.module("reference").solve(made, (bank, row))
        assert found.bound == pytest.approx(upper_bound(made, bank, row))
        assert 0 < found.return_ <= found.bound + 1e-9
        assert (found.method == "exact") is (found.return_ > found.bound - 1e-9)


def test_joint_search_finds_what_the_built_in_players_miss() -> None:
    """Two apples a side of three: eating the last of a patch ends it, and the search knows when."""
    rules = {"commons.regrowth": (0.0, 1.0), "commons.radius": 1}
    agents: list[Start] = [(0, 0, "east"), (4, 0, "west")]
    made = world("commons", [".aaa."], agents, rules=rules, max_steps=6)
    small = made.override(**{"action.vocabulary": ("stay", "east", "west")})
    found = small.family.module("reference").solve(small, small.levels.records[0])
    assert found.method == "exact"
    on = batch(small)
    total = 0.0
    for actions in found.actions:
        names = [small.rules.action.vocabulary[one] for one in actions]  # type: ignore[attr-defined]
        total += sum(play(on, *names))
    assert total == pytest.approx(found.return_)
    bank = on.w
    assert found.return_ <= upper_bound(small, bank, int(bank.core["level"][0]))


def test_probabilities_of_regrowth_are_checked() -> None:
    with pytest.raises(FactorError, match="from 0 to 1"):
        adaptarium.world("Harvest-v0", **{"commons.regrowth": (0.1, 1.5)})
    assert Rules().commons.regrowth == ()
