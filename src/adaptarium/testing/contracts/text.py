"""Text: complete, true, and forgiving of nonsense."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from adaptarium.envs.core.answers import Invalid
from adaptarium.envs.core.batch import Batch
from adaptarium.testing.play import actions_from, draw_streams
from adaptarium.testing.probe import SEED, Probe
from adaptarium.testing.report import Outcome, kept

NONSENSE: tuple[object, ...] = (
    "",
    " \n\t ",
    "fly to the moon",
    "999999999999999999999999",
    "-1",
    "1e9999",
    "\x00\ud800",
    "{'action': []}",
    "¿" * 100_000,
    "action:",
    None,
    b"stay",
    3.5,
    [],
)

Observation = dict[str, Any]


def text_complete(probe: Probe) -> Outcome:
    """The description of an observation gives its arrays back, and no two share a description."""
    told: dict[str, Observation] = {}
    for agent, observation in _observations(probe):
        text = probe.text.describe(observation, agent)
        earlier = told.setdefault(text, observation)
        if not _equal(earlier, observation):
            probe.fail("text-incomplete", f"two different observations read {text!r:.200}")
    for text, observation in told.items():
        _check_rebuilt(probe, text, observation)
    return kept(descriptions=len(told))


def _check_rebuilt(probe: Probe, text: str, observation: Observation) -> None:
    try:
        rebuilt = probe.text.rebuild(text)
    except (ValueError, LookupError, TypeError) as error:
        probe.fail("text-incomplete", f"rebuild cannot read {text!r:.200}: {error!r}")
    if missing := set(observation) - set(rebuilt):
        probe.fail("text-incomplete", f"the text does not hold {sorted(missing)}: {text!r:.200}")
    for name, array in observation.items():
        if not np.array_equal(array, rebuilt[name]):
            probe.fail("text-lies", f"{name} read from the text differs: {text!r:.200}")


def _observations(probe: Probe) -> list[tuple[int, Observation]]:
    """(agent, observation) pairs met in random play."""
    n = probe.scale(4, 40)
    batch = Batch([probe.world], n)
    draws = draw_streams(batch, range(n), probe.steps)
    batch.reset(seed=SEED)
    found = []
    for turn in range(probe.steps):
        for i in range(n):
            for a in np.flatnonzero(batch.w.alive[i]).tolist():
                found.append((a, {k: v[i, a].copy() for k, v in batch.obs.items()}))
        batch.w.actions[:] = actions_from(batch, draws[:, turn])
        batch.step()
    return found


def _equal(one: Observation, other: Observation) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


def text_acts(probe: Probe) -> Outcome:
    """Each item of the menu is its action; nonsense is answered with the reason, never raised."""
    space = probe.module("layout").action_space(probe.world.sizes())
    menu = list(probe.text.menu())
    if isinstance(space, spaces.Discrete) and len(menu) != int(space.n):
        probe.fail("menu-lies", f"the menu has {len(menu)} items, expected {int(space.n)}")
    for number, item in enumerate(menu):
        action = _parsed(probe, item)
        wrong = isinstance(action, Invalid) or not space.contains(action)
        if wrong or (isinstance(space, spaces.Discrete) and action != number):
            probe.fail(
                "menu-lies", f"{item!r} is item {number} of the menu and is read as {action}"
            )
    for text in NONSENSE:
        answer = _parsed(probe, text)
        if not isinstance(answer, Invalid):
            probe.fail("parse-accepts-nonsense", f"{text!r:.60} is read as the action {answer!r}")
        if not answer.reason or not answer.expected:
            probe.fail("parse-accepts-nonsense", f"{text!r:.60} is refused without a reason")
    return kept(items=len(menu), nonsense=len(NONSENSE))


def _parsed(probe: Probe, text: object) -> Any:
    try:
        return probe.text.parse(text)
    except Exception as error:  # whatever it is, the contract is that there is none
        probe.fail("parse-raises", f"parse({text!r:.60}) raises {error!r}")
