"""Monte Carlo tree search: what it finds, what it must not see, and how it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.planners import kernels
from adaptarium.agents.planners.graph import allocate_graph, forget, grown
from adaptarium.agents.planners.mcts import MCTSAgent
from adaptarium.agents.scripted.reference import ReferenceAgent
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import AdaptariumError, AgentError, FactorError, UnknownNameError
from adaptarium.envs.core.outcomes import outcomes
from adaptarium.envs.core.snapshot import copy_across, save
from adaptarium.envs.core.world import World
from adaptarium.evaluation.playing import play_episodes
from adaptarium.evaluation.versions import agent_version


def lake(size: int = 4, slip: float = 0.0) -> World:
    return adaptarium.world("FrozenLake-v0", size=size, **{"transition.slip": slip})


def reached(world: World, n: int, **settings: Any) -> float:
    """Share of levels on which the plan's return is the reference's."""
    best = play_episodes(world, ReferenceAgent(), range(n))
    found = play_episodes(world, MCTSAgent(**settings), range(n))
    pairs = zip(best, found, strict=True)
    return float(np.mean([abs(a.episode_return - b.episode_return) < 1e-9 for a, b in pairs]))


# ---- what it finds ----


def test_it_reaches_the_reference_on_small_lakes() -> None:
    assert reached(lake(), 8, simulations=100) >= 7 / 8


@pytest.mark.full
@pytest.mark.parametrize(
    "world",
    [lake(4), lake(8), adaptarium.world("Maze-v0", size=7)],
    ids=["lake-4x4", "lake-8x8", "maze-5x5"],  # a maze of size 7 is 5x5 within its walls
)
def test_it_reaches_the_reference_on_most_of_200_levels(world: World) -> None:
    assert reached(world, 200) >= 0.95


@pytest.mark.full
def test_chance_is_planned_for() -> None:
    world, n = lake(4, slip=2 / 3), 48
    best, found = (
        np.mean([one.episode_return for one in play_episodes(world, agent, range(n))])
        for agent in (ReferenceAgent(), MCTSAgent(simulations=100, depth=30))
    )
    assert found > best - 0.2  # two standard errors of a difference of 48 zeros and ones: 0.2


@pytest.mark.parametrize(
    "settings",
    [
        {"expansions": 1},
        *(
            pytest.param(one, marks=pytest.mark.full)
            for one in ({"transpositions": False}, {"novelty": False}, {"rollout": "none"})
        ),
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_every_kind_of_search_plays(settings: dict[str, Any]) -> None:
    world = lake(4)
    random = play_episodes(world, load_agent("random"), range(12))
    agent = MCTSAgent(simulations=48, depth=20, **settings)
    found = play_episodes(world, agent, range(12))
    assert sum(e.episode_return for e in found) > sum(e.episode_return for e in random) + 3


# ---- what it must not do ----


def given(batch: Batch, world: World, seeds: np.ndarray, step: int = 0) -> dict[str, Any]:
    return {
        "first": np.full(len(seeds), step == 0),
        "step": np.full(len(seeds), step),
        "seed": seeds,
        "mask": batch.masks()[:, 0],
        "world": world,
        "batch": batch,
        "slots": np.arange(len(seeds)),
    }


def test_the_played_state_is_only_read() -> None:
    world = lake(4, slip=0.5)
    batch = Batch([world], 3, autoreset="disabled")
    batch.reset(seed=5)
    before = save(batch)
    MCTSAgent(simulations=16).act({}, given(batch, world, np.arange(5, 8)))
    assert save(batch) == before


def test_the_chance_to_come_is_not_seen() -> None:
    """How often simulations saw each outcome of a move agrees with its true probability."""
    world = lake(4, slip=2 / 3)
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=3)
    agent = MCTSAgent(simulations=1200, depth=1)
    agent.act({}, given(batch, world, np.array([3])))
    graph = agent._search._graph  # type: ignore[union-attr]
    for action in range(4):
        n = int(graph.seen[0, 0, action])
        assert n > 200
        shares, place = [], graph.head[0, 0, action]
        while place:
            shares.append(graph.times[0, place - 1] / n)
            place = graph.after[0, place - 1]
        shares += [graph.ends[0, 0, action] / n] if graph.ends[0, 0, action] else []
        true = [one.probability for one in outcomes(batch, 0, action)]
        assert len(shares) == len(true)
        assert np.abs(np.sort(shares) - np.sort(true)).max() < 4 * np.sqrt(0.25 / n)


def test_company_and_repetition_change_nothing() -> None:
    world = lake(4, slip=0.3).override(**{"episode.max_steps": 20})
    settings = {"simulations": 12, "depth": 12}
    together = play_episodes(world, MCTSAgent(**settings), range(4))
    assert together == play_episodes(world, MCTSAgent(**settings), range(4))
    alone = [play_episodes(world, MCTSAgent(**settings), [seed])[0] for seed in (1, 3)]
    assert [together[1], together[3]] == alone


# ---- backing up ----


def plain(name: str) -> Callable[..., Any]:
    """A kernel as the Python that it is compiled from."""
    function = getattr(kernels, name)
    return getattr(function, "py_func", function)


state_of, note, refresh, revalue = map(plain, ("state_of", "note", "refresh", "revalue"))


def test_values_are_means_over_outcomes_and_maxima_over_actions() -> None:
    """By hand: state one is reached half the time, and has an action that pays 4 and ends."""
    graph = allocate_graph(1, 4, 2)
    zero, one = (state_of(graph, 0, np.uint64(name), True) for name in (7, 9))
    note(graph, 0, one, 0, 4.0, -1)
    note(graph, 0, zero, 1, 1.0, one)
    note(graph, 0, zero, 1, 0.0, -1)
    for state in (one, zero):
        for action in (0, 1):
            refresh(graph, 0, state, action, 0.5)
        revalue(graph, 0, state)
    assert graph.value[0, one] == 4.0
    assert graph.worth[0, zero, 1] == (1.0 + 0.5 * 4.0) / 2  # mean reward 1/2, next state 1/2 of 4
    assert graph.value[0, zero] == 1.5
    # Of one's two actions one is untried; of zero's as well.
    assert graph.promise[0, one] == graph.promise[0, zero] == 1.0
    assert graph.novel[0, zero, 1] == (1.0 + 0.5 * 1.0) / 3
    assert graph.novel[0, one, 0] == 1 / 2


def test_a_graph_grows_and_forgets() -> None:
    graph = allocate_graph(2, 4, 2)
    names = [np.uint64(name) for name in (11, 12, 13, 14, 15)]
    assert [state_of(graph, 1, name, True) for name in names] == [0, 1, 2, 3, -1]
    graph.worth[1, 2, 1] = 5.0
    larger = grown(graph, 8)
    assert [state_of(larger, 1, name, True) for name in names] == [0, 1, 2, 3, 4]
    assert larger.worth[1, 2, 1] == 5.0
    forget(larger, np.array([1]))
    assert state_of(larger, 1, names[2], False) == -1


# ---- copies ----


def test_a_copy_in_another_batch_goes_on_alike() -> None:
    world = lake(4, slip=0.5)
    played = Batch([world], 3, autoreset="disabled")
    other = Batch([world], 5, autoreset="disabled", capacity=played.sizes)
    played.reset(seed=3)
    other.reset(seed=90)
    copy_across(played, [0, 2], other, [4, 1])
    for step in range(12):
        played.w.actions[:] = step % 4
        other.w.actions[:] = step % 4
        played.step()
        other.step()
        assert np.array_equal(other.obs["image"][[4, 1]], played.obs["image"][[0, 2]])
        assert np.array_equal(other.w.core["ended"][[4, 1]], played.w.core["ended"][[0, 2]])
    assert other.w.core["elapsed"][4] == played.w.core["elapsed"][0]


def test_copies_that_do_not_fit_are_refused() -> None:
    one = Batch([lake(4)], 2, autoreset="disabled")
    larger = Batch([lake(8)], 2, autoreset="disabled")
    with pytest.raises(AdaptariumError, match="expected the same structure"):
        copy_across(one, 0, larger, 0)
    with pytest.raises(AdaptariumError, match=r"dst = \[2\]: expected slots from 0 to 1"):
        copy_across(one, 0, one, 2)


# ---- how it is asked for ----


def test_settings_come_from_an_agent_file(tmp_path: Path) -> None:
    path = tmp_path / "quick.toml"
    path.write_text('agent = "mcts"\nsimulations = 7\n')
    agent = load_agent(str(path))
    assert isinstance(agent, MCTSAgent)
    assert agent.settings.simulations == 7
    path.write_text('agent = "mcts"\nsimulation = 7\n')
    with pytest.raises(AgentError, match="quick.toml: .*did you mean 'simulations'"):
        load_agent(str(path))
    path.write_text('agent = "mtcs"\n')
    with pytest.raises(UnknownNameError, match="did you mean 'mcts'"):
        load_agent(str(path))
    path.write_text("simulations = 7\n")
    with pytest.raises(AgentError, match='expected for example "mcts"'):
        load_agent(str(path))
    with pytest.raises(AgentError, match="nowhere.toml"):
        load_agent(str(tmp_path / "nowhere.toml"))


def test_results_tell_settings_apart_and_nothing_else(tmp_path: Path) -> None:
    agent = MCTSAgent(simulations=2, depth=2)
    before = agent_version(agent, None)
    play_episodes(lake().override(**{"episode.max_steps": 2}), agent, [0])
    assert agent_version(agent, None) == before
    assert agent_version(MCTSAgent(simulations=3, depth=2), None) != before
    path = tmp_path / "quick.toml"
    path.write_text('agent = "mcts"\nsimulations = 7\n')
    filed = agent_version(str(path), None)
    path.write_text('agent = "mcts"\nsimulations = 8\n')
    assert agent_version(str(path), None) != filed


def test_bad_settings_are_refused() -> None:
    with pytest.raises(FactorError, match="simulations = 0: .*the nearest valid is 1"):
        MCTSAgent(simulations=0)
    assert isinstance(load_agent("mcts"), MCTSAgent)


def test_several_seats_are_refused() -> None:
    with pytest.raises(AgentError, match="Foraging-v0 has .* for 2 seats; expected one seat"):
        play_episodes(adaptarium.world("Foraging-v0"), MCTSAgent(), [0])
