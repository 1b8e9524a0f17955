"""The corridor with a rudder: its action is one number, which says how surely to go which way."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
from corridor import kernels, layout, reference, text
from gymnasium import spaces

from adaptarium.envs.core.answers import Invalid, parse_vector, vector_grammar
from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.layout import Layout
from adaptarium.envs.core.reference import Level, Reference
from adaptarium.envs.core.world import World

COMPONENTS = ("rudder",)
CHOICES = {"west": (-1.0,), "stay": (0.0,), "east": (1.0,)}


@kernel
def step(w, i):
    """Go where the rudder points, unless it is nearly straight; pay; end at the goal."""
    rudder = w.actions[i, 0, 0]
    move = 0 if abs(rudder) < 0.25 else 1 if rudder > 0.0 else -1
    w.state.place[i, 0] = kernels.target(w, i, move)
    w.reward[i, 0] -= w.rules[i].step_cost
    if w.levels.cells[w.core[i].level, w.state.place[i, 0]] == 3:
        w.reward[i, 0] += w.rules[i].goal
        w.metrics[i].success = 1
        w.terminated[i, 0] = True


@kernel
def masks(w, i):
    """Every action is valid."""


def layout_of(sizes: Mapping[str, int]) -> Layout:
    """As the corridor's, with continuous actions."""
    plain = vars(layout.layout(sizes))
    return Layout(**{**plain, "num_actions": 0, "action": (np.float32, (1,))})


def action_space(_sizes: Mapping[str, int]) -> spaces.Box:
    """The rudder."""
    return spaces.Box(-1, 1, (1,), np.float32)


class Text(text.Text):
    """A corridor with a rudder in words."""

    def menu(self) -> list[str]:
        """The actions that have names."""
        return list(CHOICES)

    def grammar(self) -> str:
        """What a valid answer looks like."""
        return vector_grammar(self.menu(), COMPONENTS)

    def parse(self, text: object) -> npt.NDArray[np.float32] | Invalid:  # type: ignore[override]
        """The action that ``text`` names, or why it names none."""
        return parse_vector(text, CHOICES, COMPONENTS)


class Pilot:
    """Steers to the goal."""

    def act(self, w: Any, i: int) -> list[list[float]]:
        """The action of slot ``i``."""
        level = int(w.core["level"][i])
        goal = int(np.argmax(w.levels.cells[level] == 3))
        return [[1.0 if goal > w.state.place[i, 0] else -1.0]]


def solve(world: World, level: Level) -> Reference:
    """The corridor's own: the rudder's three ways are its three actions."""
    other = World(id="Same-v0", family=CORRIDOR, rules=world.rules, levels=world.levels)
    found = reference.solve(other, level)
    plan = None if found.actions is None else [[float(action - 1)] for action in found.actions]
    return Reference.exact(found.return_, plan, found.length)


CORRIDOR = Family("corridor", "corridor", "Corridors", "corridor.generators")
_SWAPS: dict[str, dict[str, Any]] = {
    "layout": {"layout": layout_of, "action_space": action_space, "masked": lambda *_: False},
    "text": {"Text": Text},
    "reference": {"solve": solve, "policy": lambda *_: Pilot(), "idle_action": lambda _: 0.0},
}


class Gliding(Family):
    """The corridor's family with another step, actions and text."""

    def module(self, name: str) -> Any:
        """The corridor's module with what differs."""
        found = super().module(name)
        return SimpleNamespace(**{**vars(found), **_SWAPS.get(name, {})})

    def kernels(self) -> Mapping[str, Any]:
        """The corridor's kernels with another step."""
        return {**super().kernels(), "step": step, "masks": masks}

    def kernel_modules(self) -> list[str]:
        """The modules that hold them."""
        return [*super().kernel_modules(), __name__]


FAMILY = Gliding("gliding", "corridor", "Corridors with a rudder", "corridor.generators")
