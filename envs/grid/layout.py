"""The arrays of the grid family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.layout import Layout
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.missions import MAX_WORDS, MISSION_LENGTH, sentence
from adaptarium.envs.grid.rules import Rules, Structure, flatten, has_beams


class State(NamedTuple):
    """What a step changes, one row a slot."""

    cells: npt.NDArray[np.uint32]  # (n, cells) packed, row by row at the level's own width
    agents: npt.NDArray[Any]  # (n, A) AGENT_DTYPE
    obstacles: npt.NDArray[Any]  # (n, M) POINT_DTYPE
    counts: npt.NDArray[Any]  # (n, 1) COUNTS_DTYPE
    records: npt.NDArray[Any]  # (n, A) RECORD_DTYPE where agents have beams, else (n, 0)


class Levels(NamedTuple):
    """Levels, one row each."""

    map: npt.NDArray[Any]  # (k,) MAP_DTYPE
    cells: npt.NDArray[np.uint32]  # (k, cells)
    agents: npt.NDArray[Any]  # (k, A) START_DTYPE
    obstacles: npt.NDArray[Any]  # (k, M) POINT_DTYPE
    clauses: npt.NDArray[Any]  # (k, MAX_CLAUSES) CLAUSE_DTYPE
    productions: npt.NDArray[np.uint8]  # (k, MAX_PRODUCTIONS, RULE_PARTS)
    worths: npt.NDArray[np.int32]  # (k, MAX_PRODUCTIONS) of the productions, in millionths


class Obs(NamedTuple):
    """Observations; `image` is flat in memory and handed out as (…, columns, rows, 3)."""

    image: npt.NDArray[np.uint8]  # (rows, A, columns * rows * 3)
    direction: npt.NDArray[np.int64]  # (rows, A)
    signals: npt.NDArray[np.float32]  # (rows, A, 4)
    mission: npt.NDArray[np.uint8]  # (rows, A, MISSION_LENGTH)
    rules: npt.NDArray[np.uint8]  # (rows, A, MAX_PRODUCTIONS * RULE_PARTS)


class Scratch(NamedTuple):
    """Working memory, no meaning between calls."""

    agents: npt.NDArray[Any]  # (n, A) INTENT_DTYPE
    visible: npt.NDArray[np.int64]  # (n, rows of the view): bit c is column c
    queue: npt.NDArray[np.int32]  # (n, cells), for floods while generating
    marks: npt.NDArray[np.int32]  # (n, cells)


AGENT_DTYPE = np.dtype(
    [
        ("x", np.int32),
        ("y", np.int32),
        ("heading", np.int32),
        ("energy", np.int32),
        ("carrying", np.uint32),  # packed cell, 0 for nothing
        ("level", np.int32),
    ],
    align=True,
)
POINT_DTYPE = np.dtype([("x", np.int32), ("y", np.int32)], align=True)
COUNTS_DTYPE = np.dtype(
    [
        ("food", np.int32),
        ("food_total", np.int32),
        ("trash", np.int32),  # units not yet put away
        ("trash_total", np.int32),
        ("energy_total", np.int64),  # at the start; 0 means unlimited
        ("targets", np.int32),  # on the map, covered or not
        ("loose", np.int32),  # crates that stand on no target
        ("watchers", np.int32),  # balls at the start
        ("tampered", np.int32),  # whether a lever has been stepped onto
        ("checkpoints", np.int32),
        ("checkpoint", np.int32),  # number of the one passed last, -1 for none
    ],
    align=True,
)
RECORD_DTYPE = np.dtype(
    [
        ("frozen", np.int32),  # steps for which the agent cannot act
        ("paid", np.int32),  # fines so far
        ("due", np.int32, (codes.MAX_DELAY,)),  # fines by the number of steps until they are paid
    ],
    align=True,
)
START_DTYPE = np.dtype(
    [("x", np.int32), ("y", np.int32), ("heading", np.int32), ("level", np.int32)], align=True
)
MAP_DTYPE = np.dtype(
    [
        ("height", np.int32),
        ("width", np.int32),
        ("num_agents", np.int32),
        ("num_obstacles", np.int32),
        ("goal_x", np.int32),  # -1 where the level has no goal
        ("goal_y", np.int32),
        ("num_clauses", np.int32),
        ("mission", np.int32),  # number of its template, 0 where the level tells none
        ("noun", np.int32),  # the thing that the mission names first: tile and colour
        ("other", np.int32),
        ("num_productions", np.int32),
    ],
    align=True,
)
CLAUSE_DTYPE = np.dtype(
    [
        ("condition", np.int32),
        ("what", np.int32),  # tile, colour and state, each 255 for any; or a primitive
        ("x", np.int32),
        ("y", np.int32),
        ("outcome", np.int32),
    ],
    align=True,
)
INTENT_DTYPE = np.dtype(
    [
        ("potential", np.float64),
        ("primitive", np.int32),
        ("move", np.int32),  # heading of the move, -1 for none
        ("x", np.int32),  # target
        ("y", np.int32),
        ("moved", np.int32),
        ("hit", np.int32),
        ("stored", np.int32),  # crates pushed onto a target, less those pushed off one
        ("pushed", np.int32),
        ("lap", np.int32),  # checkpoints passed in order, less those passed backward
        ("held", np.uint32),  # what the agent held, and
        ("ahead", np.uint32),  # what it faced, before anything moved; of levels with a task alone
    ],
    align=True,
)
# The last four are the social measures of Perolat et al. (NeurIPS 2017), see `kernels/society.py`.
METRICS_DTYPE = np.dtype(
    [
        ("success", np.int32),
        ("hazards", np.int32),
        ("moves", np.int32),
        ("food", np.int32),
        ("trash", np.int32),  # units put away
        ("caught", np.int32),  # evaders
        ("cleaned", np.int32),  # cells of water
        ("sanctions", np.int32),  # agents hit by zaps
        ("efficiency", np.float64),
        ("equality", np.float64),
        ("sustainability", np.float64),
        ("peace", np.float64),
        ("true_return", np.float64),  # 0 where the world tells no truth apart from its reward
    ],
    align=True,
)


def structure(rules: Rules, level_needs: Structure) -> dict[str, int]:
    """The structural sizes of a world.

    Args:
        rules: Its factors.
        level_needs: ``height``, ``width``, ``agents``, ``obstacles`` its levels may have.
    """
    full = rules.observation.view == "full"
    height, width = level_needs["height"], level_needs["width"]
    return {
        "height": height,
        "width": width,
        "cells": height * width,
        "agents": level_needs["agents"],
        "obstacles": level_needs["obstacles"],
        "columns": width if full else rules.observation.view_size,
        "rows": height if full else rules.observation.view_size,
        "actions": len(rules.action.vocabulary),
        "signals": int(rules.observation.signals),
        "mission": int(rules.observation.mission),
        "beams": int(has_beams(rules)),
        "rules": int(rules.observation.rules),
    }


def completed(sizes: Structure) -> dict[str, int]:
    """Sizes of a batch in which a wide map and a high one have room beside each other's cells."""
    return {**sizes, "cells": max(sizes["cells"], sizes["height"] * sizes["width"])}


def layout(sizes: Structure) -> Layout:
    """The arrays for these structural sizes."""
    agents, cells = sizes["agents"], sizes["cells"]
    obstacles = max(sizes["obstacles"], 1)
    state = {
        "cells": (np.uint32, (cells,)),
        "agents": (AGENT_DTYPE, (agents,)),
        "obstacles": (POINT_DTYPE, (obstacles,)),
        "counts": (COUNTS_DTYPE, (1,)),
        "records": (RECORD_DTYPE, (agents if sizes["beams"] else 0,)),
    }
    levels = {
        "map": (MAP_DTYPE, ()),
        "cells": (np.uint32, (cells,)),
        "agents": (START_DTYPE, (agents,)),
        "obstacles": (POINT_DTYPE, (obstacles,)),
        "clauses": (CLAUSE_DTYPE, (codes.MAX_CLAUSES,)),
        "productions": (np.uint8, (codes.MAX_PRODUCTIONS, codes.RULE_PARTS)),
        "worths": (np.int32, (codes.MAX_PRODUCTIONS,)),
    }
    obs = {
        "image": (np.uint8, (sizes["columns"] * sizes["rows"] * 3,)),
        "direction": (np.int64, ()),
        "signals": (np.float32, (4,)),
        "mission": (np.uint8, (MISSION_LENGTH,)),
        "rules": (np.uint8, (codes.MAX_PRODUCTIONS * codes.RULE_PARTS,)),
    }
    scratch = {
        "agents": (INTENT_DTYPE, (agents,)),
        "visible": (np.int64, (sizes["rows"],)),
        "queue": (np.int32, (cells,)),
        "marks": (np.int32, (cells,)),
    }
    return Layout(
        num_agents=agents,
        num_actions=sizes["actions"],
        action=(np.int32, ()),
        state=(State, state),
        levels=(Levels, levels),
        obs=(Obs, obs),
        scratch=(Scratch, scratch),
        metrics=METRICS_DTYPE,
        extra={"columns": sizes["columns"], "rows": sizes["rows"]},
    )


def observation_space(sizes: Structure) -> spaces.Dict:
    """One agent's observation space.

    ``image``: (columns, rows, 3) uint8 of tile, colour and state, as MiniGrid indexes it (x first);
    ``direction``: 0 east, 1 south, 2 west, 3 north; ``signals`` (where on): (4,) float32 in [0, 1]
    of energy left, first step of an inner episode, carried tile / 16, carried colour / 8;
    ``mission`` (where on): (20,) uint8 word numbers, 0 for padding, as
    :func:`adaptarium.envs.grid.missions.decode` reads them; ``rules`` (where on): (56,) uint8,
    seven numbers for each production rule of the level, those of
    :class:`adaptarium.envs.grid.productions.Production` without its worth, 0 for padding.
    """
    shape = (sizes["columns"], sizes["rows"], 3)
    parts: dict[str, spaces.Space[Any]] = {
        "image": spaces.Box(0, 15, shape, np.uint8),
        "direction": spaces.Discrete(4),
    }
    if sizes["signals"]:
        parts["signals"] = spaces.Box(0.0, 1.0, (4,), np.float32)
    if sizes["mission"]:
        parts["mission"] = spaces.MultiDiscrete([MAX_WORDS] * MISSION_LENGTH, np.uint8)
    if sizes["rules"]:
        parts["rules"] = spaces.Box(0, 15, (codes.MAX_PRODUCTIONS * codes.RULE_PARTS,), np.uint8)
    return spaces.Dict(parts)


def action_space(sizes: Structure) -> spaces.Discrete:
    """One agent's action space."""
    return spaces.Discrete(sizes["actions"])


def masked(rules: Rules, sizes: Structure) -> bool:
    """Whether some action can be invalid: those beyond the world's own vocabulary."""
    return len(rules.action.vocabulary) < sizes["actions"]


def public_observation(obs: Obs, sizes: Structure) -> dict[str, npt.NDArray[Any]]:
    """The observation buffers as users see them, (rows, A, …): views, no copies."""
    rows, agents = obs.direction.shape
    views: dict[str, npt.NDArray[Any]] = {
        "image": obs.image.reshape(rows, agents, sizes["columns"], sizes["rows"], 3),
        "direction": obs.direction,
    }
    if sizes["signals"]:
        views["signals"] = obs.signals
    if sizes["mission"]:
        views["mission"] = obs.mission
    if sizes["rules"]:
        views["rules"] = obs.rules
    return views


def missions(w: Any, slots: Sequence[int]) -> list[str]:
    """What the level of each of ``slots`` asks for in words, empty where it tells no mission."""
    maps = w.levels.map[w.core["level"][slots]]
    if not maps["mission"].any():
        return [""] * len(slots)
    return [sentence(*row) for row in maps[["mission", "noun", "other"]].tolist()]


def reported(rules: Rules) -> tuple[str, ...]:
    """The social measures that evaluations keep of every episode, where they mean something."""
    active = int(flatten(rules)["active"])
    bits = {
        "efficiency": codes.USES_SOCIETY,
        "equality": codes.USES_SOCIETY,
        "sustainability": codes.USES_REGROWTH,
        "peace": codes.USES_BEAMS,
    }
    return tuple(name for name, bit in bits.items() if active & bit)


# What `public_state` says of an agent: whether it plays, column, row, heading, level, carried tile
# and colour, and the energy left in 255ths (255 where it is unlimited).
AGENT_FACTS = 8


def state_space(sizes: Structure) -> spaces.Box:
    """The space of :func:`public_state`."""
    size = 3 * sizes["cells"] + AGENT_FACTS * sizes["agents"]
    return spaces.Box(0, 255, (size,), np.uint8)


def public_state(w: Any, i: int, sizes: Structure) -> npt.NDArray[np.uint8]:
    """The global state of slot ``i``, for centralised training: a flat uint8 array.

    Tile, colour and state of every cell, row by row at the map's own width, zero beyond it; then
    the ``AGENT_FACTS`` of every seat.
    """
    grid = w.levels.map[w.core["level"][i]]
    used = int(grid["height"]) * int(grid["width"])
    flat = np.zeros(3 * sizes["cells"] + AGENT_FACTS * sizes["agents"], np.uint8)
    cells = w.state.cells[i, :used]
    for part in range(3):
        flat[part : 3 * used : 3] = (cells >> np.uint32(8 * part)) & np.uint32(0xFF)
    facts = flat[3 * sizes["cells"] :].reshape(sizes["agents"], AGENT_FACTS)
    agents, limit = w.state.agents[i, : sizes["agents"]], int(w.rules["energy"][i])
    facts[:, 0] = w.alive[i, : sizes["agents"]]
    for column, name in enumerate(("x", "y", "heading", "level"), start=1):
        facts[:, column] = agents[name]
    facts[:, 5] = agents["carrying"] & np.uint32(0xFF)
    facts[:, 6] = (agents["carrying"] >> np.uint32(8)) & np.uint32(0xFF)
    facts[:, 7] = np.ceil(255.0 * agents["energy"] / limit) if limit else 255
    facts[max(int(grid["num_agents"]), int(w.core["seats"][i])) :] = 0
    return flat
