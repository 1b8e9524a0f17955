"""A replay of whole episodes, each as long as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Array = npt.NDArray[Any]


class Episode(NamedTuple):
    """One episode of a team: ``steps + 1`` looks, and ``steps`` steps between them."""

    observations: Array  # (steps + 1, seats, size), uint8 where all are codes
    states: Array  # (steps + 1, state) float32
    masks: Array  # (steps + 1, seats, actions) bool
    alive: Array  # (steps + 1, seats) bool
    actions: Array  # (steps, seats) int64
    rewards: Array  # (steps,) float32, of all seats together
    ended: Array  # (steps,) bool: nothing comes after the step


class Padded(NamedTuple):
    """Several episodes side by side, the shorter ones padded with zeros at their end.

    Leading axes are (steps + 1, n) or (steps, n).
    """

    observations: Tensor
    states: Tensor
    masks: Tensor
    alive: Tensor
    actions: Tensor
    rewards: Tensor
    ended: Tensor
    played: Tensor  # (steps, n) bool: no padding


class Replay:
    """The last episodes that were played.

    Args:
        capacity: Episodes that are remembered.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.episodes: list[Episode] = []
        self._place = 0

    def __len__(self) -> int:
        return len(self.episodes)

    def add(self, episode: Episode) -> None:
        """Remember an episode, in place of the oldest where there is no room."""
        if len(self.episodes) < self.capacity:
            self.episodes.append(episode)
        else:
            self.episodes[self._place] = episode
        self._place = (self._place + 1) % self.capacity

    def sample(self, count: int, random: np.random.Generator, device: Any) -> Padded:
        """Some episodes, each at most once."""
        chosen = random.choice(len(self.episodes), min(count, len(self.episodes)), replace=False)
        return padded([self.episodes[i] for i in chosen.tolist()], device)

    def state(self) -> dict[str, Any]:
        """All that going on needs: the episodes one after the other."""
        steps = [len(episode.rewards) for episode in self.episodes]
        return {"place": self._place, "steps": torch.tensor(steps), **joined(self.episodes)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with what ``state`` remembers."""
        self._place = int(state["place"])
        self.episodes = parted(state, state["steps"].tolist())


def padded(episodes: Sequence[Episode], device: Any) -> Padded:
    """Episodes side by side."""
    longest = max(len(episode.rewards) for episode in episodes)
    found = {}
    for name in Episode._fields:
        parts = [getattr(episode, name) for episode in episodes]
        length = longest + (name in _LOOKS)
        out = np.zeros((length, len(parts), *parts[0].shape[1:]), parts[0].dtype)
        for place, part in enumerate(parts):
            out[: len(part), place] = part
        found[name] = torch.from_numpy(out).to(device)
    lengths = torch.tensor([len(episode.rewards) for episode in episodes], device=device)
    played = torch.arange(longest, device=device)[:, None] < lengths
    return Padded(**found, played=played)


_LOOKS = ("observations", "states", "masks", "alive")


def joined(episodes: Sequence[Episode]) -> dict[str, Any]:
    """Episodes one after the other, codes of one bit eight to a byte."""
    found: dict[str, Any] = {}
    for name in Episode._fields if episodes else ():
        whole = np.concatenate([getattr(episode, name) for episode in episodes])
        if name == "observations" and whole.dtype == np.uint8:
            found["width"] = whole.shape[-1]
            whole = np.packbits(whole, axis=-1)
        found[name] = torch.from_numpy(whole)
    return found


def parted(state: Mapping[str, Any], steps: Sequence[int]) -> list[Episode]:
    """The episodes of :func:`joined`, which have so many steps each."""
    if not steps:
        return []
    whole = {name: state[name].numpy() for name in Episode._fields}
    if "width" in state:
        bits = np.unpackbits(whole["observations"], axis=-1, count=int(state["width"]))
        whole["observations"] = bits
    looks, moves = np.cumsum([n + 1 for n in steps])[:-1], np.cumsum(steps)[:-1]
    cut = {n: np.split(part, looks if n in _LOOKS else moves) for n, part in whole.items()}
    return [Episode(**{n: cut[n][k].copy() for n in Episode._fields}) for k in range(len(steps))]
