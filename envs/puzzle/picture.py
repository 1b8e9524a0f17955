"""What a picture of a puzzle shows, and where its parts lie."""

from __future__ import annotations

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.puzzle import codes

HALF = 0.55  # the size of goal and rules beside that of the board
MARGIN = 0.25  # around the board and between its parts, in tiles


class Slot:
    """The present state of one slot, read from the batch.

    Args:
        batch: The batch.
        i: The slot.
    """

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
        """Whether the slot's rules use a mechanic."""
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


class Plan:
    """Where the parts of a picture lie, in pixels.

    Args:
        slot: What is shown.
        tile_size: Pixels a cell of the board.
    """

    def __init__(self, slot: Slot, tile_size: int) -> None:
        self.small = max(round(tile_size * HALF), 1)
        self.margin = round(tile_size * MARGIN)
        columns = slot.rules.shape[1] + 1 if len(slot.rules) else 0
        goal = slot.uses(codes.SHOWS_GOAL)
        goal_rows = slot.height if goal else 0
        width = max(
            slot.width * tile_size, columns * self.small, (slot.width + 1) * self.small * goal
        )
        self.left = self.margin + (width - slot.width * tile_size) // 2
        self.goal_top = 2 * self.margin + slot.height * tile_size
        self.rules_top = self.goal_top + goal_rows * self.small + goal * self.margin
        self.bulb = max(min(tile_size, width - columns * self.small), 1)
        below = len(slot.rules) * self.small + bool(len(slot.rules)) * self.margin
        self.size = (width + 2 * self.margin, self.rules_top + below)


def cell_at(batch: Batch, i: int, x: int, y: int, tile_size: int) -> int | None:
    """The cell of slot ``i`` that a frame shows at pixel (x, y); None beside the board."""
    slot = Slot(batch, i)
    plan = Plan(slot, tile_size)
    column, row = (x - plan.left) // tile_size, (y - plan.margin) // tile_size
    inside = 0 <= column < slot.width and 0 <= row < slot.height
    return row * slot.width + column if inside else None


def rule_at(batch: Batch, i: int, x: int, y: int, tile_size: int) -> int | None:
    """The rule of slot ``i``'s level that a frame shows at pixel (x, y); None beside them."""
    slot = Slot(batch, i)
    plan = Plan(slot, tile_size)
    row = (y - plan.rules_top) // plan.small
    column = (x - plan.margin) // plan.small
    inside = 0 <= row < len(slot.rules) and 0 <= column <= slot.rules.shape[1]
    return row if inside else None
