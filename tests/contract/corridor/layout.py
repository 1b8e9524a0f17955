"""The arrays of a corridor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from corridor.rules import Rules
from gymnasium import spaces

from adaptarium.envs.core.layout import Layout


class State(NamedTuple):
    place: np.ndarray  # (n, 2) int32: where the agent stands, and padding


class Levels(NamedTuple):
    map: np.ndarray  # (k,) length and start
    cells: np.ndarray  # (k, length) uint8: 1 floor, 2 wall, 3 goal


class Obs(NamedTuple):
    window: np.ndarray  # (rows, A, 2 reach + 1) uint8: 0 unseen, else the cell


class Scratch(NamedTuple):
    memo: np.ndarray  # (n, 4) int64


MAP_DTYPE = np.dtype([("length", np.int32), ("start", np.int32)], align=True)
METRICS_DTYPE = np.dtype([("success", np.int32), ("moves", np.int32)], align=True)


def structure(rules: Rules, needs: Mapping[str, int]) -> dict[str, int]:
    return {"length": needs["length"], "window": 2 * rules.observation.reach + 1}


def layout(sizes: Mapping[str, int]) -> Layout:
    return Layout(
        num_agents=1,
        num_actions=3,
        action=(np.int32, ()),
        state=(State, {"place": (np.int32, (2,))}),
        levels=(Levels, {"map": (MAP_DTYPE, ()), "cells": (np.uint8, (sizes["length"],))}),
        obs=(Obs, {"window": (np.uint8, (sizes["window"],))}),
        scratch=(Scratch, {"memo": (np.int64, (4,))}),
        metrics=METRICS_DTYPE,
    )


def observation_space(sizes: Mapping[str, int]) -> spaces.Dict:
    return spaces.Dict({"window": spaces.Box(0, 3, (sizes["window"],), np.uint8)})


def action_space(sizes: Mapping[str, int]) -> spaces.Discrete:
    return spaces.Discrete(3)


def public_observation(obs: Obs, sizes: Mapping[str, int]) -> dict[str, Any]:
    return {"window": obs.window}


def masked(rules: Rules, sizes: Mapping[str, int]) -> bool:
    """Moves into walls and off the ends are invalid."""
    return True
