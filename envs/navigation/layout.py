"""The arrays of the navigation family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.layout import Layout
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.rules import Rules

Structure = Mapping[str, int]
SIGNALS = ("start", "elapsed", "reached")
# Parts of an observation that a world may have or not, and the numbers that each holds.
PARTS = (
    *("compass", "odometry", "position", "signals", "landmarks", "teammates", "tasks", "skills"),
)
TASK_WIDTH = 3 + 2 * codes.SKILLS  # place, worth, needs, skills on offer
SKILL_WIDTH = 2 + codes.SKILLS  # cost, skills, steps busy


class State(NamedTuple):
    """What a step changes, one row a slot."""

    bodies: npt.NDArray[Any]  # (n, agents) BODY_DTYPE
    now: npt.NDArray[Any]  # (n, 1) NOW_DTYPE
    places: npt.NDArray[Any]  # (n, places) PLACE_DTYPE, tasks that are open
    busy: npt.NDArray[np.int32]  # (n, agents) steps that each is still bound by a task
    ways: npt.NDArray[np.int32]  # (n, cells) moves to the goal; -1 for none


class Levels(NamedTuple):
    """Maps, one row each."""

    head: npt.NDArray[Any]  # (k,) HEAD_DTYPE
    walls: npt.NDArray[np.uint8]  # (k, cells) four bits a cell, row by row
    starts: npt.NDArray[Any]  # (k, agents) START_DTYPE
    items: npt.NDArray[Any]  # (k, items) ITEM_DTYPE
    segments: npt.NDArray[np.float64]  # (k, segments, 4): both ends of a free wall
    talents: npt.NDArray[Any]  # (k, agents) TALENT_DTYPE
    demands: npt.NDArray[Any]  # (k, items) DEMAND_DTYPE


class Obs(NamedTuple):
    """Observations of one agent."""

    rays: npt.NDArray[np.float32]  # (rows, A, rays) metres
    hits: npt.NDArray[np.uint8]  # (rows, A, rays) what each meets
    compass: npt.NDArray[np.float32]  # (rows, A, 3) ahead, right (of length 1), distance
    odometry: npt.NDArray[np.float32]  # (rows, A, 4) velocity ahead and right; heading
    position: npt.NDArray[np.float32]  # (rows, A, 2)
    signals: npt.NDArray[np.float32]  # (rows, A, 3), by the names of SIGNALS
    landmarks: npt.NDArray[np.float32]  # (rows, A, 2 items) ahead and right of each
    teammates: npt.NDArray[np.float32]  # (rows, A, 4 others) place and velocity, ahead and right
    tasks: npt.NDArray[np.float32]  # (rows, A, TASK_WIDTH places) of each open task
    skills: npt.NDArray[np.float32]  # (rows, A, SKILL_WIDTH) one's own


class Scratch(NamedTuple):
    """Working memory, no meaning between calls."""

    plan: npt.NDArray[Any]  # (n, agents) PLAN_DTYPE
    queue: npt.NDArray[np.int32]  # (n, 2 cells)
    marks: npt.NDArray[np.int32]  # (n, cells)


BODY_DTYPE = np.dtype(
    [
        ("x", np.float64),
        ("y", np.float64),
        ("vx", np.float64),
        ("vy", np.float64),
        ("hx", np.float64),  # heading, of length 1
        ("hy", np.float64),
        ("cx", np.float64),  # the command as actuators follow it
        ("cy", np.float64),
        ("role", np.int64),
    ],
    align=True,
)
NOW_DTYPE = np.dtype(
    [
        ("num_agents", np.int32),
        ("reached", np.int32),
        ("next", np.int32),  # item that opens next
        ("waited", np.int32),  # steps that an empty place waits for it
    ],
    align=True,
)
PLACE_DTYPE = np.dtype(
    [
        ("worth", np.float64),
        ("offered", np.float64, (codes.SKILLS,)),  # by the last step
        ("item", np.int32),  # -1 for none
        ("age", np.int32),  # steps that it is open
    ],
    align=True,
)
HEAD_DTYPE = np.dtype(
    [
        ("goal_x", np.float64),
        ("goal_y", np.float64),
        ("height", np.int32),  # in cells; 0 for an open field without walls
        ("width", np.int32),
        ("num_agents", np.int32),
        ("num_items", np.int32),
        ("num_segments", np.int32),
        ("has_goal", np.int32),
    ],
    align=True,
)
START_DTYPE = np.dtype(
    [
        ("x", np.float64),
        ("y", np.float64),
        ("heading", np.float64),
        ("role", np.int64),
    ],
    align=True,
)
ITEM_DTYPE = np.dtype(
    [
        ("x", np.float64),
        ("y", np.float64),
        ("radius", np.float64),
        ("kind", np.int64),
    ],
    align=True,
)
# What only task allocation reads stands apart, so that other worlds do not carry it through caches.
TALENT_DTYPE = np.dtype(
    [
        ("cost", np.float64),  # of an agent's part in a coalition
        ("skills", np.float64, (codes.SKILLS,)),
    ],
    align=True,
)
DEMAND_DTYPE = np.dtype(
    [("worth", np.float64), ("needs", np.float64, (codes.SKILLS,))],
    align=True,  # of a task
)
PLAN_DTYPE = np.dtype(
    [
        ("from_x", np.float64),  # where the step began
        ("from_y", np.float64),
        ("force_x", np.float64),  # of contacts
        ("force_y", np.float64),
        ("bumped", np.int32),
        ("held", np.int32),  # busy with a task
        ("place", np.int64),  # of the task that it offers itself at; -1 for none
    ],
    align=True,
)
METRICS_DTYPE = np.dtype(
    [
        ("path", np.float64),  # metres that agents went to reach the goal
        # The goal is reached; all landmarks are covered; a runner was caught; all tasks are served.
        ("success", np.int32),
        ("bumps", np.int32),  # steps against a wall
        ("overlaps", np.int32),  # pairs of agents that overlapped, a step
        ("served", np.int32),  # tasks
    ],
    align=True,
)


def structure(rules: Rules, needs: Structure) -> dict[str, int]:
    """The structural sizes of a world.

    Args:
        rules: Its factors.
        needs: ``height``, ``width``, ``agents``, ``items``, ``segments`` its levels may have.
    """
    sense = rules.observation
    return {
        **{name: needs[name] for name in ("height", "width", "agents", "items", "segments")},
        "cells": needs["height"] * needs["width"],
        "rays": sense.rays,
        "hits": int(sense.semantics),
        "places": rules.allocation.places,
        "offers": int(rules.allocation.offers),
        **{name: int(getattr(sense, name)) for name in PARTS},
    }


def completed(sizes: Structure) -> dict[str, int]:
    """Sizes of a batch in which a wide map and a high one have room beside each other's cells."""
    return {**sizes, "cells": max(sizes["cells"], sizes["height"] * sizes["width"])}


def widths(sizes: Structure) -> dict[str, int]:
    """How many numbers each part of an observation holds where it is shown."""
    return {
        "compass": 3,
        "odometry": 4,
        "position": 2,
        "signals": len(SIGNALS),
        "landmarks": 2 * sizes["items"],
        "teammates": 4 * (sizes["agents"] - 1),
        "tasks": TASK_WIDTH * sizes["places"],
        "skills": SKILL_WIDTH,
    }


def shown(sizes: Structure) -> list[str]:
    """The parts of an observation that a batch of these sizes has."""
    parts = ["rays"] if sizes["rays"] else []
    parts += ["hits"] if sizes["hits"] and sizes["rays"] else []
    return parts + [name for name, width in widths(sizes).items() if sizes[name] and width]


def layout(sizes: Structure) -> Layout:
    """The arrays for these structural sizes."""
    agents, cells = sizes["agents"], max(sizes["cells"], 1)
    # A part that nobody sees has one number.
    parts = {
        name: (np.float32, (max(width, 1) if sizes[name] else 1,))
        for name, width in widths(sizes).items()
    }
    rays = max(sizes["rays"], 1)
    return Layout(
        num_agents=agents,
        num_actions=0,
        action=(np.float32, (2 + sizes["offers"],)),
        state=(
            State,
            {
                "bodies": (BODY_DTYPE, (agents,)),
                "now": (NOW_DTYPE, (1,)),
                "places": (PLACE_DTYPE, (max(sizes["places"], 1),)),
                "busy": (np.int32, (agents,)),
                "ways": (np.int32, (cells,)),
            },
        ),
        levels=(
            Levels,
            {
                "head": (HEAD_DTYPE, ()),
                "walls": (np.uint8, (cells,)),
                "starts": (START_DTYPE, (agents,)),
                "items": (ITEM_DTYPE, (max(sizes["items"], 1),)),
                "segments": (np.float64, (max(sizes["segments"], 1), 4)),
                "talents": (TALENT_DTYPE, (agents,)),
                "demands": (DEMAND_DTYPE, (max(sizes["items"], 1),)),
            },
        ),
        obs=(Obs, {"rays": (np.float32, (rays,)), "hits": (np.uint8, (rays,)), **parts}),
        scratch=(
            Scratch,
            {
                "plan": (PLAN_DTYPE, (agents,)),
                "queue": (np.int32, (2 * cells,)),
                "marks": (np.int32, (cells,)),
            },
        ),
        metrics=METRICS_DTYPE,
    )


def observation_space(sizes: Structure) -> spaces.Dict:
    """One agent's observation space; every part is there where its factor is on.

    ``rays``: (rays,) float32 metres to what each meets, clockwise from ahead, or from left to
    right in a view narrower than 360 degrees; ``hits``: (rays,) uint8, what that is, a number of
    ``codes.HITS``; ``compass``: (3,) float32, the goal's direction, ahead and to the right, and
    its distance; ``odometry``: (4,) velocity ahead and to the right, in m/s, and the heading as
    east and south; ``position``: (2,) metres east and south; ``signals``: (3,) in [0, 1]: no step
    yet in this inner episode, share of its time gone, the last step reached the goal;
    ``landmarks``: (2 items,) metres ahead and to the right of each item; ``teammates``:
    (4 others,) the same of each other agent, with its velocity; ``tasks``: (11 places,) of each
    open task the metres ahead and to the right, what it is worth now, the four skills that it takes
    and those on offer there, zeros where no task is open; ``skills``: (6,) one's cost, four skills
    and the steps that one is still busy. Without a heading (bodies ``point`` and ``station``)
    ahead is east, and right is south. Lengths are cut to ``codes.LIMIT``.
    """
    limit, number = codes.LIMIT, widths(sizes)
    parts: dict[str, spaces.Space[Any]] = {}
    for name in shown(sizes):
        if name == "rays":
            parts[name] = spaces.Box(0.0, limit, (sizes["rays"],), np.float32)
        elif name == "hits":
            parts[name] = spaces.Box(0, len(codes.HITS) - 1, (sizes["rays"],), np.uint8)
        elif name == "signals":
            parts[name] = spaces.Box(0.0, 1.0, (number[name],), np.float32)
        else:
            parts[name] = spaces.Box(-limit, limit, (number[name],), np.float32)
    return spaces.Dict(parts)


def action_space(sizes: Structure) -> spaces.Box:
    """One agent's action space: a force east and south, or ahead and how to turn.

    A third number, where there is one, offers the agent for a task if it is above 0.
    """
    return spaces.Box(-1.0, 1.0, (2 + sizes["offers"],), np.float32)


def masked(rules: Rules, sizes: Structure) -> bool:
    """Whether some action can be invalid: none can."""
    return False


def public_observation(obs: Obs, sizes: Structure) -> dict[str, npt.NDArray[Any]]:
    """The observation buffers as users see them, (rows, A, …): views, no copies."""
    return {name: getattr(obs, name) for name in shown(sizes)}
