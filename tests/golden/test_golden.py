"""Golden playthroughs: what every world says and pays, kept in files that a change must rewrite.

A file holds the whole manual, the first and last view of each episode, and every step of whole
episodes by a short SHA-256 of all that the step told: text, rewards, ends, info and observations.

``pytest tests/golden --update-golden`` writes them anew; the difference is then to be read.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core import registry
from adaptarium.envs.core.text import TextEnv, TextStep
from adaptarium.envs.core.world import load_world

IDS = [spec.id for spec in registry.world_specs()]
FOLDER = Path(__file__).parent
# Episodes begin until this many steps are played; as many of the first steps are written out.
STEPS = 15
DIGITS = 8
IN_A_ROW = 10


def told(value: Any) -> str:
    """One agent's part, or all agents' parts with their names."""
    if not isinstance(value, Mapping):
        return str(value)
    return "\n".join(f"[{name}]\n{part}" for name, part in value.items())


def digest(env: TextEnv, said: Any) -> str:
    """The first digits of the SHA-256 of what was said, and of the observations behind it."""
    found = hashlib.sha256(json.dumps(said).encode())
    for name, view in env.batch.obs.items():
        found.update(f"{name} {view.dtype.str} {view.shape}".encode())
        found.update(np.ascontiguousarray(view).tobytes())
    return found.hexdigest()[:DIGITS]


def drawn(menu: list[str], step: int, seat: int) -> str:
    """A fixed mixture of all actions."""
    return menu[hashlib.sha256(f"{step} {seat}".encode()).digest()[0] % len(menu)]


def answer(env: TextEnv, step: int) -> Any:
    menu = env.menu()
    by_agent = {name: drawn(menu, step, env.possible_agents.index(name)) for name in env.agents}
    return by_agent if len(env.possible_agents) > 1 else next(iter(by_agent.values()))


def line(number: int, given: Any, step: TextStep, mark: str) -> str:
    ends = f"over {step.terminated} | cut {step.truncated}"
    return f"{number}: {given} | reward {step.reward} | {ends} | {mark}"


def rows(marks: list[str], first: int) -> list[str]:
    """Digests in rows, each behind the number of its first step."""
    starts = range(0, len(marks), IN_A_ROW)
    return [f"{first + at}: {' '.join(marks[at : at + IN_A_ROW])}" for at in starts]


def episode(env: TextEnv, start: Any, played: int) -> tuple[str, int]:
    """One whole episode as it is written down, and the steps played with it."""
    written, marks = list[str](), list[str]()
    opening = digest(env, start)
    while env.agents:
        given = answer(env, played)
        step = env.step(given)
        mark = digest(env, step)
        played += 1
        if played <= STEPS:
            written.append(line(played, given, step, mark))
        else:
            marks.append(mark)
    written += rows(marks, played - len(marks) + 1)
    return f"{told(start)}\n({opening})\n\n" + "\n".join([*written, "", told(step.text)]), played


def playthrough(env: TextEnv) -> str:
    """The manual, and whole episodes of at least ``STEPS`` steps together."""
    parts, played = [env.manual()], 0
    while played < STEPS:
        start = env.reset() if played else env.reset(seed=0)
        part, played = episode(env, start, played)
        parts.append(part)
    return "\n\n".join(parts) + "\n"


def text_env(world_id: str) -> TextEnv:
    return load_world(world_id).text(transcript=False)


@pytest.mark.parametrize("world_id", IDS)
def test_a_world_plays_as_its_golden_file(world_id: str, update_golden: bool) -> None:
    path = FOLDER / f"{world_id}.txt"
    played = playthrough(text_env(world_id))
    if update_golden:
        path.write_text(played, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing; write it with --update-golden"
    assert played == path.read_text(encoding="utf-8")


def test_every_world_has_a_file_and_every_file_a_world() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(IDS)


def test_playing_twice_is_playing_the_same() -> None:
    assert len({playthrough(text_env(world_id)) for world_id in IDS}) == len(IDS)
    assert playthrough(text_env(IDS[0])) == playthrough(text_env(IDS[0]))


# ---- a change in any step is seen ----


def altered(value: Any, change: Callable[[Any], Any]) -> Any:
    """``value`` with its first leaf changed."""
    if isinstance(value, Mapping):
        first = next(iter(value))
        return {**value, first: altered(value[first], change)}
    return change(value)


def in_text(_env: TextEnv, step: TextStep) -> TextStep:
    return step._replace(text=altered(step.text, lambda text: text.replace(".", ",", 1)))


def in_reward(_env: TextEnv, step: TextStep) -> TextStep:
    return step._replace(reward=altered(step.reward, lambda pay: math.nextafter(pay, math.inf)))


def in_terminated(_env: TextEnv, step: TextStep) -> TextStep:
    return step._replace(terminated=altered(step.terminated, lambda over: not over))


def in_truncated(_env: TextEnv, step: TextStep) -> TextStep:
    return step._replace(truncated=altered(step.truncated, lambda cut: not cut))


def in_info(_env: TextEnv, step: TextStep) -> TextStep:
    return step._replace(info=altered(step.info, lambda number: number + 1))


def in_observation(env: TextEnv, step: TextStep) -> TextStep:
    view = next(iter(env.batch.obs.values()))
    view.flat[-1] += 1
    return step


class Altered(TextEnv):
    """A world whose step number ``at`` tells something else than it should."""

    at = 0
    change: Callable[[TextEnv, TextStep], TextStep]
    count = 0

    def step(self, answer: Any) -> TextStep:
        step = super().step(answer)
        self.count += 1
        return self.change(self, step) if self.count == self.at else step


def altered_playthrough(
    world_id: str, at: int, change: Callable[[TextEnv, TextStep], TextStep]
) -> tuple[list[str], int]:
    """Lines of a playthrough with one change, and how many steps it had."""
    env = Altered(load_world(world_id), transcript=False)
    env.at, env.change = at, change  # type: ignore[method-assign]
    return playthrough(env).splitlines(), env.count


CHANGES = (in_text, in_reward, in_terminated, in_truncated, in_info, in_observation)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("world_id", ["DoorKey-v0", "Foraging-v0", "Darkroom-v0"])
def test_a_change_in_any_one_step_is_seen_in_the_line_of_that_step(
    world_id: str, change: Callable[[TextEnv, TextStep], TextStep]
) -> None:
    golden = (FOLDER / f"{world_id}.txt").read_text(encoding="utf-8").splitlines()
    unchanged, count = altered_playthrough(world_id, 0, change)
    assert unchanged == golden
    changed_lines = list[int]()
    for at in sorted({1, 2, STEPS, STEPS + 1, count // 2, count - 1, count}):
        lines, _ = altered_playthrough(world_id, at, change)
        assert len(lines) == len(golden)
        pairs = enumerate(zip(lines, golden, strict=True))
        differ = [number for number, (new, old) in pairs if new != old]
        # The last step's text is also written out.
        assert 1 <= len(differ) <= (2 if at == count and change is in_text else 1)
        changed_lines.append(differ[0])
    assert changed_lines == sorted(changed_lines)
    assert len(set(changed_lines)) > 3


@pytest.mark.parametrize("world_id", IDS)
def test_a_file_tells_the_whole_manual_and_a_digest_of_every_step(world_id: str) -> None:
    golden = (FOLDER / f"{world_id}.txt").read_text(encoding="utf-8")
    env = Altered(load_world(world_id), transcript=False)
    playthrough(env)
    assert golden.startswith(env.manual() + "\n")
    mark = rf"[0-9a-f]{{{DIGITS}}}"
    steps = re.findall(rf"^(\d+): (?:.* \| )?({mark}(?: {mark})*)$", golden, re.MULTILINE)
    numbers = [int(first) + place for first, marks in steps for place in range(len(marks.split()))]
    assert env.count >= STEPS
    assert numbers == list(range(1, env.count + 1))
