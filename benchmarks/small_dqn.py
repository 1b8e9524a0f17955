"""A small deep Q-network in NumPy, as a learner of one's own in a stream.

Double DQN (van Hasselt, Guez & Silver, AAAI 2016) with one hidden layer and Adam, on the tiles of
the grid family's egocentric view. A life of 32,000 steps takes seconds on one core, so that effects
can be shown with many seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SEEN_TILES = (0, 1, 2, 8)  # nothing, floor, wall, goal: all that occur in an empty room
CELLS = 49
WARM_UP = 200  # steps before the first update


class SmallDQN:
    """Learns where the goal is from what it sees; nothing tells it which task it plays.

    Args:
        name: What results call it.
        memory: Steps that it replays from; the oldest are forgotten.
        rate: Adam's step size.
        later: Another step size, and the count of steps from which on it is taken.
        updates: Updates after every step of all environments.
        batch: Steps of an update.
        hidden: Hidden units.
        explore: Chance of a random action while learning.
        discount: Discount of future rewards.
        target_every: Updates between two copies of the target network.
    """

    batched = True

    def __init__(
        self,
        name: str,
        *,
        memory: int,
        rate: float = 1e-3,
        later: tuple[float, int] | None = None,
        updates: int = 8,
        batch: int = 64,
        hidden: int = 64,
        explore: float = 0.5,
        discount: float = 0.9,
        target_every: int = 400,
    ) -> None:
        self.name, self.memory, self.rate, self.later = name, memory, rate, later
        self.updates, self.batch, self.hidden = updates, batch, hidden
        self.explore, self.discount, self.target_every = explore, discount, target_every
        self.weights: list[Floats] = []

    def seed(self, number: int) -> None:
        """Seed the weights, exploration and replay."""
        self.rng = np.random.default_rng(number)

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> NDArray[np.int64]:
        """The actions of the highest values; the first one before anything is learnt."""
        inputs = one_hot(tiles_of(observation))
        if not self.weights:
            return np.zeros(len(inputs), np.int64)
        return values(inputs, self.weights).argmax(axis=1)

    def learn(self, env: Any, steps: int) -> None:
        """Take the steps, with updates after each."""
        if not self.weights:
            self._begin(int(env.single_action_space.n))
        seen = tiles_of(env.observation)
        while env.steps_left:
            actions = self._explored(self.act(env.observation, {}))
            observation, rewards, terminated, truncated, info = env.step(actions)
            following = tiles_of(observation)
            last = following.copy()
            for i in np.flatnonzero(terminated | truncated):
                last[i] = tiles_of({"image": info["final_obs"][i]["image"][None]})[0]
            self._remember(seen, actions, rewards, last, terminated)
            seen = following
            for _ in range(self.updates if self.count >= WARM_UP else 0):
                self._update()

    def _begin(self, actions: int) -> None:
        inputs = CELLS * len(SEEN_TILES)
        first = self.rng.normal(0, np.sqrt(2 / CELLS), (inputs, self.hidden))
        shapes = ((self.hidden,), (self.hidden, actions), (actions,))
        self.weights = [first.astype(np.float32), *(np.zeros(s, np.float32) for s in shapes)]
        self.target = [part.copy() for part in self.weights]
        self.moments = [[np.zeros_like(part) for part in self.weights] for _ in range(2)]
        self.count = self.updated = 0
        n = self.memory
        self.replay: tuple[NDArray[Any], ...] = (
            np.zeros((n, CELLS), np.uint8),
            np.zeros(n, np.int64),
            np.zeros(n, np.float32),
            np.zeros((n, CELLS), np.uint8),
            np.zeros(n, np.bool_),
        )

    def _explored(self, actions: NDArray[np.int64]) -> NDArray[np.int64]:
        random = self.rng.integers(len(self.weights[3]), size=len(actions))
        return np.where(self.rng.random(len(actions)) < self.explore, random, actions)

    def _remember(self, *parts: NDArray[Any]) -> None:
        places = (self.count + np.arange(len(parts[0]))) % self.memory
        for kept, new in zip(self.replay, parts, strict=True):
            kept[places] = new
        self.count += len(places)

    def _update(self) -> None:
        """One step of Adam on the clipped temporal-difference errors of a batch."""
        rows = self.rng.integers(min(self.count, self.memory), size=self.batch)
        seen, actions, rewards, following, over = (kept[rows] for kept in self.replay)
        inputs, later, each = one_hot(seen), one_hot(following), np.arange(self.batch)
        best = values(later, self.weights).argmax(axis=1)
        goal = rewards + self.discount * ~over * values(later, self.target)[each, best]
        first, bias, second, _ = self.weights
        hidden = np.maximum(inputs @ first + bias, 0)
        error = (values(inputs, self.weights)[each, actions] - goal).clip(-1, 1)
        out = np.zeros((self.batch, second.shape[1]), np.float32)
        out[each, actions] = error / self.batch
        back = (out @ second.T) * (hidden > 0)
        self._adam([inputs.T @ back, back.sum(axis=0), hidden.T @ out, out.sum(axis=0)])
        if self.updated % self.target_every == 0:
            self.target = [part.copy() for part in self.weights]

    def _adam(self, gradients: list[Floats]) -> None:
        """Kingma & Ba, ICLR 2015, with its usual constants."""
        self.updated += 1
        scale = np.sqrt(1 - 0.999**self.updated) / (1 - 0.9**self.updated)
        rate = self.rate
        if self.later is not None and self.count > self.later[1]:
            rate = self.later[0]
        for part, mean, square, gradient in zip(
            self.weights, *self.moments, gradients, strict=True
        ):
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient**2 - square)
            part -= rate * scale * mean / (np.sqrt(square) + 1e-8)


def tiles_of(observation: Mapping[str, Any]) -> NDArray[np.uint8]:
    """The tile codes of a view, (n, CELLS), as places in ``SEEN_TILES``."""
    codes = np.asarray(observation["image"])[..., 0].reshape(-1, CELLS)
    return np.searchsorted(SEEN_TILES, codes).clip(0, len(SEEN_TILES) - 1).astype(np.uint8)


def one_hot(tiles: NDArray[np.uint8]) -> Floats:
    """(n, CELLS * len(SEEN_TILES)) inputs of the network."""
    return np.eye(len(SEEN_TILES), dtype=np.float32)[tiles].reshape(len(tiles), -1)


def values(inputs: Floats, weights: list[Floats]) -> Floats:
    """(n, actions) action values."""
    first, bias, second, offset = weights
    return np.asarray(np.maximum(inputs @ first + bias, 0) @ second + offset)
