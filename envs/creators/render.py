"""Pictures of a market: users, creators, genres, and clicks as they go.

On the left every user is a dot in the colour of the genre it likes best; who has left is dark. In
the middle each creator is a column: its share of the round's exposures (pale) and of the clicks
(bright), in the colour of what it made last; a gold foot warns that its last items have no
click. On the right each genre has its share of the exposures (wide) and its clicks an exposure
(narrow, green). Below run the clicks of the rounds that are kept, and the time that is gone.
"""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.drawing import Colour, Frame, darker, font, lighter, pixels_of, pygame
from adaptarium.envs.creators import codes

TILE_SIZE = 96
_BACK, _PANEL, _PAPER = (27, 31, 42), (40, 46, 61), (236, 238, 244)
_GOLD, _GOOD, _GONE = (246, 196, 72), (94, 190, 130), (58, 64, 80)
_WIDTH, _HEIGHT = 9, 5  # tiles
Box = tuple[int, int, int, int]


def genre_colour(genre: int) -> Colour:
    """The colour of a genre: hues by the golden ratio, so that the first ones lie far apart."""
    red, green, blue = colorsys.hsv_to_rgb(0.58 + 0.618034 * genre, 0.55, 0.85)
    return round(red * 255), round(green * 255), round(blue * 255)


def frame(batch: Batch, i: int = 0, tile_size: int = TILE_SIZE) -> Frame:
    """A picture of slot ``i``, (height, width, 3) uint8.

    Args:
        batch: The batch.
        i: The slot.
        tile_size: A ninth of the picture's width, in pixels.

    Raises:
        MissingExtraError: pygame-ce is not installed.
    """
    t, pad = tile_size, max(tile_size // 12, 1)
    canvas = pygame().Surface((_WIDTH * t, _HEIGHT * t), 0, 32)
    canvas.fill(_BACK)
    header = max(t // 3, 8)
    _write(canvas, _caption(batch, i), (pad, pad), header * 2 // 3)
    upper = 3 * t - header
    panels = ((0, 3 * t), (3 * t, 3 * t), (6 * t, 3 * t))
    boxes = [(left + pad, header + pad, wide - 2 * pad, upper - 2 * pad) for left, wide in panels]
    for box in (*boxes, (pad, 3 * t + pad, _WIDTH * t - 2 * pad, 2 * t - 4 * pad)):
        canvas.fill(_PANEL, box)
    _draw_users(canvas, batch, i, boxes[0])
    _draw_creators(canvas, batch, i, boxes[1])
    _draw_genres(canvas, batch, i, boxes[2])
    _draw_clicks(canvas, batch, i, (pad, 3 * t + pad, _WIDTH * t - 2 * pad, 2 * t - 4 * pad))
    core = batch.w.core[i]
    gone = round((_WIDTH * t - 2 * pad) * min(int(core["elapsed"]) / max(int(core["limit"]), 1), 1))
    canvas.fill(_GOLD, (pad, _HEIGHT * t - 2 * pad, gone, pad))
    return pixels_of(canvas)


def _caption(batch: Batch, i: int) -> str:
    core, now = batch.w.core[i], batch.w.state.now[i, 0]
    ranked = codes.BUILT_IN_SCORERS[int(now["scorer"])]
    if now["reranker"]:
        ranked += f" then {codes.RERANKERS[int(now['reranker'])]}"
    return (
        f"{batch.world_at(i).id}   round {int(core['elapsed'])} of {int(core['limit'])}   "
        f"ranked by {ranked}   clicks {int(now['clicks'])}"
    )


def _write(canvas: Any, words: str, at: tuple[int, int], height: int) -> None:
    canvas.blit(font(max(height, 6)).render(words, True, _PAPER), at)


def _title(canvas: Any, words: str, box: Box) -> Box:
    """Write a panel's title; what is left of the panel."""
    left, top, wide, high = box
    size = max(high // 10, 6)
    _write(canvas, words, (left + size // 3, top + size // 4), size)
    return left + size // 3, top + 3 * size // 2, wide - 2 * (size // 3), high - 2 * size


def _draw_users(canvas: Any, batch: Batch, i: int, box: Box) -> None:
    """Every user as a dot in the colour of the genre it likes best."""
    now = batch.w.state.now[i, 0]
    left, top, wide, high = _title(canvas, f"users {int(now['users'])}", box)
    count, genres = int(now["num_users"]), int(now["num_genres"])
    columns = int(np.ceil(np.sqrt(count * wide / max(high, 1))))
    side = max(min(wide // columns, high // -(-count // columns)), 1)
    best = batch.w.state.likes[i, :count, :genres].argmax(axis=1)
    for u in range(count):
        gone = batch.w.state.users[i, u]["left"]
        colour = _GONE if gone else genre_colour(int(best[u]))
        at = (left + u % columns * side, top + u // columns * side)
        canvas.fill(colour, (*at, max(side - 1, 1), max(side - 1, 1)))


def _draw_creators(canvas: Any, batch: Batch, i: int, box: Box) -> None:
    """Every creator as a column of exposures and clicks of the last round."""
    now, creators = batch.w.state.now[i, 0], batch.w.state.creators[i]
    left, top, wide, high = _title(canvas, f"creators {int(now['creators'])}", box)
    count = int(now["num_creators"])
    shown = creators["new_shown"][:count] / max(int(creators["new_shown"][:count].max()), 1)
    clicks = creators["new_clicks"][:count] / max(int(creators["new_clicks"][:count].max()), 1)
    column, foot = wide / count, max(high // 16, 2)
    for c in range(count):
        x, step = left + round(c * column), max(round(column * 0.42), 1)
        colour = _GONE if creators[c]["left"] else genre_colour(_latest_genre(batch, i, c))
        for part, share in enumerate((shown[c], clicks[c])):
            tall = max(round((high - 2 * foot) * float(share)), 1)
            paint = lighter(colour, 0.35) if part else darker(colour, 0.75)
            canvas.fill(paint, (x + part * step, top + high - 2 * foot - tall, step, tall))
        ends = _is_fruitless(creators[c], int(batch.w.rules[i]["streak"]))
        canvas.fill(_GOLD if ends else colour, (x, top + high - foot, 2 * step, foot))


def _is_fruitless(creator: Any, streak: int) -> bool:
    """Whether the last items of a creator have no click together."""
    made = int(creator["items"])
    recent = (creator["recent"][(made - back) % codes.MAX_STREAK] for back in range(1, streak + 1))
    return made >= streak and not any(recent)


def _latest_genre(batch: Batch, i: int, c: int) -> int:
    """The genre of the newest item of creator ``c``; where there is none, of its highest skill."""
    now, k = batch.w.state.now[i, 0], int(batch.w.core["level"][i])
    own = batch.w.state.items[i][c :: int(now["num_creators"])]
    if (own["born"] >= 0).any():
        return int(own[own["born"].argmax()]["genre"])
    return int(batch.w.levels.skills[k, c, : int(now["num_genres"])].argmax())


def _draw_genres(canvas: Any, batch: Batch, i: int, box: Box) -> None:
    """Every genre: share of the exposures, and clicks an exposure."""
    now, genres = batch.w.state.now[i, 0], batch.w.state.genres[i]
    left, top, wide, high = _title(canvas, "genres", box)
    count = int(now["num_genres"])
    column, base = wide / count, top + high - max(high // 8, 6)
    for g in range(count):
        x, step = left + round(g * column), max(round(column * 0.5), 1)
        shown = int(genres[g]["new_shown"])
        share, rate = (
            shown / max(int(now["shown"]), 1),
            int(genres[g]["new_clicks"]) / max(shown, 1),
        )
        tall = max(round((base - top) * share), 1)
        canvas.fill(genre_colour(g), (x, base - tall, step, tall))
        tall = max(round((base - top) * rate), 1)
        canvas.fill(_GOOD, (x + step, base - tall, max(step // 3, 1), tall))
        _write(canvas, str(g), (x, base + 1), max(high // 10, 6))


def _draw_clicks(canvas: Any, batch: Batch, i: int, box: Box) -> None:
    """Clicks a round of the rounds that are kept, the newest at the right."""
    left, top, wide, high = _title(canvas, "clicks a round", box)
    clicks = clicks_of(batch, i)
    most, window = max(max(clicks, default=1), 1), int(batch.w.rules[i]["window"])
    column = wide / window
    for back, count in enumerate(reversed(clicks)):
        tall = max(round((high - 2) * count / most), 1)
        right = left + wide - round(back * column)
        canvas.fill(_GOOD, (right - round(column) + 2, top + high - tall, round(column) - 3, tall))


def clicks_of(batch: Batch, i: int) -> list[int]:
    """Clicks of each round that is kept, oldest first, from the users' log."""
    now, window = batch.w.state.now[i, 0], int(batch.w.rules[i]["window"])
    log, time = batch.w.state.log[i, : int(now["num_users"])], int(now["time"])
    rounds = [log[:, (time - back) % window] for back in range(min(window, time), 0, -1)]
    return [int(((entries > 0) & (entries % 2 == 0)).sum()) for entries in rounds]


def ansi(batch: Batch, i: int = 0, colour: bool = True) -> str:
    """Slot ``i`` as text: a line a creator, then a line a genre.

    Args:
        batch: The batch.
        i: The slot.
        colour: Print the creator with most clicks in bold, by ANSI escape sequences.
    """
    now, lines = batch.w.state.now[i, 0], [_caption(batch, i)]
    lines.append(f"users {int(now['users'])} of {int(now['num_users'])}")
    creators = batch.w.state.creators[i, : int(now["num_creators"])]
    best = int(creators["new_clicks"].argmax())
    for c, creator in enumerate(creators):
        state = "left" if creator["left"] else f"genre {_latest_genre(batch, i, c)}"
        line = f"creator {c:>2}  {state:<8}  items {int(creator['items']):>3}"
        line += f"  shown {int(creator['new_shown']):>4}  clicks {int(creator['new_clicks']):>4}"
        lines.append(f"\x1b[1m{line}\x1b[0m" if colour and c == best else line)
    for g, genre in enumerate(batch.w.state.genres[i, : int(now["num_genres"])]):
        lines.append(f"genre {g}  made {int(genre['made'])}  clicks {int(genre['clicks'])}")
    return "\n".join(lines)
