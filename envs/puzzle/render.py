"""Pictures of puzzles: RGB frames drawn without a display, and text for terminals."""

from __future__ import annotations

from typing import Any

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.drawing import Frame, pixels_of, pygame, sprite
from adaptarium.envs.puzzle import codes, sprites

TILE_SIZE = 48
HALF = 0.55  # the size of goal and rules beside that of the board
MARGIN = 0.25  # around the board and between its parts, in tiles
# ANSI colours: dim for covers and gaps, bright for what counts.
_ANSI = {codes.COVERED: 90, codes.FLAGGED: 91, codes.MARKED: 92, codes.MINE_SHOWN: 31}


class _Slot:
    """The present state of one slot, read from the batch."""

    def __init__(self, batch: Batch, i: int) -> None:
        w, level = batch.w, batch.w.core[i]["level"]
        grid = w.levels.map[level]
        self.active = int(w.rules[i]["active"])
        self.height, self.width = int(grid["height"]), int(grid["width"])
        cells = self.height * self.width
        shape = (self.height, self.width)
        self.board = w.state.board[i, :cells].reshape(shape)
        self.cover = w.state.cover[i, :cells].reshape(shape)
        self.goal = w.levels.goal[level, :cells].reshape(shape)
        self.rules = w.levels.rules[level, : int(grid["rules"]), :cells]
        self.mark = int(grid["mark"])
        self.lamp = int(w.state.counts[i, 0]["lamp"])

    def uses(self, bit: int) -> bool:
        return self.active & bit != 0

    def code(self, x: int, y: int) -> int:
        """What the cell shows."""
        if self.cover[y, x] == codes.WITH_FLAG:
            return codes.FLAGGED
        if self.cover[y, x] == codes.CLOSED:
            return codes.MARKED if y * self.width + x == self.mark else codes.COVERED
        if self.uses(codes.USES_MINES) and self.board[y, x] == codes.MINE:
            return codes.MINE_SHOWN
        return codes.FIRST_VALUE + int(self.board[y, x])


def frame(batch: Batch, i: int = 0, tile_size: int = TILE_SIZE) -> Frame:
    """A picture of slot ``i``: the board, and under it the lamp, the goal and the rules.

    Args:
        batch: The batch.
        i: The slot.
        tile_size: Pixels a cell.

    Returns:
        (height, width, 3) uint8.

    Raises:
        MissingExtraError: pygame-ce is not installed.
    """
    slot = _Slot(batch, i)
    small, margin = max(round(tile_size * HALF), 1), round(tile_size * MARGIN)
    shows_goal = slot.uses(codes.SHOWS_GOAL)
    columns = slot.rules.shape[1] + 1 if len(slot.rules) else 0
    rows = len(slot.rules) + (slot.height if shows_goal else 0)
    parts = bool(len(slot.rules)) + shows_goal + 1
    width = max(slot.width * tile_size, columns * small, (slot.width + 1) * small * shows_goal)
    size = (width + 2 * margin, slot.height * tile_size + rows * small + (parts + 1) * margin)
    canvas = pygame().Surface(size, 0, 32)
    canvas.fill(sprites.PANEL)
    left = margin + (width - slot.width * tile_size) // 2
    for y in range(slot.height):
        for x in range(slot.width):
            at = (left + x * tile_size, margin + y * tile_size)
            canvas.blit(_picture(slot, x, y, tile_size), at)
    top = 2 * margin + slot.height * tile_size
    if shows_goal:
        _draw_goal(canvas, slot, (margin, top), small)
        top += slot.height * small + margin
    _draw_rules(canvas, slot, (margin, top), small)
    if slot.lamp != codes.NO_LAMP:
        bulb = min(tile_size, width - columns * small)
        lit = int(slot.lamp == codes.LIT)
        canvas.blit(sprite(sprites.bulb, max(bulb, 1), lit), (margin + width - bulb, top))
    return pixels_of(canvas)


def cell_at(batch: Batch, i: int, x: int, y: int, tile_size: int) -> int | None:
    """The cell of slot ``i`` that a frame shows at pixel (x, y); None beside the board."""
    slot, margin = _Slot(batch, i), round(tile_size * MARGIN)
    width = frame(batch, i, tile_size).shape[1]
    column = (x - (width - slot.width * tile_size) // 2) // tile_size
    row = (y - margin) // tile_size
    inside = 0 <= column < slot.width and 0 <= row < slot.height
    return row * slot.width + column if inside else None


def _picture(slot: _Slot, x: int, y: int, size: int) -> Any:
    """The sprite of a cell of the board."""
    code, value = slot.code(x, y), int(slot.board[y, x])
    if slot.uses(codes.USES_MINES):
        if code == codes.MINE_SHOWN:
            return sprite(sprites.mine, size)
        if code < codes.FIRST_VALUE:
            kinds = (codes.COVERED, codes.FLAGGED, codes.MARKED)
            return sprite(sprites.cover, size, kinds.index(code))
        return sprite(sprites.number, size, value)
    if slot.uses(codes.USES_CARDS):
        return sprite(sprites.card, size, value, int(code >= codes.FIRST_VALUE))
    return _value(slot, value, int(slot.board[y, x] == slot.goal[y, x]), size)


def _value(slot: _Slot, value: int, at_home: int, size: int) -> Any:
    """The sprite of a value that lies open."""
    if slot.uses(codes.USES_SLIDE):
        return sprite(sprites.tile, size, value, at_home)
    if slot.uses(codes.USES_APPLY):
        return sprite(sprites.gem, size, value, at_home)
    if slot.uses(codes.USES_ANSWER):
        return sprite(sprites.switch, size, int(value > 0))
    return sprite(sprites.lamp, size, value)


def _draw_goal(canvas: Any, slot: _Slot, corner: tuple[int, int], size: int) -> None:
    canvas.blit(sprite(sprites.label, size, "goal"), corner)
    for y in range(slot.height):
        for x in range(slot.width):
            at = (corner[0] + (x + 1) * size, corner[1] + y * size)
            canvas.blit(_value(slot, int(slot.goal[y, x]), 0, size), at)


def _draw_rules(canvas: Any, slot: _Slot, corner: tuple[int, int], size: int) -> None:
    """A row for each rule: its number, and what it takes or asks of every cell."""
    for row, table in enumerate(slot.rules.tolist()):
        y = corner[1] + row * size
        canvas.blit(sprite(sprites.label, size, str(row)), (corner[0], y))
        for cell, (what, more) in enumerate(table):
            if slot.uses(codes.USES_ANSWER):
                ink = sprite(sprites.asked, size, what)
            else:
                ink = sprite(sprites.source, size, what, more)
            canvas.blit(ink, (corner[0] + (cell + 1) * size, y))


def ansi(batch: Batch, i: int = 0, colour: bool = True) -> str:
    """Slot ``i`` as text rows with the signs of the text face, two columns a cell.

    Args:
        batch: The batch.
        i: The slot.
        colour: Use ANSI escape sequences for colours.
    """
    slot = _Slot(batch, i)
    lines = [
        " ".join(_sign(slot.code(x, y), colour) for x in range(slot.width))
        for y in range(slot.height)
    ]
    if slot.uses(codes.SHOWS_GOAL):
        lines.append("goal:")
        for row in slot.goal.tolist():
            lines.append(" ".join(_sign(codes.FIRST_VALUE + value, colour) for value in row))
    if slot.lamp != codes.NO_LAMP:
        lines.append(f"lamp: {codes.LAMPS[slot.lamp]}")
    return "\n".join(lines)


def _sign(code: int, colour: bool) -> str:
    sign = codes.SIGNS[code]
    if not colour:
        return sign
    usual = 90 if code == codes.FIRST_VALUE else 97
    return f"\x1b[{_ANSI.get(code, usual)}m{sign}\x1b[0m"
