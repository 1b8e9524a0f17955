"""Pictures of a feed: the candidates, the last slate, and plots that move with the steps.

A card is an item: its colour is its genre, the bar beside it its quality, a gold frame says that it
was clicked. Below the candidates stand the last slate with a mark for each answer, the clicks of
the last steps as a moving plot, and for every genre its share of what was shown (wide bar) and the
clicks an exposure (narrow bar). At the bottom is the time gone.
"""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.drawing import (
    Colour,
    Frame,
    Pen,
    darker,
    font,
    lighter,
    pixels_of,
    pygame,
    sprite,
)
from adaptarium.envs.market import codes

TILE_SIZE = 96
_BACK = (27, 31, 42)
_PANEL = (40, 46, 61)
_INK = (16, 18, 26)
_PAPER = (236, 238, 244)
_GOLD = (246, 196, 72)
_LOSS = (222, 92, 92)
_GOOD = (94, 190, 130)
_GREY = (120, 128, 146)
_LEAST_COLUMNS = 6
_MARKS = {"clicked": ("click", _GOOD), "passed": ("no", _LOSS), "overlooked": ("unseen", _GREY)}


def genre_colour(genre: int) -> Colour:
    """The colour of a genre: hues by the golden ratio, so that the first ones lie far apart."""
    red, green, blue = colorsys.hsv_to_rgb(0.58 + 0.618034 * genre, 0.55, 0.85)
    return round(red * 255), round(green * 255), round(blue * 255)


def frame(batch: Batch, i: int = 0, tile_size: int = TILE_SIZE) -> Frame:
    """A picture of slot ``i``, (height, width, 3) uint8.

    Args:
        batch: The batch.
        i: The slot.
        tile_size: Pixels a card.

    Raises:
        MissingExtraError: pygame-ce is not installed.
    """
    obs = {name: view[i, 0] for name, view in batch.obs.items()}
    columns = max(len(obs["genres"]), _LEAST_COLUMNS)
    header, bar = max(tile_size // 4, 10), max(tile_size // 8, 4)
    canvas = pygame().Surface((columns * tile_size, header + 3 * tile_size + bar), 0, 32)
    canvas.fill(_BACK)
    _write(canvas, _caption(batch, i), (header // 3, header // 4), header * 3 // 4)
    recency = int(batch.w.rules[i]["recency"])
    for c, genre in enumerate(obs["genres"].tolist()):
        looks = (genre - 1, str(c), "", float(obs["quality"][c]), bool(obs["clicked"][c]))
        if genre:
            canvas.blit(sprite(_card, tile_size, *looks, c < recency), (c * tile_size, header))
    _draw_slate(canvas, obs, header + tile_size, tile_size)
    shown = len(obs["slate"]) * tile_size
    trail = (shown, header + tile_size, canvas.get_width() - shown, tile_size)
    _draw_trail(canvas, batch, i, trail)
    _draw_genres(canvas, obs, header + 2 * tile_size, tile_size)
    _draw_time(canvas, float(obs["signals"][1]), header + 3 * tile_size, bar)
    return pixels_of(canvas)


def _caption(batch: Batch, i: int) -> str:
    core, metrics = batch.w.core[i], batch.w.metrics[i]
    left = "   the user has left" if batch.w.state.now[i, 0]["left"] else ""
    time = f"step {int(core['elapsed'])} of {int(core['limit'])}"
    said = ""
    if "told" in batch.obs:
        answers = [codes.TOLD[told] for told in batch.obs["told"][i, 0, : codes.MAX_TOPICS]]
        said = f"   topics: {', '.join(answers)}"
    return f"{batch.world_at(i).id}   {time}   clicks {int(metrics['clicks'])}{said}{left}"


def _write(canvas: Any, words: str, at: tuple[int, int], height: int) -> None:
    canvas.blit(font(max(height, 6)).render(words, True, _PAPER), at)


def _card(
    pen: Pen, genre: int, number: str, mark: str, quality: float, clicked: bool, fresh: bool
) -> None:
    """An item: genre, quality, and what became of it."""
    colour = genre_colour(genre) if fresh else darker(genre_colour(genre), 0.6)
    if clicked:
        pen.box(0.02, 0.02, 0.96, 0.96, _GOLD, 0.09)
    pen.box(0.06, 0.06, 0.88, 0.88, colour, 0.07)
    pen.box(0.8, 0.14, 0.08, 0.72, darker(colour, 0.5), 0.02)
    pen.box(0.8, 0.14 + 0.72 * (1 - quality), 0.08, 0.72 * quality, lighter(colour, 0.7), 0.02)
    pen.write(0.42, 0.36, 0.36, number, _INK)
    pen.write(0.42, 0.72, 0.17, f"genre {genre}", _INK)
    if mark:
        word, ink = _MARKS[mark]
        pen.box(0.12, 0.18, 0.6, 0.34, ink, 0.05)
        pen.write(0.42, 0.35, 0.2, word, _INK)


def _draw_slate(canvas: Any, obs: dict[str, Any], top: int, side: int) -> None:
    """The places of the last slate, with the user's answers."""
    for j, (genre, answer) in enumerate(zip(obs["slate"], obs["answers"], strict=True)):
        if genre:
            looks = (int(genre) - 1, "", codes.ANSWERS[int(answer)], 0.0, False, True)
            canvas.blit(sprite(_card, side, *looks), (j * side, top))
        else:
            inner = (j * side + side // 12, top + side // 12, side * 10 // 12, side * 10 // 12)
            pygame().draw.rect(canvas, _PANEL, inner, border_radius=side // 16)


def _draw_trail(canvas: Any, batch: Batch, i: int, where: tuple[int, int, int, int]) -> None:
    """Clicks of the last steps, the newest at the right."""
    left, top, width, height = where
    margin = height // 12
    area = (left + margin, top + margin, width - 2 * margin, height - 2 * margin)
    canvas.fill(_PANEL, area)
    trail, places = int(batch.w.state.now[i, 0]["trail"]), len(batch.obs["slate"][i, 0])
    steps = min(int(batch.w.core[i]["elapsed"]), codes.TRAIL_STEPS)
    column = area[2] / codes.TRAIL_STEPS
    for back in range(steps):
        clicks = trail >> (codes.TRAIL_BITS * back) & ((1 << codes.TRAIL_BITS) - 1)
        right = area[0] + area[2] - round(back * column)
        tall = max(round(clicks / places * (area[3] - 4)), 2)
        box = (right - round(column) + 1, area[1] + area[3] - tall, round(column) - 2, tall)
        canvas.fill(_GOOD if clicks else _LOSS, box)
    _write(canvas, "clicks a step", (area[0] + 3, area[1] + 3), height // 7)


def _draw_genres(canvas: Any, obs: dict[str, Any], top: int, height: int) -> None:
    """For each genre its share of exposures, its click rate and, where shown, its preference."""
    count = len(obs["exposures"])
    column, base = canvas.get_width() / count, top + height - height // 5
    tall = height * 7 // 10
    for g in range(count):
        left, colour = round(g * column), genre_colour(g)
        wide = round(column * 0.3)
        share, rate = float(obs["exposures"][g]), float(obs["rates"][g])
        x = left + round(column * 0.2)
        canvas.fill(colour, (x, base - round(tall * share), wide, max(round(tall * share), 1)))
        x += wide + 2
        rated = max(round(tall * rate), 1)
        canvas.fill(_GOOD, (x, base - rated, max(wide // 2, 2), rated))
        if "preferences" in obs:
            y = base - round(tall * (float(obs["preferences"][g]) + 1) / 2)
            canvas.fill(_GOLD, (left + round(column * 0.1), y, round(column * 0.7), 2))
        said = f" {codes.TOLD[int(obs['told'][codes.MAX_TOPICS + g])]}" if "told" in obs else ""
        _write(canvas, f"genre {g}{said}", (left + round(column * 0.1), base + 3), height // 6)


def _draw_time(canvas: Any, gone: float, top: int, height: int) -> None:
    """The share of the inner episode that is gone."""
    width, margin = canvas.get_width(), max(height // 4, 1)
    canvas.fill(_PANEL, (margin, top + margin, width - 2 * margin, height - 2 * margin))
    filled = round((width - 2 * margin) * gone)
    canvas.fill(_GOLD, (margin, top + margin, filled, height - 2 * margin))


def ansi(batch: Batch, i: int = 0, colour: bool = True) -> str:
    """Slot ``i`` as text: a line a candidate, then the last slate.

    Args:
        batch: The batch.
        i: The slot.
        colour: Print what was clicked in bold, by ANSI escape sequences.
    """
    obs = {name: view[i, 0] for name, view in batch.obs.items()}
    lines = [_caption(batch, i)]
    for c in np.flatnonzero(obs["genres"]).tolist():
        line = f"{c:>2}  genre {int(obs['genres'][c]) - 1}  quality {obs['quality'][c]:.2f}"
        line += f"  shown {int(obs['shown'][c])}"
        bold = colour and bool(obs["clicked"][c])
        lines.append(f"\x1b[1m{line}\x1b[0m" if bold else line)
    pairs = zip(obs["slate"].tolist(), obs["answers"].tolist(), strict=True)
    told = [f"genre {genre - 1} {codes.ANSWERS[answer]}" for genre, answer in pairs if genre]
    return "\n".join([*lines, f"last: {', '.join(told) or 'nothing'}"])
