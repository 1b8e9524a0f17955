"""The arrays of the navigation family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.layout import Layout
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.instructions import MAX_WORDS, MISSION_LENGTH, sentence
from adaptarium.envs.navigation.records import (
    BODY_DTYPE,
    DEMAND_DTYPE,
    HEAD_DTYPE,
    ITEM_DTYPE,
    METRICS_DTYPE,
    NOW_DTYPE,
    OBJECT_DTYPE,
    ORDER_DTYPE,
    PLACE_DTYPE,
    PLAN_DTYPE,
    ROOM_DTYPE,
    START_DTYPE,
    TALENT_DTYPE,
)
from adaptarium.envs.navigation.rules import Rules

Structure = Mapping[str, int]
SIGNALS = ("start", "elapsed", "reached")
# Parts of an observation that a world may have or not, and the numbers that each holds.
PARTS = (
    *("compass", "odometry", "position", "signals", "landmarks", "teammates", "tasks", "skills"),
    *("mission", "room", "objects", "names", "way", "told"),
)
SENSED = tuple(name for name in PARTS if name not in ("names", "way", "told"))  # factors' names
# Parts that hold numbers of words, and how many words each of their numbers may stand for.
WORDS: Mapping[str, tuple[int, ...]] = {
    "mission": (MAX_WORDS,),
    "room": (len(codes.ROOMS) + 1,),
    "names": (len(codes.COLOURS) + 1, len(codes.THINGS) + 1),
    "told": (len(codes.ROOMS) + 1,),
}
TASK_WIDTH = 3 + 2 * codes.SKILLS  # place, worth, needs, skills on offer
SKILL_WIDTH = 2 + codes.SKILLS  # cost, skills, steps busy


class State(NamedTuple):
    """What a step changes, one row a slot."""

    bodies: npt.NDArray[Any]  # (n, agents) BODY_DTYPE
    now: npt.NDArray[Any]  # (n, 1) NOW_DTYPE
    places: npt.NDArray[Any]  # (n, places) PLACE_DTYPE, tasks that are open
    busy: npt.NDArray[np.int32]  # (n, agents) steps that each is still bound by a task
    asked: npt.NDArray[np.int32]  # (n, agents) the question that each asked with the last step
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
    objects: npt.NDArray[Any]  # (k, items) OBJECT_DTYPE
    rooms: npt.NDArray[Any]  # (k, rooms) ROOM_DTYPE
    orders: npt.NDArray[Any]  # (k, orders) ORDER_DTYPE


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
    mission: npt.NDArray[np.uint8]  # (rows, A, MISSION_LENGTH) numbers of words
    room: npt.NDArray[np.uint8]  # (rows, A, 1) where one is
    objects: npt.NDArray[np.float32]  # (rows, A, 2 items) ahead and right of each in sight
    names: npt.NDArray[np.uint8]  # (rows, A, 2 items) colour and thing of each in sight
    way: npt.NDArray[np.float32]  # (rows, A, 3) the oracle's: ahead, right, metres left
    told: npt.NDArray[np.uint8]  # (rows, A, 1) the oracle's: a room


class Scratch(NamedTuple):
    """Working memory, no meaning between calls."""

    plan: npt.NDArray[Any]  # (n, agents) PLAN_DTYPE
    queue: npt.NDArray[np.int32]  # (n, 2 cells)
    marks: npt.NDArray[np.int32]  # (n, cells)


def structure(rules: Rules, needs: Structure) -> dict[str, int]:
    """The structural sizes of a world.

    Args:
        rules: Its factors.
        needs: ``height``, ``width``, ``agents``, ``items``, ``segments``, ``rooms``, ``orders`` its
            levels may have.
    """
    sense = rules.observation
    counts = ("height", "width", "agents", "items", "segments", "rooms", "orders")
    asks = int(rules.oracle.asks)
    return {
        **{name: needs[name] for name in counts},
        "cells": needs["height"] * needs["width"],
        "rays": sense.rays,
        "hits": int(sense.semantics),
        "places": rules.allocation.places,
        "offers": int(rules.allocation.offers),
        "asks": asks,
        **{name: int(getattr(sense, name)) for name in SENSED},
        "names": int(sense.objects),
        "way": asks,
        "told": asks,
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
        "mission": MISSION_LENGTH,
        "room": 1,
        "objects": 2 * sizes["items"],
        "names": 2 * sizes["items"],
        "way": 3,
        "told": 1,
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
        name: (
            np.uint8 if name in WORDS else np.float32,
            (max(width, 1) if sizes[name] else 1,),
        )
        for name, width in widths(sizes).items()
    }
    rays = max(sizes["rays"], 1)
    return Layout(
        num_agents=agents,
        num_actions=0,
        action=(np.float32, (2 + sizes["offers"] + sizes["asks"],)),
        state=(
            State,
            {
                "bodies": (BODY_DTYPE, (agents,)),
                "now": (NOW_DTYPE, (1,)),
                "places": (PLACE_DTYPE, (max(sizes["places"], 1),)),
                "busy": (np.int32, (agents,)),
                "asked": (np.int32, (agents,)),
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
                "objects": (OBJECT_DTYPE, (max(sizes["items"], 1),)),
                "rooms": (ROOM_DTYPE, (max(sizes["rooms"], 1),)),
                "orders": (ORDER_DTYPE, (max(sizes["orders"], 1),)),
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
    and the steps that one is still busy; ``mission``: (16,) uint8 word numbers, 0 for padding, as
    :func:`adaptarium.envs.navigation.instructions.decode` reads them; ``room``: (1,) uint8, the
    name of the room that one is in, a number of ``codes.ROOMS`` and one more; ``objects``:
    (2 items,) metres ahead and to the right of each object in sight, and ``names``: (2 items,)
    uint8, its colour and what it is, one more than their numbers, zeros for one out of sight;
    ``way``: (3,) where the oracle was asked for it, the way's direction, ahead and to the right,
    and the metres that are left of it; ``told``: (1,) uint8, the room it names. Without a heading
    (bodies ``point`` and ``station``) ahead is east, and right is south. Lengths are cut to
    ``codes.LIMIT``.
    """
    limit, number = codes.LIMIT, widths(sizes)
    parts: dict[str, spaces.Space[Any]] = {}
    for name in shown(sizes):
        if name == "rays":
            parts[name] = spaces.Box(0.0, limit, (sizes["rays"],), np.float32)
        elif name == "hits":
            parts[name] = spaces.Box(0, len(codes.HITS) - 1, (sizes["rays"],), np.uint8)
        elif name in WORDS:
            most = np.resize(np.array(WORDS[name], np.int64), number[name])
            parts[name] = spaces.MultiDiscrete(most, np.uint8)
        elif name == "signals":
            parts[name] = spaces.Box(0.0, 1.0, (number[name],), np.float32)
        else:
            parts[name] = spaces.Box(-limit, limit, (number[name],), np.float32)
    return spaces.Dict(parts)


def action_space(sizes: Structure) -> spaces.Box:
    """One agent's action space: a force east and south, or ahead and how to turn.

    A third number, where tasks take offers, offers the agent for one if it is above 0. The last,
    where there is an oracle, asks it for the way above 0.5, and for the room below -0.5.
    """
    return spaces.Box(-1.0, 1.0, (2 + sizes["offers"] + sizes["asks"],), np.float32)


def masked(rules: Rules, sizes: Structure) -> bool:
    """Whether some action can be invalid: none can."""
    return False


def public_observation(obs: Obs, sizes: Structure) -> dict[str, npt.NDArray[Any]]:
    """The observation buffers as users see them, (rows, A, …): views, no copies."""
    return {name: getattr(obs, name) for name in shown(sizes)}


def missions(w: Any, slots: Sequence[int]) -> list[str]:
    """What each of ``slots`` is told to do in words, empty where its level gives no orders."""
    told = []
    for i in slots:
        order = int(w.state.now["order"][i, 0])
        told.append(sentence(w.levels.orders[w.core["level"][i], order]) if order >= 0 else "")
    return told
