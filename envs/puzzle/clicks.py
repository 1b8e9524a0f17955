"""What a click on a picture of a puzzle means, for people who play it."""

from __future__ import annotations

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.puzzle import codes
from adaptarium.envs.puzzle.layout import first_action
from adaptarium.envs.puzzle.picture import cell_at, rule_at
from adaptarium.envs.puzzle.rules import Rules

LEFT_BUTTON, RIGHT_BUTTON = 1, 3


def action_at(
    batch: Batch, i: int, x: int, y: int, tile_size: int, button: int = LEFT_BUTTON
) -> int | None:
    """The action that a click means; None where it means nothing.

    A click on a cell takes the world's first verb for cells, with the right button its second one;
    a click on a tile moves it into the gap; a click on a rule applies or names it.

    Args:
        batch: The batch whose slot is shown.
        i: The slot.
        x: Pixels from the left of its frame.
        y: Pixels from the top.
        tile_size: Pixels a cell, as the frame was drawn.
        button: 1 left, 3 right, as pygame numbers them.
    """
    rules, grid = batch.rules[i], batch.w.levels.map[batch.w.core["level"][i]]
    if not isinstance(rules, Rules):
        raise TypeError("expected a batch of puzzles")
    if button not in (LEFT_BUTTON, RIGHT_BUTTON):
        return None  # the wheel
    cells, count = int(grid["height"]) * int(grid["width"]), int(grid["rules"])
    verbs = [rules.action.vocabulary[k] for k in rules.action.order] or rules.action.vocabulary
    rule = rule_at(batch, i, x, y, tile_size)
    cell = cell_at(batch, i, x, y, tile_size)
    if rule is not None:
        named = [verb for verb in verbs if verb in codes.RULE_VERBS]
        return first_action(rules, named[0], cells, count) + rule if named else None
    if cell is None:
        return None
    on_cells = [verb for verb in verbs if verb in codes.CELL_VERBS]
    place = 1 if button == RIGHT_BUTTON else 0
    if place < len(on_cells):
        return first_action(rules, on_cells[place], cells, count) + cell
    verb = _move(batch, i, cell, int(grid["width"]))
    return first_action(rules, verb, cells, count) if verb in verbs else None


def _move(batch: Batch, i: int, cell: int, width: int) -> str:
    """The verb that moves the tile on ``cell`` into the gap; empty where it is not beside it."""
    gap = int(batch.w.state.counts[i, 0]["gap"])
    step = (cell % width - gap % width, cell // width - gap // width)
    ways = {(0, -1): "up", (1, 0): "right", (0, 1): "down", (-1, 0): "left"}
    return ways.get(step, "")
