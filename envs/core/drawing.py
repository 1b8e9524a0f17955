"""Drawing shared by the families: pygame on demand, a pen in tile units, smooth sprites.

Only software surfaces are used, so that pictures need no display.
"""

from __future__ import annotations

import functools
import importlib
import io
import itertools
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import missing_extra

Colour = tuple[int, ...]
Point = tuple[float, float]
Frame = npt.NDArray[np.uint8]

# Sprites are drawn this many times larger and then scaled down: smooth edges.
OVERSAMPLE = 4


@functools.cache
def pygame() -> Any:
    """The pygame module, imported now and without its greeting on stdout.

    Raises:
        MissingExtraError: pygame-ce is not installed.
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        return importlib.import_module("pygame")
    except ImportError:
        raise missing_extra("pygame-ce", "render") from None


def mixed(a: Colour, b: Colour, share: float) -> Colour:
    """The colour between ``a`` (share 0) and ``b`` (share 1)."""
    return tuple(round(x + (y - x) * share) for x, y in zip(a[:3], b[:3], strict=True))


def lighter(colour: Colour, share: float = 0.35) -> Colour:
    """``colour`` mixed with white."""
    return mixed(colour, (255, 255, 255), share)


def darker(colour: Colour, share: float = 0.35) -> Colour:
    """``colour`` mixed with black."""
    return mixed(colour, (0, 0, 0), share)


class Pen:
    """Draws on one sprite in tile units: (0, 0) is the upper left corner, (1, 1) the lower right.

    Args:
        pixels: Side of the finished sprite in pixels.
    """

    def __init__(self, pixels: int) -> None:
        self.pixels = pixels
        self.side = pixels * OVERSAMPLE
        self.surface = pygame().Surface((self.side, self.side), pygame().SRCALPHA, 32)

    def _at(self, point: Point) -> Point:
        return point[0] * self.side, point[1] * self.side

    def _length(self, length: float) -> int:
        return max(1, round(length * self.side))

    def box(
        self, x: float, y: float, w: float, h: float, colour: Colour, radius: float = 0.0
    ) -> None:
        """A filled rectangle, its corners rounded by ``radius``."""
        x0, y0, x1, y1 = (round(v * self.side) for v in (x, y, x + w, y + h))
        rect = pygame().Rect(x0, y0, x1 - x0, y1 - y0)
        pygame().draw.rect(self.surface, colour, rect, border_radius=round(radius * self.side))

    def frame(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        colour: Colour,
        width: float,
        radius: float = 0.0,
    ) -> None:
        """The outline of a rectangle, drawn inward."""
        x0, y0, x1, y1 = (round(v * self.side) for v in (x, y, x + w, y + h))
        rect = pygame().Rect(x0, y0, x1 - x0, y1 - y0)
        thick, corner = self._length(width), round(radius * self.side)
        pygame().draw.rect(self.surface, colour, rect, thick, border_radius=corner)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A filled circle."""
        pygame().draw.circle(self.surface, colour, self._at((x, y)), self._length(radius))

    def ring(self, x: float, y: float, radius: float, colour: Colour, width: float) -> None:
        """A circle line, drawn inward."""
        where, thick = self._at((x, y)), self._length(width)
        pygame().draw.circle(self.surface, colour, where, self._length(radius), thick)

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        """A filled polygon."""
        pygame().draw.polygon(self.surface, colour, [self._at(point) for point in points])

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """A line with round joints and ends."""
        thick = self._length(width)
        places = [self._at(point) for point in points]
        for start, end in itertools.pairwise(places):
            _stroke(self.surface, colour, start, end, thick)
        for place in places:
            pygame().draw.circle(self.surface, colour, place, thick / 2)

    def fade(self, x: float, y: float, w: float, h: float, top: Colour, bottom: Colour) -> None:
        """A rectangle that goes from ``top`` to ``bottom`` (RGBA), blended over what is there."""
        rows = self._length(h)
        ramp = pygame().Surface((1, rows), pygame().SRCALPHA, 32)
        for row in range(rows):
            share = row / max(rows - 1, 1)
            shade = [round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)]
            ramp.set_at((0, row), shade)
        size = (self._length(w), rows)
        self.surface.blit(pygame().transform.scale(ramp, size), self._at((x, y)))

    def write(self, x: float, y: float, height: float, text: str, colour: Colour) -> None:
        """Centred text of a height."""
        ink = font(self._length(height)).render(text, True, colour)
        rect = ink.get_rect(center=self._at((x, y)))
        self.surface.blit(ink, rect)

    def finished(self) -> Any:
        """The sprite at its size, smooth."""
        return pygame().transform.smoothscale(self.surface, (self.pixels, self.pixels))


def _stroke(surface: Any, colour: Colour, start: Point, end: Point, thick: int) -> None:
    """A thick segment as a polygon: pygame's own thick lines have slanted ends."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    ox, oy = -dy / length * thick / 2, dx / length * thick / 2
    corners = [
        (start[0] + ox, start[1] + oy),
        (end[0] + ox, end[1] + oy),
        (end[0] - ox, end[1] - oy),
        (start[0] - ox, start[1] - oy),
    ]
    pygame().draw.polygon(surface, colour, corners)


_FONTS: dict[int, Any] = {}


def font(height: int) -> Any:
    """The font that comes with pygame, the same everywhere."""
    module = pygame().font
    if not module.get_init():
        module.init()
    try:
        _FONTS[height].get_height()
    except (KeyError, pygame().error):  # a font does not outlive `pygame.quit`, whoever calls it
        _FONTS[height] = module.Font(None, height)
    return _FONTS[height]


@functools.lru_cache(maxsize=4096)
def sprite(draw: Callable[..., None], pixels: int, *args: Any) -> Any:
    """The finished sprite of ``draw(pen, *args)``, drawn once."""
    pen = Pen(pixels)
    draw(pen, *args)
    return pen.finished()


def pixels_of(surface: Any) -> Frame:
    """(height, width, 3) uint8 copy of a surface."""
    return np.ascontiguousarray(pygame().surfarray.array3d(surface).swapaxes(0, 1))


def surface_of(frame: Frame) -> Any:
    """A surface with the pixels of a (height, width, 3) frame."""
    return pygame().surfarray.make_surface(frame.swapaxes(0, 1))


def png(frame: Frame) -> bytes:
    """The frame as a PNG file."""
    buffer = io.BytesIO()
    pygame().image.save(surface_of(frame), buffer, "picture.png")
    return buffer.getvalue()
