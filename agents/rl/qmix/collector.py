"""Whole episodes, played by a team on a native batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.progress import Finished
from adaptarium.agents.rl.qmix.network import AgentNetwork
from adaptarium.agents.rl.qmix.replay import Episode, joined, parted
from adaptarium.agents.rl.settings import QMIXSettings
from adaptarium.envs.core import host_draws, snapshot
from adaptarium.envs.core.batch import Batch

Array = npt.NDArray[Any]


class Collector:
    """Plays with epsilon-greedy agents; episodes that are over go to the replay.

    Args:
        batch: The batch, in mode ``disabled``; it is reset with ``seed``.
        network: Who plays.
        encoding: How observations become vectors.
        settings: The hyper-parameters.
        seed: Seed of the first reset, and of exploration.

    Attributes:
        finished: Episodes that ended since this list was emptied last.
        total: Steps played, of all seats of all slots.
    """

    def __init__(
        self,
        batch: Batch,
        network: AgentNetwork,
        encoding: Encoding,
        settings: QMIXSettings,
        seed: int,
    ) -> None:
        self.batch, self.network, self.encoding = batch, network, encoding
        self.settings, self.device = settings, network.head.weight.device
        self.n, self.seats = batch.w.reward.shape
        self.finished: list[Finished] = []
        self.total = 0
        rows = host_draws.beside(host_draws.seed_keys([seed]), np.arange(self.n))
        self._keys = host_draws.beside(rows[:, None], np.arange(self.seats))
        self._state = state_reader(batch)
        batch.reset(seed=seed)
        self.memory = network.initial(self.n * self.seats)
        # What is known of the episodes under way, by slot: looks and steps.
        self._looks: list[list[tuple[Array, ...]]] = [[] for _ in range(self.n)]
        self._steps: list[list[tuple[Any, ...]]] = [[] for _ in range(self.n)]
        self._look(np.arange(self.n))

    def _look(self, slots: Array) -> None:
        """Take note of what some slots show now."""
        w = self.batch.w
        parts = {name: view[slots] for name, view in self.batch.obs.items()}
        merged = {name: part.reshape(-1, *part.shape[2:]) for name, part in parts.items()}
        seen = self.encoding(merged).reshape(len(slots), self.seats, -1)
        masks, alive = self.batch.masks()[slots], w.alive[slots, : self.seats] != 0
        # Whom the time limit takes out would have gone on: what follows is worth something.
        alive |= w.truncated[slots] & ~w.terminated[slots]
        for place, i in enumerate(slots.tolist()):
            self._looks[i].append((seen[place], self._state(i), masks[place], alive[place]))

    @torch.no_grad()
    def collect(self, steps: int) -> list[Episode]:
        """Play on; the episodes that ended."""
        done: list[Episode] = []
        for _ in range(steps):
            actions = self._actions()
            self.batch.w.actions[:] = actions.reshape(self.batch.w.actions.shape)
            self.batch.step()
            self._take(actions)
            self.total += self.n * self.seats
            done += self._begin_anew()
        return done

    def _actions(self) -> npt.NDArray[np.int64]:
        """(n, seats) actions: the best valid one, or any."""
        now = [looks[-1] for looks in self._looks]
        seen = np.concatenate([look[0] for look in now])
        masks = valid_or_any(np.stack([look[2] for look in now]))
        values, self.memory = self.network(
            torch.from_numpy(seen).to(self.device).float(), self.memory
        )
        best = np.where(masks, values.cpu().numpy().reshape(masks.shape), -np.inf).argmax(axis=-1)
        keys = host_draws.at(self._keys, self.total)
        blind = host_draws.units(host_draws.named(keys, "blind"))
        rank = host_draws.units(host_draws.named(keys, "rank")) * masks.sum(axis=-1)
        any_one = (np.cumsum(masks, axis=-1) > rank[..., None]).argmax(axis=-1)
        return np.asarray(np.where(blind < self.settings.epsilon(self.total), any_one, best))

    def _take(self, actions: npt.NDArray[np.int64]) -> None:
        w = self.batch.w
        rewards = w.reward.sum(axis=1)
        ended = (w.out["final"] != 0) & w.terminated.any(axis=1)
        for i in range(self.n):
            self._steps[i].append((actions[i], np.float32(rewards[i]), bool(ended[i])))
        self._look(np.arange(self.n))

    def _begin_anew(self) -> list[Episode]:
        """Hand over what is over, and begin again in its slots."""
        w = self.batch.w
        over = np.flatnonzero(w.out["final"])
        if not len(over):
            return []
        done = [self._episode(i) for i in over.tolist()]
        for i in over.tolist():
            mean, length = float(w.final_returns[i].mean()), int(w.out["length"][i])
            self.finished.append((mean, length, bool(w.final_metrics["success"][i])))
            self._looks[i], self._steps[i] = [], []
        chosen = np.zeros(self.n, np.bool_)
        chosen[over] = True
        self.batch.reset(mask=chosen)
        self.memory[torch.from_numpy(np.repeat(chosen, self.seats)).to(self.device)] = 0.0
        self._look(over)
        return done

    def _episode(self, i: int) -> Episode:
        return _episode(self._looks[i], self._steps[i])

    # ---- saving ----

    def state(self) -> dict[str, Any]:
        """All that going on needs; episodes under way have one look more than steps."""
        # A look without a step cannot stand in an episode: it is padded with one that is cut off.
        blank = (np.zeros(self.seats, np.int64), np.float32(0.0), False)
        pairs = zip(self._looks, self._steps, strict=True)
        held = [_episode([*looks, looks[-1]], [*steps, blank]) for looks, steps in pairs]
        return {
            "environment": torch.frombuffer(
                bytearray(snapshot.save(self.batch)), dtype=torch.uint8
            ),
            "memory": self.memory.clone(),
            "total": self.total,
            "steps": [len(each) for each in self._steps],
            "held": joined(held),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the collector stood that gave ``state``."""
        snapshot.restore(self.batch, state["environment"].numpy().tobytes())
        self.memory = state["memory"].to(self.device)
        self.total = int(state["total"])
        steps = [int(count) for count in state["steps"]]
        held = parted(state["held"], [count + 1 for count in steps])
        for i, (count, episode) in enumerate(zip(steps, held, strict=True)):
            looks = zip(*(part[: count + 1] for part in episode[:4]), strict=True)
            moves = zip(episode.actions, episode.rewards, episode.ended.tolist(), strict=True)
            self._looks[i], self._steps[i] = list(looks), list(moves)[:count]


def _episode(looks: Sequence[tuple[Array, ...]], steps: Sequence[tuple[Any, ...]]) -> Episode:
    """An episode of looks, as :meth:`Collector._look` takes them, and of the steps between."""
    observations, states, masks, alive = (np.stack(part) for part in zip(*looks, strict=True))
    actions, rewards, ended = zip(*steps, strict=True)
    return Episode(
        observations,
        states,
        masks,
        alive,
        np.stack(actions).astype(np.int64),
        np.array(rewards, np.float32),
        np.array(ended, np.bool_),
    )


def state_reader(batch: Batch) -> Any:
    """A function from a slot to its global state, which is empty where the family defines none."""
    layout = batch.family.module("layout")
    if not hasattr(layout, "public_state"):
        nothing = np.zeros(0, np.uint8)
        return lambda _slot: nothing
    return lambda slot: layout.public_state(batch.w, slot, batch.sizes)


def valid_or_any(masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The masks; of an agent that is out, whose action does not matter, all actions."""
    return np.asarray(masks | ~masks.any(axis=-1, keepdims=True))
