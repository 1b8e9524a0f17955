"""Independent learners: each seat has a network of its own, and learns from its own steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from adaptarium.agents.rl.fast.demonstrations import Demonstrations
from adaptarium.agents.rl.fast.learner import PPO
from adaptarium.agents.rl.fast.rollout import Rollout


class Independent:
    """The learners of all seats, as one.

    Args:
        learners: One a seat.

    Attributes:
        network: The networks of all seats.
        updates: Rollouts learnt from so far.
    """

    def __init__(self, learners: Sequence[PPO]) -> None:
        self.learners = list(learners)
        self.network = nn.ModuleList([learner.network for learner in self.learners])

    @property
    def updates(self) -> int:
        """Rollouts learnt from so far."""
        return self.learners[0].updates

    def update(self, rollout: Rollout, steps: int) -> dict[str, float]:
        """As :meth:`PPO.update`; the figures are means over the seats."""
        return _mean([learner.update(rollout, steps) for learner in self.learners])

    def imitate(self, shown: Demonstrations) -> dict[str, float]:
        """As :meth:`PPO.imitate`; the figures are means over the seats."""
        return _mean([learner.imitate(shown) for learner in self.learners])

    def state(self) -> dict[str, Any]:
        """All that going on needs."""
        states = [learner.state() for learner in self.learners]
        optimizers = {str(seat): state["optimizer"] for seat, state in enumerate(states)}
        policy = self.network.state_dict()
        return {"policy": policy, "optimizer": optimizers, "updates": self.updates}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the learners stood that gave ``state``."""
        self.network.load_state_dict(state["policy"])
        for seat, learner in enumerate(self.learners):
            learner.optimizer.load_state_dict(state["optimizer"][str(seat)])
            learner.updates = int(state["updates"])


def _mean(found: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: sum(each[name] for each in found) / len(found) for name in found[0]}
