"""Pictures of puzzles: RGB frames drawn without a display, and text for terminals."""

from __future__ import annotations

from typing import Any

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.drawing import Frame, pixels_of, pygame, sprite
from adaptarium.envs.puzzle import codes, sprites
from adaptarium.envs.puzzle.clicks import action_at
from adaptarium.envs.puzzle.picture import Plan, Slot

__all__ = ["action_at", "ansi", "frame"]

TILE_SIZE = 48
# ANSI colours: dim for covers and gaps, bright for what counts.
_ANSI = {codes.COVERED: 90, codes.FLAGGED: 91, codes.MARKED: 92, codes.MINE_SHOWN: 31}


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
    slot = Slot(batch, i)
    plan = Plan(slot, tile_size)
    canvas = pygame().Surface(plan.size, 0, 32)
    canvas.fill(sprites.PANEL)
    for y in range(slot.height):
        for x in range(slot.width):
            at = (plan.left + x * tile_size, plan.margin + y * tile_size)
            canvas.blit(_picture(slot, x, y, tile_size), at)
    if slot.uses(codes.SHOWS_GOAL):
        _draw_goal(canvas, slot, (plan.margin, plan.goal_top), plan.small)
    _draw_rules(canvas, slot, (plan.margin, plan.rules_top), plan.small)
    if slot.lamp != codes.NO_LAMP:
        lit = int(slot.lamp == codes.LIT)
        at = (plan.size[0] - plan.margin - plan.bulb, plan.rules_top)
        canvas.blit(sprite(sprites.bulb, plan.bulb, lit), at)
    return pixels_of(canvas)


def _picture(slot: Slot, x: int, y: int, size: int) -> Any:
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


def _value(slot: Slot, value: int, at_home: int, size: int) -> Any:
    """The sprite of a value that lies open."""
    if slot.uses(codes.USES_SLIDE):
        return sprite(sprites.tile, size, value, at_home)
    if slot.uses(codes.USES_APPLY):
        return sprite(sprites.gem, size, value, at_home)
    if slot.uses(codes.USES_ANSWER):
        return sprite(sprites.switch, size, int(value > 0))
    return sprite(sprites.lamp, size, value)


def _draw_goal(canvas: Any, slot: Slot, corner: tuple[int, int], size: int) -> None:
    canvas.blit(sprite(sprites.label, size, "goal"), corner)
    for y in range(slot.height):
        for x in range(slot.width):
            at = (corner[0] + (x + 1) * size, corner[1] + y * size)
            canvas.blit(_value(slot, int(slot.goal[y, x]), 0, size), at)


def _draw_rules(canvas: Any, slot: Slot, corner: tuple[int, int], size: int) -> None:
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
    slot = Slot(batch, i)
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
