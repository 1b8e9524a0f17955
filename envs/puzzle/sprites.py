"""How the cells of puzzles look: one small drawing each, in tile units."""

from __future__ import annotations

import math

from adaptarium.envs.core.drawing import Colour, Pen, darker, lighter, mixed

INK: Colour = (24, 27, 36)
PANEL: Colour = (34, 38, 50)
WELL: Colour = (46, 51, 66)
WHITE: Colour = (250, 250, 247)
SOFT: Colour = (166, 175, 192)
GLOW: Colour = (255, 214, 102)
GOOD: Colour = (92, 200, 128)
BAD: Colour = (226, 84, 84)
COVER: Colour = (112, 136, 186)
PAPER: Colour = (226, 230, 238)
IVORY: Colour = (240, 226, 196)
# One for each face of a card, or value of a symbol: told apart by shape or digit as well.
COLOURS: tuple[Colour, ...] = (
    (92, 156, 246),
    (238, 92, 92),
    (92, 200, 128),
    (246, 176, 66),
    (178, 126, 242),
    (72, 200, 208),
    (240, 130, 186),
    (150, 160, 90),
    (170, 112, 80),
)
# The usual colours of the numbers of a mine field.
NUMBERS: tuple[Colour, ...] = (
    (0, 0, 0),
    (44, 92, 214),
    (40, 136, 66),
    (206, 54, 54),
    (32, 40, 132),
    (134, 34, 40),
    (24, 134, 140),
    (30, 30, 34),
    (110, 112, 120),
)


def colour_of(number: int) -> Colour:
    """The shade of a number; they go round again."""
    return COLOURS[number % len(COLOURS)]


def well(pen: Pen) -> None:
    """An empty place on the board."""
    pen.box(0.04, 0.04, 0.92, 0.92, WELL, 0.12)
    pen.frame(0.04, 0.04, 0.92, 0.92, darker(WELL, 0.25), 0.03, 0.12)


def lamp(pen: Pen, value: int) -> None:
    """A lit or dark key; further values of it have other colours."""
    shade = mixed(WELL, WHITE, 0.06) if value == 0 else GLOW if value == 1 else colour_of(value)
    pen.box(0.05, 0.07, 0.9, 0.9, (0, 0, 0, 80), 0.16)
    pen.box(0.05, 0.04, 0.9, 0.9, darker(shade, 0.25), 0.16)
    pen.box(0.08, 0.06, 0.84, 0.82, shade, 0.14)
    if value:
        pen.box(0.08, 0.06, 0.84, 0.82, lighter(shade, 0.18), 0.14)
        pen.disc(0.5, 0.46, 0.27, lighter(shade, 0.45))
        pen.disc(0.5, 0.46, 0.17, lighter(shade, 0.75))
    else:
        pen.ring(0.5, 0.46, 0.2, lighter(shade, 0.12), 0.04)


def tile(pen: Pen, value: int, at_home: int) -> None:
    """A wooden tile with its number, greener where it belongs; the gap shows the board."""
    if value == 0:
        well(pen)
        return
    shade = mixed(IVORY, GOOD, 0.4) if at_home else IVORY
    pen.box(0.04, 0.07, 0.92, 0.91, darker(shade, 0.5), 0.12)
    pen.box(0.04, 0.03, 0.92, 0.9, shade, 0.12)
    pen.frame(0.08, 0.07, 0.84, 0.82, darker(shade, 0.12), 0.02, 0.1)
    pen.write(0.5, 0.5, 0.78 if value < 10 else 0.62, str(value), mixed(INK, shade, 0.12))


def cover(pen: Pen, kind: int) -> None:
    """A covered cell of a mine field: plain, with a flag (1), or marked as safe (2)."""
    pen.box(0.02, 0.02, 0.96, 0.96, darker(COVER, 0.35), 0.08)
    pen.box(0.02, 0.02, 0.93, 0.93, lighter(COVER, 0.3), 0.08)
    pen.box(0.06, 0.06, 0.88, 0.88, COVER, 0.06)
    if kind == 1:
        pen.line([(0.42, 0.78), (0.42, 0.24)], INK, 0.07)
        pen.line([(0.3, 0.79), (0.62, 0.79)], INK, 0.08)
        pen.shape([(0.43, 0.2), (0.78, 0.36), (0.43, 0.52)], BAD)
    elif kind == 2:
        pen.ring(0.5, 0.5, 0.27, lighter(GOOD, 0.35), 0.09)
        pen.disc(0.5, 0.5, 0.08, lighter(GOOD, 0.35))


def number(pen: Pen, mines: int) -> None:
    """An open cell of a mine field, with how many mines are beside it."""
    pen.box(0, 0, 1, 1, darker(PAPER, 0.2))
    pen.box(0.02, 0.02, 0.96, 0.96, PAPER)
    if mines:
        pen.write(0.5, 0.52, 0.82, str(mines), NUMBERS[mines % len(NUMBERS)])


def mine(pen: Pen) -> None:
    """A mine that went off."""
    pen.box(0, 0, 1, 1, darker(BAD, 0.25))
    pen.box(0.02, 0.02, 0.96, 0.96, BAD)
    for spoke in range(4):
        angle = math.pi * spoke / 4
        dx, dy = 0.34 * math.cos(angle), 0.34 * math.sin(angle)
        pen.line([(0.5 - dx, 0.5 - dy), (0.5 + dx, 0.5 + dy)], INK, 0.07)
    pen.disc(0.5, 0.5, 0.24, INK)
    pen.disc(0.42, 0.42, 0.07, WHITE)


def card(pen: Pen, face: int, up: int) -> None:
    """A card: its back, or its face as a shape with a number; no card where ``face`` is 0."""
    if face == 0:
        pen.box(0.12, 0.06, 0.76, 0.88, mixed(PANEL, WELL, 0.5), 0.1)
        return
    pen.box(0.1, 0.07, 0.8, 0.9, (0, 0, 0, 90), 0.1)
    if not up:
        pen.box(0.1, 0.04, 0.8, 0.9, lighter(COVER, 0.55), 0.1)
        pen.box(0.15, 0.09, 0.7, 0.8, darker(COVER, 0.2), 0.07)
        for x in (0.32, 0.5, 0.68):
            for y in (0.25, 0.49, 0.73):
                pen.shape(_diamond(x, y, 0.07), lighter(COVER, 0.25))
        return
    shade = colour_of(face - 1)
    pen.box(0.1, 0.04, 0.8, 0.9, WHITE, 0.1)
    pen.frame(0.1, 0.04, 0.8, 0.9, shade, 0.04, 0.1)
    symbol(pen, 0.5, 0.5, 0.25, face - 1, shade)
    pen.write(0.23, 0.19, 0.26, str(face), darker(shade, 0.3))


def symbol(pen: Pen, x: float, y: float, size: float, kind: int, shade: Colour) -> None:
    """One of six shapes."""
    if kind % 6 == 0:
        pen.disc(x, y, size, shade)
    elif kind % 6 == 5:
        pen.ring(x, y, size, shade, size * 0.45)
    else:
        corners = (3, 4, 5, 6)[kind % 6 - 1]
        spokes = [2 * math.pi * k / corners - math.pi / 2 for k in range(corners)]
        pen.shape(
            [(x + size * 1.15 * math.cos(a), y + size * 1.15 * math.sin(a)) for a in spokes], shade
        )


def _diamond(x: float, y: float, size: float) -> list[tuple[float, float]]:
    return [(x, y - size * 1.3), (x + size, y), (x, y + size * 1.3), (x - size, y)]


def switch(pen: Pen, on: int) -> None:
    """A toggle switch."""
    shade = GOOD if on else SOFT
    pen.box(0.06, 0.06, 0.88, 0.88, WELL, 0.14)
    pen.box(0.34, 0.16, 0.32, 0.68, darker(shade, 0.45), 0.16)
    pen.disc(0.5, 0.32 if on else 0.68, 0.19, darker(shade, 0.2))
    pen.disc(0.5, 0.31 if on else 0.67, 0.17, lighter(shade, 0.15))


def bulb(pen: Pen, lit: int) -> None:
    """The lamp of a hidden rule."""
    shade = GLOW if lit else mixed(WELL, WHITE, 0.2)
    if lit:
        pen.disc(0.5, 0.42, 0.42, (*GLOW, 60))
    pen.disc(0.5, 0.42, 0.28, shade)
    pen.box(0.38, 0.62, 0.24, 0.22, SOFT, 0.04)
    pen.line([(0.38, 0.72), (0.62, 0.72)], darker(SOFT, 0.4), 0.04)


def gem(pen: Pen, value: int, at_home: int) -> None:
    """A value that operators change, green around where it is as the goal has it."""
    shade = colour_of(value)
    pen.box(0.04, 0.04, 0.92, 0.92, mixed(WELL, GOOD, 0.45) if at_home else WELL, 0.14)
    pen.disc(0.5, 0.53, 0.36, (0, 0, 0, 80))
    pen.disc(0.5, 0.5, 0.36, darker(shade, 0.2))
    pen.disc(0.5, 0.49, 0.33, shade)
    pen.write(0.5, 0.51, 0.5, str(value), INK)


def asked(pen: Pen, condition: int) -> None:
    """What a rule asks of a switch: nothing, to be off, to be on."""
    pen.box(0.06, 0.06, 0.88, 0.88, WELL, 0.14)
    if condition == 0:
        pen.line([(0.38, 0.5), (0.62, 0.5)], mixed(WELL, SOFT, 0.5), 0.07)
    elif condition == 1:
        pen.ring(0.5, 0.5, 0.26, SOFT, 0.09)
    else:
        pen.disc(0.5, 0.5, 0.27, GOOD)


def source(pen: Pen, cell: int, amount: int) -> None:
    """Where a cell takes its value from, and what is added."""
    pen.box(0.06, 0.06, 0.88, 0.88, WELL, 0.14)
    if amount:
        pen.write(0.5, 0.34, 0.5, str(cell), WHITE)
        pen.write(0.5, 0.74, 0.44, f"+{amount}", GLOW)
    else:
        pen.write(0.5, 0.52, 0.62, str(cell), WHITE)


def label(pen: Pen, text: str) -> None:
    """A word in small letters."""
    pen.write(0.5, 0.5, 0.62, text, SOFT)
