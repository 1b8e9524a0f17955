"""Golden playthroughs: what every world says and pays, kept in files that a change must rewrite.

``pytest tests/golden --update-golden`` writes them anew; the difference is then to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core import registry
from adaptarium.envs.core.text import TextEnv, TextStep
from adaptarium.envs.core.world import load_world

IDS = [spec.id for spec in registry.world_specs()]
FOLDER = Path(__file__).parent
STEPS = 15
MANUAL_LINES = 16


def told(value: Any) -> str:
    """One agent's part, or all agents' parts with their names."""
    if not isinstance(value, Mapping):
        return str(value)
    return "\n".join(f"[{name}]\n{part}" for name, part in value.items())


def in_turn(menu: list[str], step: int, seat: int) -> str:
    """A fixed walk over the menu: every action comes, and not in the same order all the time."""
    return menu[(step * (step + 3) // 2 + 2 * seat) % len(menu)]


def answer(env: TextEnv, step: int) -> Any:
    menu = env.menu()
    by_agent = {name: in_turn(menu, step, env.possible_agents.index(name)) for name in env.agents}
    return by_agent if len(env.possible_agents) > 1 else next(iter(by_agent.values()))


def line(given: Any, step: TextStep) -> str:
    return f"> {given} | reward {step.reward} | over {step.terminated} | cut {step.truncated}"


def playthrough(world_id: str) -> str:
    """The head of the manual, the first description, the steps with their pay, the last one."""
    env = load_world(world_id).text(transcript=False)
    parts = ["\n".join(env.manual().splitlines()[:MANUAL_LINES]), told(env.reset(seed=0))]
    for number in range(STEPS):
        given = answer(env, number)
        step = env.step(given)
        parts.append(line(given, step))
        if not env.agents:
            parts.append(f"the episode ended; a new one begins\n{told(env.reset())}")
    parts.append(told(step.text))
    return "\n\n".join(parts) + "\n"


@pytest.mark.parametrize("world_id", IDS)
def test_a_world_plays_as_its_golden_file(world_id: str, update_golden: bool) -> None:
    path = FOLDER / f"{world_id}.txt"
    played = playthrough(world_id)
    if update_golden:
        path.write_text(played, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing; write it with --update-golden"
    assert played == path.read_text(encoding="utf-8")


def test_every_world_has_a_file_and_every_file_a_world() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(IDS)


def test_a_playthrough_tells_seeds_and_worlds_apart() -> None:
    assert len({playthrough(world_id) for world_id in IDS}) == len(IDS)
    assert playthrough(IDS[0]) == playthrough(IDS[0])
