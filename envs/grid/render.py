"""Pictures of grid worlds: RGB frames drawn without a display, and text for terminals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.drawing import Frame, pixels_of, pygame, sprite
from adaptarium.envs.grid import codes, sprites
from adaptarium.envs.grid.phrases import wanted_glyphs

TILE_SIZE = 32
_LIGHT = (255, 236, 190, 34)  # what the agents see is lighter,
_SHADE = (14, 16, 26, 74)  # the rest darker
# ANSI colours of the six colour numbers, and of tiles that have one of their own.
_ANSI = (91, 92, 94, 95, 93, 37)
_ANSI_TILES = {codes.EMPTY: 90, codes.WALL: 37, codes.LAVA: 31, codes.ICE: 96, codes.FOOD: 91}


class _Slot:
    """The present state of one slot, read from the batch."""

    def __init__(self, batch: Batch, i: int) -> None:
        w = batch.w
        self.batch, self.i = batch, i
        self.grid = w.levels.map[w.core[i]["level"]]
        self.height, self.width = int(self.grid["height"]), int(self.grid["width"])
        count = self.height * self.width
        self.cells = w.state.cells[i, :count].reshape(self.height, self.width)
        self.tiles = self.cells & 0xFF
        seats = max(int(self.grid["num_agents"]), int(w.core["seats"][i]))
        self.agents = w.state.agents[i, :seats]
        self.alive = w.alive[i, : len(self.agents)]
        self.energy = int(w.rules[i]["energy"])

    def is_wall(self, x: int, y: int) -> bool:
        inside = 0 <= x < self.width and 0 <= y < self.height
        return not inside or bool(self.tiles[y, x] == codes.WALL)

    def seen(self) -> npt.NDArray[np.bool_] | None:
        """(height, width) cells that some living agent sees; None where each sees the whole map."""
        view = int(self.batch.w.rules[self.i]["view_kind"])
        if view == codes.FULL:
            return None
        lit = np.zeros((self.height, self.width), np.bool_)
        size = int(self.batch.w.rules[self.i]["view_size"])
        for a in range(len(self.agents)):
            if self.alive[a]:
                for x, y in self._window(a, view, size):
                    lit[y, x] = True
        return lit

    def _window(self, a: int, view: int, size: int) -> Iterator[tuple[int, int]]:
        """The cells on the map that agent ``a`` sees: those that its image has something of."""
        agent = self.agents[a]
        image = self.batch.obs["image"][self.i, a]
        facing = int(agent["heading"]) if view == codes.EGOCENTRIC else codes.NORTH
        behind = 0 if view == codes.EGOCENTRIC else size // 2
        fx, fy = ((1, 0), (0, 1), (-1, 0), (0, -1))[facing]
        for c, r in np.argwhere(image[:size, :size].any(axis=2)).tolist():
            ahead, right = size - 1 - behind - r, c - size // 2
            x = int(agent["x"]) + fx * ahead - fy * right
            y = int(agent["y"]) + fy * ahead + fx * right
            if 0 <= x < self.width and 0 <= y < self.height:
                yield x, y


def frame(batch: Batch, i: int = 0, tile_size: int = TILE_SIZE, highlight: bool = True) -> Frame:
    """A picture of slot ``i``: (height * tile_size, width * tile_size, 3) uint8.

    Args:
        batch: The batch.
        i: The slot.
        tile_size: Pixels a cell.
        highlight: Show by light and shade what the agents see.

    Raises:
        MissingExtraError: pygame-ce is not installed.
    """
    slot = _Slot(batch, i)
    size = (slot.width * tile_size, slot.height * tile_size)
    canvas = pygame().Surface(size, 0, 32)
    for y in range(slot.height):
        for x in range(slot.width):
            _draw_cell(canvas, slot, x, y, tile_size)
    seen = slot.seen() if highlight else None
    if seen is not None:
        _draw_view(canvas, seen, tile_size)
    # The living are drawn over those that are out.
    for a in sorted(range(len(slot.agents)), key=lambda a: bool(slot.alive[a])):
        _draw_agent(canvas, slot, a, tile_size)
    return pixels_of(canvas)


def _draw_cell(canvas: Any, slot: _Slot, x: int, y: int, size: int) -> None:
    at = (x * size, y * size)
    cell = int(slot.cells[y, x])
    tile, colour, state = cell & 0xFF, cell >> 8 & 0xFF, cell >> 16 & 0xFF
    if tile == codes.WALL:
        around = ((x, y - 1), (x + 1, y), (x, y + 1), (x - 1, y))
        walls = [int(slot.is_wall(*place)) for place in around]
        canvas.blit(sprite(sprites.wall, size, *walls), at)
        return
    shaded = int(y > 0 and slot.is_wall(x, y - 1))
    canvas.blit(sprite(sprites.floor, size, (x + y) % 2, shaded), at)
    if tile not in (codes.EMPTY, codes.UNSEEN):
        canvas.blit(sprite(sprites.TILES.get(tile, sprites.unknown), size, colour, state), at)


def _draw_view(canvas: Any, seen: npt.NDArray[np.bool_], size: int) -> None:
    """Lighten what is seen and shade what is not."""
    light = pygame().Surface(canvas.get_size(), pygame().SRCALPHA, 32)
    light.fill(_SHADE)
    for y, x in np.argwhere(seen).tolist():
        light.fill(_LIGHT, (x * size, y * size, size, size))
    canvas.blit(light, (0, 0))


def _draw_agent(canvas: Any, slot: _Slot, a: int, size: int) -> None:
    agent = slot.agents[a]
    x, y = int(agent["x"]) * size, int(agent["y"]) * size
    looks = (a % len(codes.COLOURS), int(agent["heading"]), int(agent["level"]))
    canvas.blit(sprite(sprites.agent, size, *looks, int(not slot.alive[a])), (x, y))
    carried = int(agent["carrying"])
    if carried:
        small = max(size * 18 // 32, 6)
        corner = (x + size - small, y + size - small)
        canvas.blit(sprite(sprites.badge, small, 0), corner)
        inner = max(round(small * 0.72), 4)
        inset = (small - inner) // 2
        colour, state = carried >> 8 & 0xFF, carried >> 16 & 0xFF
        thing = sprite(sprites.TILES[carried & 0xFF], inner, colour, state)
        canvas.blit(thing, (corner[0] + inset, corner[1] + inset))
    if slot.energy > 0:
        _draw_energy(canvas, int(agent["energy"]) / slot.energy, x, y, size)


def _draw_energy(canvas: Any, share: float, x: int, y: int, size: int) -> None:
    """A bar along the upper edge: green, yellow, red."""
    share = min(max(share, 0.0), 1.0)
    number = codes.GREEN if share > 0.5 else codes.YELLOW if share > 0.2 else codes.RED
    margin, height = max(size // 10, 1), max(size // 10, 2)
    length = size - 2 * margin
    canvas.fill(sprites.INK, (x + margin - 1, y + 1, length + 2, height + 2))
    filled = round(length * share)
    canvas.fill(sprites.colour_of(number), (x + margin, y + 2, filled, height))


def ansi(batch: Batch, i: int = 0, colour: bool = True) -> str:
    """Slot ``i`` as text rows with the signs of the text face, two columns a cell.

    Args:
        batch: The batch.
        i: The slot.
        colour: Use ANSI escape sequences for colours.
    """
    slot = _Slot(batch, i)
    rules = batch.w.rules[i]
    leveled = bool(rules["active"] & codes.USES_LOAD and rules["levels_visible"])
    signs = [[_sign(int(cell), leveled, colour) for cell in row] for row in slot.cells]
    for a, agent in enumerate(slot.agents):
        if slot.alive[a]:
            below = int(slot.cells[int(agent["y"]), int(agent["x"])])
            hides = below & 0xFF == codes.FLOOR and below >> 16 & 0xFF == codes.TARGET
            level = int(agent["level"]) if rules["levels_visible"] else 0
            shown = level or int(agent["heading"]) + 4 * hides
            cell = codes.AGENT | a % len(codes.COLOURS) << 8 | shown << 16
            signs[int(agent["y"])][int(agent["x"])] = _sign(cell, leveled, colour, bold=True)
    rows = [" ".join(row) for row in signs]
    return "\n".join([*rows, *_status(slot)])


def _sign(cell: int, leveled: bool, colour: bool, bold: bool = False) -> str:
    tile, shade, state = cell & 0xFF, cell >> 8 & 0xFF, cell >> 16 & 0xFF
    sign = (wanted_glyphs((tile, shade, state), leveled) or "?")[0]
    if not colour:
        return sign
    code = _ANSI_TILES.get(tile, _ANSI[shade % len(_ANSI)])
    return f"\x1b[{'1;' if bold else ''}{code}m{sign}\x1b[0m"


def _status(slot: _Slot) -> list[str]:
    """A line for each agent that carries something or has its energy counted."""
    lines = []
    for a, agent in enumerate(slot.agents):
        carried, parts = int(agent["carrying"]), []
        if carried:
            shade = codes.COLOURS[(carried >> 8 & 0xFF) % len(codes.COLOURS)]
            parts.append(f"carries a {shade} {codes.TILES[carried & 0xFF]}")
        if slot.energy:
            parts.append(f"energy {int(agent['energy'])} of {slot.energy}")
        if parts:
            lines.append(f"player_{a}: {', '.join(parts)}")
    return lines
