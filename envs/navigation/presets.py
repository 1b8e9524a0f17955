"""Named sets of factors: settings that others published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Multi-agent particle environments, as mpe2 has them.
_PARTICLES: Mapping[str, Any] = {
    "transition.walls": False,
    "transition.contact": 100.0,
    "observation.rays": 0,
    "observation.compass": False,
    "observation.position": True,
    "observation.landmarks": True,
    "observation.teammates": True,
    "episode.max_steps": 25,
}
# Bodies that go a metre a step and stop at once, as the pieces of a grid.
_ALLOCATION: Mapping[str, Any] = {
    "transition.walls": False,
    "transition.dt": 1.0,
    "transition.thrust": 1.0,
    "transition.damping": 0.9,
    "transition.max_speed": 1.0,
    "observation.rays": 0,
    "observation.compass": False,
    "observation.tasks": True,
    "observation.skills": True,
    "task.goal": "allocate",
    "allocation.places": 5,
    "allocation.offers": True,
    "episode.max_steps": 100,
}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "spread": {
        **_PARTICLES,
        "transition.thrust": 5.0,
        "transition.max_speed": 0.0,
        "transition.radius": 0.15,
        "task.goal": "spread",
        "task.goal_radius": 0.1,
    },
    "tag": {
        **_PARTICLES,
        "transition.thrust": 3.0,
        "transition.max_speed": 1.0,
        "transition.radius": 0.075,
        "task.goal": "tag",
    },
    # The four settings of two-stage task allocation: a metre is a cell of its grids, a step its
    # step. How many agents and tasks there are, and how far apart, is up to the levels.
    "rbf": {**_ALLOCATION, "allocation.decay": 0.01},
    "material": {
        **_ALLOCATION,
        "allocation.patience": 15,
        "allocation.decay": 0.05,
        "episode.max_steps": 150,
    },
    "electric": {
        **_ALLOCATION,
        "transition.body": "station",
        "transition.reach": 10.0,
        "observation.odometry": False,
        "reward.transport": 0.05,
        "allocation.decay": 0.1,
    },
    "almighty": {
        **_ALLOCATION,
        "transition.body": "station",
        "transition.reach": 10.0,
        "observation.odometry": False,
        "allocation.places": 9,
        "episode.max_steps": 1,
    },
}
