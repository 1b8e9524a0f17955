"""Pictures of negotiations: all outcomes by what they are worth to two parties, and text.

To the right lies what an outcome is worth to player_0, upwards what it is worth to the next party.
Small dots are outcomes, brighter where no other is better for both. Lines mark the reservation
values, rings the last offers of each party, a star the deal. Below is a bar of the turns gone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.drawing import Frame, font, lighter, pixels_of, pygame
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.solutions import pareto

TILE_SIZE = 48
_TILES = 8
_BACK = (27, 31, 42)
_DOT = (92, 104, 132)
_FRONT = (150, 200, 255)
_LINE = (70, 78, 98)
_PARTIES = ((246, 196, 72), (94, 190, 130), (222, 92, 92), (176, 132, 230))
_DEAL = (255, 255, 255)


def frame(batch: Batch, i: int = 0, tile_size: int = TILE_SIZE) -> Frame:
    """A picture of slot ``i``, (height, width, 3) uint8.

    Args:
        batch: The batch.
        i: The slot.
        tile_size: An eighth of the width, in pixels.

    Raises:
        MissingExtraError: pygame-ce is not installed.
    """
    side, header, bar = _TILES * tile_size, max(tile_size // 2, 10), max(tile_size // 4, 4)
    canvas = pygame().Surface((side, header + side + bar), 0, 32)
    canvas.fill(_BACK)
    ink = font(max(header * 3 // 5, 6)).render(_caption(batch, i), True, lighter(_DOT, 0.6))
    canvas.blit(ink, (header // 3, (header - ink.get_height()) // 2))
    _draw_space(canvas, batch, i, (header, side, tile_size))
    now = batch.w.state.now[i, 0]
    gone = int(side * now["turn"] / now["turns"])
    canvas.fill(_LINE, (0, header + side, side, bar))
    canvas.fill(_PARTIES[int(now["mover"])], (0, header + side, gone, bar))
    return pixels_of(canvas)


def _draw_space(canvas: Any, batch: Batch, i: int, size: tuple[int, int, int]) -> None:
    """The outcomes, the reservation values, the last offers and the deal."""
    top, side, tile = size
    draw, (x, y) = pygame().draw, _utilities(batch, i)[:2]

    def at(across: float, up: float) -> tuple[int, int]:
        inner = side - tile
        return tile // 2 + round(inner * across), top + tile // 2 + round(inner * (1 - up))

    least = batch.w.levels.parties[int(batch.w.core[i]["level"])]["reservation"] / codes.UNIT
    draw.line(canvas, _PARTIES[0], at(least[0], 0), at(least[0], 1), max(tile // 24, 1))
    draw.line(canvas, _PARTIES[1], at(0, least[1]), at(1, least[1]), max(tile // 24, 1))
    front = pareto(np.stack([x, y]))
    for outcome in range(len(x)):
        colour, size_of = (_FRONT, 9) if front[outcome] else (_DOT, 12)
        draw.circle(canvas, colour, at(x[outcome], y[outcome]), max(tile // size_of, 1))
    for p, party in enumerate(batch.w.state.parties[i]):
        if party["last"]:
            centre = at(x[party["last"] - 1], y[party["last"] - 1])
            draw.circle(canvas, _PARTIES[p], centre, tile // 4 + p * tile // 12, max(tile // 12, 1))
    if outcome := int(batch.w.metrics[i]["outcome"]):
        draw.circle(canvas, _DEAL, at(x[outcome - 1], y[outcome - 1]), max(tile // 6, 2))


def _utilities(batch: Batch, i: int) -> Any:
    """(parties, outcomes) utilities of the level of slot ``i``."""
    now, k = batch.w.state.now[i, 0], int(batch.w.core[i]["level"])
    values = batch.w.levels.utilities[k, : int(now["num_parties"]), : int(now["num_outcomes"])]
    return values / codes.UNIT


def _caption(batch: Batch, i: int) -> str:
    now = batch.w.state.now[i, 0]
    table = f"offer {int(now['standing'])}" if now["standing"] >= 0 else "nothing"
    parts = [batch.world_at(i).id, f"turn {int(now['turn'])} of {int(now['turns'])}"]
    return "   ".join([*parts, f"on the table: {table}"])


def ansi(batch: Batch, i: int = 0, colour: bool = True) -> str:
    """Slot ``i`` as text, a line a party: ``> player_0  offer 12  reservation 0.3  worth 0.4 0.5``.

    Args:
        batch: The batch.
        i: The slot.
        colour: Print the party whose turn it is in bold, by ANSI escape sequences.
    """
    now, k, values = batch.w.state.now[i, 0], int(batch.w.core[i]["level"]), _utilities(batch, i)
    lines = [_caption(batch, i)]
    for p in range(len(values)):
        last = int(batch.w.state.parties[i, p]["last"])
        mine = p == int(now["mover"]) and not now["over"]
        told = f"offer {last - 1}" if last else "no offer"
        worth = " ".join(f"{value:.4g}" for value in values[:, last - 1]) if last else "-"
        least = int(batch.w.levels.parties[k, p]["reservation"]) / codes.UNIT
        line = f"{'>' if mine else ' '} player_{p}  {told}  reservation {least:.4g}  worth {worth}"
        lines.append(f"\x1b[1m{line}\x1b[0m" if colour and mine else line)
    return "\n".join(lines)
