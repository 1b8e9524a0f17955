"""Pictures of bandits: a row of machines as the player knows them, and text for terminals.

A machine shows its number, what it paid at the last step, its tally and its mean where the world
shows them. The held arm is framed. Above the machines stand the world, the time and the context,
below them a bar of the time gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.drawing import (
    Frame,
    Pen,
    darker,
    font,
    lighter,
    mixed,
    pixels_of,
    pygame,
    sprite,
)

TILE_SIZE = 96
COLUMNS = 8
_BACK = (27, 31, 42)
_BODY = (74, 92, 128)
_INK = (16, 18, 26)
_PAPER = (236, 238, 244)
_GOLD = (246, 196, 72)
_LOSS = (222, 92, 92)
_GOOD = (94, 190, 130)
_BAR = 14
_HEADER = 20


@dataclass(frozen=True)
class _Arm:
    """What a player knows of one arm."""

    number: int
    held: bool
    told: str  # what it paid at the last step; "" for nothing
    tally: str  # results and their mean, where the world keeps them
    mean: str  # where it is revealed


def _known(batch: Batch, i: int) -> list[_Arm]:
    """The arms of slot ``i`` as its observation shows them."""
    now = batch.w.state.now[i, 0]
    obs = {name: view[i, 0] for name, view in batch.obs.items()}
    pairs = obs["feedback"].reshape(-1, 2)
    told = {int(arm) - 1: f"{payoff:.4g}" for arm, payoff in pairs if arm > 0}
    arms = []
    for b in range(int(now["num_arms"])):
        tally = mean = ""
        if "tallies" in obs and obs["tallies"][2 * b] > 0:
            tally = f"{obs['tallies'][2 * b]:.0f} x {obs['tallies'][2 * b + 1]:.3g}"
        if "means" in obs:
            mean = f"{obs['means'][b]:.3g}"
        arms.append(_Arm(b, b == int(now["held"]), told.get(b, ""), tally, mean))
    return arms


def frame(batch: Batch, i: int = 0, tile_size: int = TILE_SIZE) -> Frame:
    """A picture of slot ``i``: machines in rows of at most eight, (height, width, 3) uint8.

    Args:
        batch: The batch.
        i: The slot.
        tile_size: Pixels a machine.

    Raises:
        MissingExtraError: pygame-ce is not installed.
    """
    arms = _known(batch, i)
    rows = -(-len(arms) // COLUMNS)
    columns = -(-len(arms) // rows)
    header, bar = max(tile_size * _HEADER // TILE_SIZE, 10), tile_size * _BAR // TILE_SIZE
    size = (columns * tile_size, header + rows * tile_size + bar)
    canvas = pygame().Surface(size, 0, 32)
    canvas.fill(_BACK)
    _draw_header(canvas, _caption(batch, i), header)
    for arm in arms:
        at = (arm.number % columns * tile_size, header + arm.number // columns * tile_size)
        looks = (arm.number, arm.held, arm.told, arm.tally, arm.mean)
        canvas.blit(sprite(_machine, tile_size, *looks), at)
    _draw_time(canvas, batch, i, header + rows * tile_size, bar)
    return pixels_of(canvas)


def _caption(batch: Batch, i: int) -> str:
    """The world, the time, and the context where there is one."""
    core = batch.w.core[i]
    parts = [batch.world_at(i).id, f"step {int(core['elapsed'])} of {int(core['limit'])}"]
    if "context" in batch.obs:
        features = " ".join(f"{value:.2g}" for value in batch.obs["context"][i, 0])
        parts.append(f"context {features}")
    return "   ".join(parts)


def _draw_header(canvas: Any, words: str, height: int) -> None:
    ink = font(max(height * 4 // 5, 6)).render(words, True, lighter(_BODY, 0.6))
    canvas.blit(ink, (height // 3, (height - ink.get_height()) // 2))


def _draw_time(canvas: Any, batch: Batch, i: int, top: int, height: int) -> None:
    """The share of the inner episode that is gone."""
    gone = float(batch.obs["signals"][i, 0, 1])
    width, margin = canvas.get_width(), max(height // 4, 1)
    canvas.fill(darker(_BODY, 0.5), (margin, top + margin, width - 2 * margin, height - 2 * margin))
    filled = round((width - 2 * margin) * gone)
    canvas.fill(_GOLD, (margin, top + margin, filled, height - 2 * margin))


def _machine(pen: Pen, number: int, held: bool, told: str, tally: str, mean: str) -> None:
    """One arm: a cabinet with a window, a tray and a lever."""
    if held:
        pen.box(0.02, 0.03, 0.96, 0.94, _GOLD, 0.08)
    pen.box(0.06, 0.07, 0.76, 0.86, darker(_BODY, 0.45), 0.07)
    pen.box(0.08, 0.09, 0.72, 0.82, _BODY, 0.06)
    pen.line([(0.86, 0.62), (0.86, 0.34)], lighter(_BODY, 0.5), 0.05)
    pen.disc(0.86, 0.3, 0.07, _LOSS if not held else _GOOD)
    pen.write(0.44, 0.19, 0.19, str(number), _PAPER)
    pen.box(0.14, 0.31, 0.6, 0.28, _INK, 0.03)
    pen.write(0.44, 0.45, 0.24, told or "?", _ink_of(told))
    pen.box(0.14, 0.64, 0.6, 0.22, mixed(_BODY, _INK, 0.6), 0.03)
    if tally:
        pen.write(0.44, 0.7, 0.11, tally, _PAPER)
    if mean:
        pen.write(0.44, 0.8, 0.12, f"mean {mean}", _GOLD)


def _ink_of(told: str) -> tuple[int, ...]:
    if not told:
        return lighter(_BODY, 0.2)
    return _GOOD if float(told) > 0 else _LOSS if float(told) < 0 else _PAPER


def ansi(batch: Batch, i: int = 0, colour: bool = True) -> str:
    """Slot ``i`` as text, a line an arm: ``> 3  paid 1  5 x 0.6``.

    Args:
        batch: The batch.
        i: The slot.
        colour: Print the held arm in bold, by ANSI escape sequences.
    """
    lines = []
    for arm in _known(batch, i):
        parts = [f"{'>' if arm.held else ' '} {arm.number:>2}"]
        parts += [f"paid {arm.told}"] if arm.told else []
        parts += [arm.tally] if arm.tally else []
        parts += [f"mean {arm.mean}"] if arm.mean else []
        line = "  ".join(parts)
        lines.append(f"\x1b[1m{line}\x1b[0m" if colour and arm.held else line)
    return "\n".join([_caption(batch, i), *lines])
