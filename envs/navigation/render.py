"""Pictures of maps: walls, bodies with their headings, rays, the goal and items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.drawing import Colour, Frame, font, lighter, mixed, pixels_of, pygame
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.layout import missions
from adaptarium.envs.navigation.rules import Rules, ray_angles
from adaptarium.envs.navigation.ways import walls_of

TILE_SIZE = 48
OVERSAMPLE = 3
MARGIN = 0.35  # metres around the map
ARENA = 1.6  # metres from the middle to the edge of the picture of an open field, at least
ZOOM = 3.0  # of open fields, whose bodies are small
_BACK = (244, 243, 238)
_FLOOR = (255, 255, 253)
_GRID = (236, 234, 226)
_WALL = (52, 58, 74)
_GOAL = (66, 160, 98)
_RAY = (120, 150, 210)
_AGENTS = ((58, 98, 186), (196, 88, 66), (128, 84, 170), (52, 146, 150), (206, 150, 50))
_RUNNER = (66, 160, 98)
_ITEMS = ((110, 112, 124), (150, 146, 136))
_TASK = (206, 150, 50)
_GONE = (226, 223, 214)  # tasks that are not open
_INK = (40, 44, 56)
_FAINT = (120, 122, 130)
_LETTERS = 0.24  # metres
# Of objects, by the order of `codes.COLOURS`; and of the floors of rooms.
_COLOURS = (
    *((204, 72, 62), (74, 158, 92), (66, 112, 196)),
    *((138, 92, 180), (228, 186, 60), (146, 148, 156)),
)
_SHADES = (
    *((250, 246, 236), (238, 245, 250), (246, 240, 249), (239, 248, 240)),
    *((251, 242, 240), (243, 244, 248)),
)


@dataclass(frozen=True)
class _Camera:
    """From metres to pixels of the large canvas."""

    left: float
    top: float
    scale: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.left) * self.scale, (y - self.top) * self.scale


def _window(batch: Batch, i: int) -> tuple[float, float, float, float, float]:
    """Left, top, width, height in metres, and the zoom."""
    k = int(batch.w.core[i]["level"])
    head = batch.w.levels.head[k]
    height, width = float(head["height"]), float(head["width"])
    if height:
        return -MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN, 1.0
    bodies = batch.w.state.bodies[i, : int(batch.w.state.now[i, 0]["num_agents"])]
    items = batch.w.levels.items[k, : int(head["num_items"])]
    edges = np.concatenate([np.abs(rows[axis]) for rows in (bodies, items) for axis in "xy"])
    far = max(ARENA, 1.1 * float(edges.max()))
    return -far, -far, 2 * far, 2 * far, ZOOM * ARENA / far


def frame(batch: Batch, i: int = 0, tile_size: int = TILE_SIZE) -> Frame:
    """A picture of slot ``i``, (height, width, 3) uint8; north is up.

    Args:
        batch: The batch.
        i: The slot.
        tile_size: Pixels a metre; open fields are drawn larger.

    Raises:
        MissingExtraError: pygame-ce is not installed.
    """
    left, top, width, height, zoom = _window(batch, i)
    size = (round(width * zoom * tile_size), round(height * zoom * tile_size))
    big = (size[0] * OVERSAMPLE, size[1] * OVERSAMPLE)
    canvas = pygame().Surface(big, 0, 32)
    canvas.fill(_BACK)
    camera = _Camera(left, top, zoom * tile_size * OVERSAMPLE)
    k = int(batch.w.core[i]["level"])
    _draw_floor(canvas, camera, batch, k)
    _draw_rooms(canvas, camera, batch, k)
    _draw_goal(canvas, camera, batch, i)
    _draw_items(canvas, camera, batch, k)
    _draw_objects(canvas, camera, batch, k)
    _draw_tasks(canvas, camera, batch, i, k)
    for a in range(int(batch.w.state.now[i, 0]["num_agents"])):
        _draw_rays(canvas, camera, batch, i, a)
    _draw_walls(canvas, camera, batch, k)
    for a in range(int(batch.w.state.now[i, 0]["num_agents"])):
        _draw_body(canvas, camera, batch, i, a)
    small = pygame().transform.smoothscale(canvas, size)
    _draw_caption(small, batch, i, tile_size)
    return pixels_of(small)


def _draw_floor(canvas: Any, camera: _Camera, batch: Batch, k: int) -> None:
    head = batch.w.levels.head[k]
    height, width = int(head["height"]), int(head["width"])
    line = max(round(camera.scale / 48), 1)
    if height:
        corner, end = camera.at(0, 0), camera.at(width, height)
        pygame().draw.rect(canvas, _FLOOR, (*corner, end[0] - corner[0], end[1] - corner[1]))
    for x in range(1, width):
        pygame().draw.line(canvas, _GRID, camera.at(x, 0), camera.at(x, height), line)
    for y in range(1, height):
        pygame().draw.line(canvas, _GRID, camera.at(0, y), camera.at(width, y), line)


def _draw_walls(canvas: Any, camera: _Camera, batch: Batch, k: int) -> None:
    thick = max(round(camera.scale * 0.09), 2)
    for x0, y0, x1, y1 in walls_of(batch.w, k).tolist():
        one, other = camera.at(x0, y0), camera.at(x1, y1)
        pygame().draw.line(canvas, _WALL, one, other, thick)
        for end in (one, other):
            pygame().draw.circle(canvas, _WALL, end, thick / 2)


def _draw_goal(canvas: Any, camera: _Camera, batch: Batch, i: int) -> None:
    now, radius = batch.w.state.now[i, 0], float(batch.w.rules[i]["goal_radius"])
    if not now["has_goal"]:
        return
    at = camera.at(float(now["goal_x"]), float(now["goal_y"]))
    for share, colour in ((1.0, lighter(_GOAL, 0.75)), (0.66, lighter(_GOAL, 0.4)), (0.33, _GOAL)):
        pygame().draw.circle(canvas, colour, at, radius * share * camera.scale)


def _draw_items(canvas: Any, camera: _Camera, batch: Batch, k: int) -> None:
    for item in batch.w.levels.items[k, : int(batch.w.levels.head[k]["num_items"])]:
        if item["kind"] >= codes.TASK:
            continue
        at, radius = camera.at(float(item["x"]), float(item["y"])), float(item["radius"])
        pygame().draw.circle(canvas, _ITEMS[int(item["kind"])], at, radius * camera.scale)


def _draw_rooms(canvas: Any, camera: _Camera, batch: Batch, k: int) -> None:
    """Every room in a shade of its own, with its name in its upper left corner."""
    head = batch.w.levels.head[k]
    for j, room in enumerate(batch.w.levels.rooms[k, : int(head["num_rooms"])]):
        left, top = camera.at(float(room["x"]), float(room["y"]))
        size = int(room["width"]) * camera.scale, int(room["height"]) * camera.scale
        pygame().draw.rect(canvas, _SHADES[j % len(_SHADES)], (left, top, *size))
        name = codes.ROOMS[int(room["name"])]
        _write(canvas, name, left + 0.12 * camera.scale, top + 0.06 * camera.scale, camera, _FAINT)


def _draw_objects(canvas: Any, camera: _Camera, batch: Batch, k: int) -> None:
    """Every object as a disc of its colour, with its name below."""
    items = batch.w.levels.items[k, : int(batch.w.levels.head[k]["num_items"])]
    for item, words in zip(items, batch.w.levels.objects[k], strict=False):
        if item["kind"] != codes.OBJECT:
            continue
        (x, y), radius = camera.at(float(item["x"]), float(item["y"])), float(item["radius"])
        colour = _COLOURS[int(words["colour"])]
        pygame().draw.circle(canvas, mixed(colour, (0, 0, 0), 0.35), (x, y), radius * camera.scale)
        pygame().draw.circle(canvas, colour, (x, y), radius * 0.82 * camera.scale)
        name = font(round(camera.scale * _LETTERS)).render(
            codes.THINGS[int(words["thing"])], True, _INK
        )
        canvas.blit(name, (x - name.get_width() / 2, y + radius * camera.scale))


def _write(canvas: Any, words: str, x: float, y: float, camera: _Camera, ink: Colour) -> None:
    canvas.blit(font(round(camera.scale * _LETTERS)).render(words, True, ink), (x, y))


def _draw_tasks(canvas: Any, camera: _Camera, batch: Batch, i: int, k: int) -> None:
    """Circles of tasks: a bar for each skill that an open one takes, filled by what is on offer."""
    open_ = {int(place["item"]): place for place in batch.w.state.places[i]}
    for j, item in enumerate(batch.w.levels.items[k, : int(batch.w.levels.head[k]["num_items"])]):
        if item["kind"] != codes.TASK:
            continue
        (x, y), radius = camera.at(float(item["x"]), float(item["y"])), float(item["radius"])
        size, place = radius * camera.scale, open_.get(j)
        pygame().draw.circle(
            canvas, _GONE if place is None else _TASK, (x, y), size, 3 * OVERSAMPLE
        )
        if place is None:
            continue
        wide = size * 0.9 / codes.SKILLS
        needs = batch.w.levels.demands[k, j]["needs"].tolist()
        most = max(*needs, 1e-9)
        for skill, need in enumerate(needs):
            high = size * need / most
            got = high * min(float(place["offered"][skill]) / max(need, 1e-9), 1.0)
            left = x + (skill - codes.SKILLS / 2) * wide
            box = (left, y + size / 2 - high, wide * 0.8, high)
            pygame().draw.rect(canvas, lighter(_TASK, 0.6), box)
            pygame().draw.rect(canvas, _TASK, (left, y + size / 2 - got, wide * 0.8, got))


def _draw_rays(canvas: Any, camera: _Camera, batch: Batch, i: int, a: int) -> None:
    """The rays as they were sensed, noise included."""
    rules = batch.rules[i]
    if "rays" not in batch.obs or not batch.w.alive[i, a] or not isinstance(rules, Rules):
        return
    body, line = batch.w.state.bodies[i, a], max(round(camera.scale / 60), 1)
    first, between = ray_angles(rules.observation)
    ahead = math.atan2(float(body["hy"]), float(body["hx"]))
    start = camera.at(float(body["x"]), float(body["y"]))
    for j in range(rules.observation.rays):
        angle, far = ahead + first + j * between, float(batch.obs["rays"][i, a, j])
        x, y = float(body["x"]) + far * math.cos(angle), float(body["y"]) + far * math.sin(angle)
        pygame().draw.line(canvas, lighter(_RAY, 0.45), start, camera.at(x, y), line)
        pygame().draw.circle(canvas, _RAY, camera.at(x, y), 2.5 * line)


def _draw_body(canvas: Any, camera: _Camera, batch: Batch, i: int, a: int) -> None:
    """A disc with its heading, or, of a point, its velocity."""
    body, rules = batch.w.state.bodies[i, a], batch.w.rules[i]
    role = int(body["role"])
    radius = float(rules["radius"][role]) * camera.scale
    colour: Colour = _RUNNER if role == codes.RUNNER else _AGENTS[a % len(_AGENTS)]
    if not batch.w.alive[i, a]:
        colour = mixed(colour, _FLOOR, 0.5)
    at = camera.at(float(body["x"]), float(body["y"]))
    pygame().draw.circle(canvas, mixed(colour, (0, 0, 0), 0.35), at, radius)
    pygame().draw.circle(canvas, colour, at, radius * 0.86)
    look = np.array([body["vx"], body["vy"]]) * 0.4
    if rules["body"] in (codes.UNICYCLE, codes.CAR):
        look = np.array([body["hx"], body["hy"]]) * float(rules["radius"][role]) * 1.5
    if np.abs(look).max() < 0.01:
        return
    tip = camera.at(float(body["x"]) + float(look[0]), float(body["y"]) + float(look[1]))
    pygame().draw.line(canvas, _INK, at, tip, max(round(radius * 0.25), 1))


def _draw_caption(canvas: Any, batch: Batch, i: int, tile_size: int) -> None:
    core = batch.w.core[i]
    words = f"{batch.world_at(i).id}   step {int(core['elapsed'])} of {int(core['limit'])}"
    if order := missions(batch.w, [i])[0]:
        words = f"{order}   ({int(core['elapsed'])} of {int(core['limit'])})"
    ink = font(max(tile_size * 5 // 16, 9)).render(words, True, _INK)
    canvas.blit(ink, (tile_size // 8, tile_size // 20))


def ansi(batch: Batch, i: int = 0, colour: bool = True) -> str:
    """Slot ``i`` as text: the map with the agents' numbers and ``G``; coordinates below.

    Args:
        batch: The batch.
        i: The slot.
        colour: Print agents and goal in bold, by ANSI escape sequences.
    """
    from adaptarium.envs.navigation.asciimap import drawn

    w, k, now = batch.w, int(batch.w.core[i]["level"]), batch.w.state.now[i, 0]
    head = w.levels.head[k]
    height, width = int(head["height"]), int(head["width"])
    rows = [list(row) for row in drawn(w.levels.walls[k, : height * width].reshape(height, width))]
    marks = [(float(now["goal_x"]), float(now["goal_y"]), "G")] if now["has_goal"] else []
    bodies = w.state.bodies[i, : int(now["num_agents"])]
    marks += [(float(b["x"]), float(b["y"]), str(a % 10)) for a, b in enumerate(bodies)]
    for x, y, sign in marks:
        if 0 <= x < width and 0 <= y < height:
            shown = f"\x1b[1m{sign}\x1b[0m" if colour else sign
            rows[2 * int(y) + 1][2 * int(x) + 1] = shown
    lines = ["".join(row) for row in rows if row] if height else []
    lines += [f"{sign} at {x:.2f} {y:.2f}" for x, y, sign in marks]
    lines += [order for order in missions(w, [i]) if order]
    return "\n".join(lines)
