"""Interface shifts over a world played in strings."""

from __future__ import annotations

from typing import Any

import numpy as np

from adaptarium.envs.core.answers import Invalid, told
from adaptarium.envs.core.errors import ShiftError
from adaptarium.envs.core.text import TextEnv, TextStep
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.effects import Floats
from adaptarium.wrappers.faces.parallel import begin
from adaptarium.wrappers.faces.seat import Seat
from adaptarium.wrappers.faces.shared import Driven, interface_plan


class ShiftedText(Driven):
    """Shifts of actions and rewards over a text environment; the rest is as within.

    The words describe the observation that the world gives: changes of observations are refused.
    An answer is read, shifted, and played under the name of the action that it has become; an
    answer that is none is refused as ever, and counts as no step.

    Args:
        env: The text environment.
        shifts: A plan of interface shifts in any form.

    Raises:
        ShiftError: the shifts do not fit, change observations, or are none of the interface.
    """

    def __init__(self, env: TextEnv, shifts: Any) -> None:
        self.env = env
        self.plan = interface_plan(shifts)
        self.clock = Clock(self.plan.shifts, 1)
        space, actions = env.batch.observation_space, env.batch.action_space
        self.seats = {
            name: Seat(self.clock, a, space, actions) for a, name in enumerate(env.possible_agents)
        }
        for shift, effect in zip(
            self.plan, self.seats[env.possible_agents[0]].side.effects, strict=True
        ):
            if effect.observes:
                raise ShiftError(
                    f"shift {shift.name!r} of kind {shift.what.kind!r} changes observations, which "
                    "a text environment tells in words; expected changes of actions or rewards"
                )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "env":
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(self.env, name)

    def reset(self, seed: int | None = None) -> Any:
        """Begin an episode; as the environment within."""
        told = self.env.reset(seed=seed)
        begin(self.clock, self.seats, self.env, seed)
        for name, seat in self.seats.items():
            seat.begin(self._observation(name))
        return told

    def step(self, answer: Any) -> TextStep:
        """Play one step; as the environment within."""
        positions, before = self.clock.positions(), self.env.agents
        several = len(self.seats) > 1
        if several and isinstance(answer, dict):
            inner = {name: self._answer(positions, name, one) for name, one in answer.items()}
        else:
            inner = answer if several else self._answer(positions, next(iter(self.seats)), answer)
        refused = self.env.invalid_answers
        found = self.env.step(inner)
        truth = dict(zip(self.clock.names, positions[:, 0].tolist(), strict=True))
        info = {**found.info, "shift": truth}
        if self.env.invalid_answers > refused:
            return found._replace(info=info)
        ticks = self.clock.steps.copy()
        self.clock.steps += 1
        paid = {
            name: self.seats[name].reward(
                positions,
                ticks,
                self._observation(name),
                *(part[name] if several else part for part in found[1:4]),
            )
            for name in before
        }
        return found._replace(reward=paid if several else next(iter(paid.values())), info=info)

    def _answer(self, positions: Floats, name: str, answer: Any) -> Any:
        """The answer that plays the action which ``answer`` has become."""
        action = self.env.parse(answer, name)
        if isinstance(action, Invalid) or name not in self.seats:
            return answer
        played = self.seats[name].act(positions, action)
        return answer if np.array_equal(played, action) else told(played, self.env.menu())

    def _observation(self, name: str) -> Any:
        """What the seat observes, as the Gymnasium face gives it."""
        seat = self.env.possible_agents.index(name)
        views = {key: view[0, seat] for key, view in self.env.batch.obs.items()}
        return views if len(views) > 1 else next(iter(views.values()))
