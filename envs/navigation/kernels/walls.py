"""Discs among walls: cells with four wall bits, and free segments.

A disc whose radius is under half a cell can touch the walls of its centre's cell and the ends of
other walls at that cell's corners, and nothing else of the grid.
"""

from __future__ import annotations

import math

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import EAST, NORTH, SOUTH, WEST

TOUCH = 1e-9  # metres by which rounding may leave a disc in a wall


@kernel
def bits_of(w, k, cx, cy):
    """The wall bits of a cell; none outside of the map."""
    head = w.levels.head[k]
    if cx < 0 or cy < 0 or cx >= head.width or cy >= head.height:
        return 0
    return int(w.levels.walls[k, cy * head.width + cx])


@kernel
def deflect(body, nx, ny, restitution):
    """Throw the speed into a wall back, or take it; the wall's normal is (nx, ny)."""
    into = body.vx * nx + body.vy * ny
    if into < 0.0:
        body.vx -= (1.0 + restitution) * into * nx
        body.vy -= (1.0 + restitution) * into * ny


@kernel
def off_walls(body, bits, cx, cy, radius, restitution):
    """Move a disc off the walls of its cell; whether it touched one."""
    touched = False
    if bits & EAST and body.x > cx + 1 - radius:
        body.x = cx + 1 - radius
        deflect(body, -1.0, 0.0, restitution)
        touched = True
    if bits & WEST and body.x < cx + radius:
        body.x = cx + radius
        deflect(body, 1.0, 0.0, restitution)
        touched = True
    if bits & SOUTH and body.y > cy + 1 - radius:
        body.y = cy + 1 - radius
        deflect(body, 0.0, -1.0, restitution)
        touched = True
    if bits & NORTH and body.y < cy + radius:
        body.y = cy + radius
        deflect(body, 0.0, 1.0, restitution)
        touched = True
    return touched


@kernel
def off_point(body, x, y, radius, restitution):
    """Move a disc off a point; whether it touched it."""
    dx, dy = body.x - x, body.y - y
    square = dx * dx + dy * dy
    if square >= radius * radius or square == 0.0:
        return False
    distance = math.sqrt(square)
    nx, ny = dx / distance, dy / distance
    body.x = x + radius * nx
    body.y = y + radius * ny
    deflect(body, nx, ny, restitution)
    return True


@kernel
def off_corners(w, k, body, cx, cy, radius, restitution):
    """Move a disc off the ends of walls at the corners of its cell; whether it touched one."""
    touched = False
    fx, fy = body.x - cx, body.y - cy
    east, south = fx > 0.5, fy > 0.5
    # Only the nearest corner can be within half a cell.
    ox, oy = cx + (1 if east else -1), cy + (1 if south else -1)
    facing = (WEST if east else EAST) | (NORTH if south else SOUTH)
    if bits_of(w, k, ox, oy) & facing:
        x, y = cx + (1 if east else 0), cy + (1 if south else 0)
        touched = off_point(body, x, y, radius, restitution)
    return touched


@kernel
def off_grid(w, k, body, radius, restitution):
    """Move a disc off the walls of the grid; whether it touched one."""
    # On a GPU the floor is a float.
    cx, cy = np.int64(math.floor(body.x)), np.int64(math.floor(body.y))
    touched = off_walls(body, bits_of(w, k, cx, cy), cx, cy, radius, restitution)
    return off_corners(w, k, body, cx, cy, radius, restitution) or touched


@kernel
def nearest_on(w, k, j, x, y):
    """How far along free segment ``j``, from 0 to 1, the point nearest to (x, y) lies."""
    ends = w.levels.segments[k, j]
    dx, dy = ends[2] - ends[0], ends[3] - ends[1]
    along = ((x - ends[0]) * dx + (y - ends[1]) * dy) / (dx * dx + dy * dy)
    return min(max(along, 0.0), 1.0)


@kernel
def off_segments(w, k, body, radius, restitution):
    """Move a disc off the free segments, one after the other; whether it touched one."""
    touched = False
    for j in range(w.levels.head[k].num_segments):
        along, ends = nearest_on(w, k, j, body.x, body.y), w.levels.segments[k, j]
        x = ends[0] + along * (ends[2] - ends[0])
        y = ends[1] + along * (ends[3] - ends[1])
        touched = off_point(body, x, y, radius, restitution) or touched
    return touched


@kernel
def is_clear(w, k, x, y, radius):
    """Whether a disc touches no free segment, by more than rounding."""
    least = (radius - TOUCH) * (radius - TOUCH)
    for j in range(w.levels.head[k].num_segments):
        along, ends = nearest_on(w, k, j, x, y), w.levels.segments[k, j]
        dx = ends[0] + along * (ends[2] - ends[0]) - x
        dy = ends[1] + along * (ends[3] - ends[1]) - y
        if dx * dx + dy * dy < least:
            return False
    return True
