"""A table as an agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from adaptarium.agents.draws import uniforms
from adaptarium.agents.tabular.states import Masks, Rows, States, names
from adaptarium.envs.core.errors import AgentError, RunError


class TabularAgent:
    """Takes the best action that it has tried; in states it has never met, any valid one.

    Args:
        kind: What a state is, as the hyper-parameter ``states`` says it.
        table: ``names`` (states,), ``valid`` and ``table`` (states, actions), as checkpoints hold
            them.

    Raises:
        RunError: they do not belong together.
    """

    batched = True

    def __init__(self, kind: str, table: Mapping[str, Any]) -> None:
        try:
            self._values = np.asarray(table["table"], np.float64)
            self._states = States(self._values.shape[1])
            self._states.restore({name: np.asarray(table[name]) for name in ("names", "valid")})
            if len(self._values) != len(self._states):
                raise ValueError("as many rows as states are expected")
        except (IndexError, KeyError, TypeError, ValueError) as problem:
            raise RunError(f"the checkpoint holds no table of states: {problem}") from None
        self._kind = kind

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Rows:
        """(n,) actions.

        Raises:
            AgentError: the world has other actions than the table, or hides its state.
        """
        masks = np.asarray(info["mask"], np.bool_)
        if masks.shape[1:] != self._values.shape[1:]:
            raise AgentError(
                f"the table has {self._values.shape[1]} actions, this world {masks.shape[1:]}"
            )
        batch = info.get("batch")
        if batch is None and self._kind == "state":
            raise AgentError("the table goes by the true state: it plays our own worlds alone")
        slots = np.asarray(info.get("slots", np.arange(len(masks))))
        rows = self._states.find(names(self._kind, observation, batch, slots))
        return self._chosen(rows, masks, info)

    def _chosen(self, rows: Rows, masks: Masks, info: Mapping[str, Any]) -> Rows:
        values = np.full(masks.shape, -np.inf)
        values[rows >= 0] = self._values[rows[rows >= 0]]
        values = np.where(masks, values, -np.inf)
        unknown = ~np.isfinite(values).any(axis=1)
        ranks = np.where(masks, uniforms(info["seed"], info["step"], masks.shape[1:]), -1.0)
        return np.where(unknown, ranks.argmax(axis=1), values.argmax(axis=1))
