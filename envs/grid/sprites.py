"""How the tiles of the grid family look: one small drawing each, in tile units."""

from __future__ import annotations

import math
from collections.abc import Callable

from adaptarium.envs.core.drawing import Colour, Pen, Point, darker, lighter, mixed
from adaptarium.envs.grid import codes

INK: Colour = (24, 27, 36)
WHITE: Colour = (250, 250, 247)
FLOORS: tuple[Colour, Colour] = ((64, 70, 87), (58, 64, 80))
WALL_TOP: Colour = (124, 135, 162)
WALL_FRONT: Colour = (84, 93, 118)
# Red, green, blue, purple, yellow, grey.
COLOURS: tuple[Colour, ...] = (
    (238, 92, 92),
    (92, 200, 128),
    (92, 156, 246),
    (178, 126, 242),
    (246, 196, 80),
    (166, 175, 192),
)
LAVA: tuple[Colour, Colour, Colour] = ((214, 66, 38), (246, 126, 44), (255, 206, 92))
ICE: tuple[Colour, Colour] = ((168, 216, 240), (224, 244, 252))
WOOD: tuple[Colour, Colour] = ((186, 132, 78), (132, 88, 50))


def colour_of(number: int) -> Colour:
    """The shade of a colour number; numbers beyond the six go round again."""
    return COLOURS[number % len(COLOURS)]


def floor(pen: Pen, odd: int, shaded: int) -> None:
    """A free cell: a quiet checkerboard, shaded under a wall to its north."""
    pen.box(0, 0, 1, 1, FLOORS[odd])
    if shaded:
        pen.fade(0, 0, 1, 0.24, (10, 12, 18, 120), (10, 12, 18, 0))


def wall(pen: Pen, north: int, east: int, south: int, west: int) -> None:
    """A block seen from above; it shows its front where no wall stands south of it."""
    top = 1.0 if south else 0.72
    pen.box(0, 0, 1, 1, WALL_FRONT)
    pen.box(0, 0, 1, top, WALL_TOP)
    if not south:
        pen.box(0, top, 1, 0.035, darker(WALL_TOP, 0.12))
        pen.fade(0, top + 0.035, 1, 0.245, (0, 0, 0, 0), (10, 12, 18, 110))
    edge, width = lighter(WALL_TOP, 0.3), 0.06
    if not north:
        pen.box(0, 0, 1, width, edge)
    if not west:
        pen.box(0, 0, width, top, lighter(WALL_TOP, 0.16))
    if not east:
        pen.box(1 - width, 0, width, top, darker(WALL_TOP, 0.16))


_RIPPLE = ((0.16, 0.04), (0.32, -0.04), (0.5, 0.04), (0.68, -0.04), (0.84, 0.04))


def coloured_floor(pen: Pen, colour: int, state: int) -> None:
    """A painted floor; a target is a ring with a dot, a lever has its handle, others a number."""
    shade = colour_of(colour)
    if state == codes.TARGET:
        pen.ring(0.5, 0.5, 0.44, (*shade, 210), 0.09)  # wide enough to show around an agent
        pen.disc(0.5, 0.5, 0.13, shade)
        return
    paint = mixed(FLOORS[0], shade, 0.35)
    pen.box(0.06, 0.06, 0.88, 0.88, paint, 0.1)
    if state == codes.LEVER:
        pen.box(0.28, 0.66, 0.44, 0.16, INK, 0.04)
        pen.line([(0.5, 0.68), (0.68, 0.3)], WHITE, 0.08)
        pen.disc(0.68, 0.28, 0.11, shade)
    elif state >= codes.CHECKPOINT:
        pen.write(0.5, 0.5, 0.56, str(state - codes.CHECKPOINT), WHITE)
    else:
        _ground(pen, colour, paint)


def _ground(pen: Pen, colour: int, shade: Colour) -> None:
    """What lies on a floor: green looks like grass, blue and purple like water, yellow a bin."""
    if colour == codes.GREEN:
        for x, y in ((0.26, 0.4), (0.62, 0.32), (0.42, 0.76), (0.74, 0.7)):
            blade = lighter(shade, 0.25)
            pen.line([(x - 0.06, y - 0.1), (x, y), (x + 0.06, y - 0.1)], blade, 0.04)
    elif colour in (codes.BLUE, codes.PURPLE):
        for row in range(2):
            wave = [(x, 0.35 + row * 0.32 + dy) for x, dy in _RIPPLE]
            pen.line(wave, lighter(shade, 0.22), 0.05)
        if colour == codes.PURPLE:
            for x, y in ((0.3, 0.52), (0.66, 0.2), (0.7, 0.78)):
                pen.disc(x, y, 0.07, darker(shade, 0.45))
    elif colour == codes.YELLOW:
        pen.frame(0.14, 0.14, 0.72, 0.72, darker(shade, 0.35), 0.07, 0.1)
        pen.shape([(0.36, 0.34), (0.64, 0.34), (0.6, 0.72), (0.4, 0.72)], lighter(shade, 0.45))
        pen.line([(0.32, 0.3), (0.68, 0.3)], lighter(shade, 0.6), 0.06)


def goal(pen: Pen, colour: int, _state: int) -> None:
    """A glowing pad with a star."""
    shade = colour_of(colour)
    pen.box(0.05, 0.05, 0.9, 0.9, (*shade, 70), 0.16)
    pen.box(0.1, 0.1, 0.8, 0.8, darker(shade, 0.12), 0.14)
    pen.box(0.14, 0.14, 0.72, 0.72, shade, 0.11)
    pen.shape(_star(0.5, 0.525, 0.29, 0.13), darker(shade, 0.3))
    pen.shape(_star(0.5, 0.5, 0.29, 0.13), WHITE)


def _star(x: float, y: float, outer: float, inner: float) -> list[Point]:
    spokes = [(outer if k % 2 == 0 else inner, math.pi * (k / 5 - 0.5)) for k in range(10)]
    return [(x + r * math.cos(angle), y + r * math.sin(angle)) for r, angle in spokes]


def lava(pen: Pen, _colour: int, _state: int) -> None:
    """Molten rock whose waves run on into the neighbouring cells."""
    pen.box(0, 0, 1, 1, LAVA[0])
    for row, (height, shade) in enumerate(((0.26, LAVA[1]), (0.6, LAVA[1]), (0.93, LAVA[1]))):
        pen.line(_wave(height, 0.045, row), shade, 0.11)
        pen.line(_wave(height - 0.02, 0.045, row), LAVA[2], 0.035)
    pen.disc(0.3, 0.44, 0.05, LAVA[2])
    pen.disc(0.72, 0.77, 0.035, LAVA[2])


def _wave(height: float, swing: float, phase: int) -> list[Point]:
    steps = [k / 24 for k in range(-1, 26)]
    return [(x, height + swing * math.sin(2 * math.pi * (x + phase / 3))) for x in steps]


def ice(pen: Pen, _colour: int, _state: int) -> None:
    """Smooth ice with streaks of light."""
    pen.box(0, 0, 1, 1, darker(ICE[0], 0.1))
    pen.box(0.03, 0.03, 0.94, 0.94, ICE[0], 0.06)
    pen.line([(0.2, 0.5), (0.5, 0.2)], ICE[1], 0.06)
    pen.line([(0.36, 0.6), (0.52, 0.44)], ICE[1], 0.04)
    pen.line([(0.6, 0.84), (0.84, 0.6)], ICE[1], 0.06)


def start(pen: Pen, _colour: int, _state: int) -> None:
    """A pale ring where an agent begins."""
    pen.ring(0.5, 0.5, 0.36, (*WHITE, 120), 0.06)
    pen.ring(0.5, 0.5, 0.22, (*WHITE, 90), 0.05)
    pen.disc(0.5, 0.5, 0.06, (*WHITE, 110))


def crate(pen: Pen, colour: int, state: int) -> None:
    """A wooden crate; another colour than the usual one tints the wood, a target its frame."""
    light, dark = WOOD
    if colour != codes.YELLOW:
        light, dark = (mixed(shade, colour_of(colour), 0.5) for shade in WOOD)
    pen.box(0.07, 0.11, 0.86, 0.86, (0, 0, 0, 70), 0.07)
    pen.box(0.07, 0.06, 0.86, 0.86, dark, 0.07)
    pen.box(0.11, 0.1, 0.78, 0.78, light, 0.04)
    pen.line([(0.2, 0.79), (0.8, 0.19)], dark, 0.16)
    pen.line([(0.2, 0.79), (0.8, 0.19)], mixed(light, dark, 0.35), 0.09)
    pen.frame(0.07, 0.06, 0.86, 0.86, dark, 0.13, 0.07)
    rim = colour_of(state - 1) if state else mixed(light, dark, 0.35)
    pen.frame(0.1, 0.09, 0.8, 0.8, rim, 0.075, 0.05)
    if state:
        pen.disc(0.5, 0.49, 0.13, INK)
        pen.disc(0.5, 0.49, 0.1, rim)


def box(pen: Pen, colour: int, state: int) -> None:
    """A coloured box with a lid and a ribbon; its weight on it where it has one."""
    shade = colour_of(colour)
    pen.box(0.14, 0.34, 0.72, 0.54, (0, 0, 0, 70), 0.07)
    pen.box(0.14, 0.3, 0.72, 0.54, darker(shade, 0.25), 0.06)
    pen.box(0.1, 0.2, 0.8, 0.22, shade, 0.06)
    pen.box(0.43, 0.2, 0.14, 0.64, lighter(shade, 0.5))
    pen.ring(0.42, 0.15, 0.1, lighter(shade, 0.5), 0.045)
    pen.ring(0.58, 0.15, 0.1, lighter(shade, 0.5), 0.045)
    _weight(pen, state)


def _weight(pen: Pen, state: int) -> None:
    """How many units a thing weighs, where that is told."""
    if state > 0:
        pen.disc(0.7, 0.72, 0.2, INK)
        pen.write(0.7, 0.725, 0.34, str(state), WHITE)


def ball(pen: Pen, colour: int, state: int) -> None:
    """A shining ball; its units on it where it is trash."""
    shade = colour_of(colour)
    pen.disc(0.5, 0.54, 0.32, (0, 0, 0, 70))
    pen.disc(0.5, 0.5, 0.32, darker(shade, 0.22))
    pen.disc(0.48, 0.48, 0.28, shade)
    pen.disc(0.4, 0.39, 0.1, lighter(shade, 0.55))
    pen.disc(0.38, 0.37, 0.045, WHITE)
    _weight(pen, state)


def key(pen: Pen, colour: int, _state: int) -> None:
    """A key, teeth down."""
    shade = colour_of(colour)
    for offset, ink in ((0.035, (0, 0, 0, 80)), (0.0, shade)):
        pen.ring(0.32, 0.36 + offset, 0.19, ink, 0.09)
        pen.line([(0.45, 0.49 + offset), (0.78, 0.82 + offset)], ink, 0.1)
        pen.line([(0.64, 0.68 + offset), (0.76, 0.56 + offset)], ink, 0.09)
        pen.line([(0.75, 0.79 + offset), (0.85, 0.69 + offset)], ink, 0.09)
    pen.ring(0.31, 0.35, 0.175, lighter(shade, 0.45), 0.03)


def door(pen: Pen, colour: int, state: int) -> None:
    """Open: a slab folded to the side; closed: a slab with a knob; locked: barred, a keyhole."""
    shade = colour_of(colour)
    pen.box(0, 0, 1, 1, darker(shade, 0.62))
    if state == codes.OPEN:
        pen.box(0.1, 0.1, 0.8, 0.8, FLOORS[1])
        pen.box(0.1, 0.1, 0.16, 0.8, darker(shade, 0.12), 0.03)
        pen.disc(0.2, 0.52, 0.035, lighter(shade, 0.7))
        return
    pen.box(0.09, 0.09, 0.82, 0.82, shade, 0.05)
    pen.box(0.17, 0.17, 0.66, 0.29, darker(shade, 0.17), 0.04)
    pen.box(0.17, 0.54, 0.66, 0.29, darker(shade, 0.17), 0.04)
    if state == codes.LOCKED:
        pen.disc(0.5, 0.5, 0.22, darker(shade, 0.62))
        pen.disc(0.5, 0.46, 0.085, lighter(shade, 0.75))
        pen.shape([(0.47, 0.48), (0.53, 0.48), (0.57, 0.64), (0.43, 0.64)], lighter(shade, 0.75))
    else:
        pen.disc(0.78, 0.5, 0.07, darker(shade, 0.62))
        pen.disc(0.775, 0.49, 0.045, lighter(shade, 0.75))


def obstacle(pen: Pen, _colour: int, _state: int) -> None:
    """A spiked ball with a bad temper."""
    body = (122, 84, 168)
    pen.disc(0.5, 0.56, 0.33, (0, 0, 0, 70))
    pen.shape(_spikes(0.5, 0.5, 0.43, 0.29), darker(body, 0.35))
    pen.disc(0.5, 0.5, 0.3, body)
    pen.disc(0.45, 0.42, 0.17, lighter(body, 0.12))
    for side in (-1, 1):
        pen.disc(0.5 + side * 0.12, 0.5, 0.075, WHITE)
        pen.disc(0.5 + side * 0.105, 0.515, 0.037, INK)
        pen.line([(0.5 + side * 0.2, 0.37), (0.5 + side * 0.06, 0.44)], INK, 0.045)


def _spikes(x: float, y: float, outer: float, inner: float) -> list[Point]:
    spokes = [(outer if k % 2 == 0 else inner, math.pi * k / 8) for k in range(16)]
    return [(x + r * math.cos(angle), y + r * math.sin(angle)) for r, angle in spokes]


def food(pen: Pen, _colour: int, state: int) -> None:
    """A fruit with its level on it, an apple without."""
    skin: Colour = (226, 74, 84)
    pen.disc(0.5, 0.6, 0.33, (0, 0, 0, 70))
    pen.line([(0.5, 0.34), (0.56, 0.14)], (118, 82, 54), 0.06)
    pen.shape([(0.55, 0.24), (0.68, 0.12), (0.84, 0.14), (0.74, 0.27)], (110, 192, 96))
    pen.disc(0.39, 0.53, 0.25, darker(skin, 0.15))
    pen.disc(0.61, 0.53, 0.25, darker(skin, 0.15))
    pen.disc(0.5, 0.61, 0.28, darker(skin, 0.15))
    pen.disc(0.39, 0.51, 0.22, skin)
    pen.disc(0.61, 0.51, 0.22, skin)
    pen.disc(0.5, 0.59, 0.26, skin)
    if state > 0:
        pen.write(0.5, 0.58, 0.5 if state < 10 else 0.4, str(state), WHITE)


def unknown(pen: Pen, colour: int, state: int) -> None:
    """A tile without a drawing of its own."""
    pen.box(0.1, 0.1, 0.8, 0.8, darker(colour_of(colour), 0.5), 0.1)
    pen.write(0.5, 0.5, 0.6, "?" if state == 0 else str(state), WHITE)


def agent(pen: Pen, colour: int, heading: int, level: int, faded: int) -> None:
    """An arrow head that points where the agent looks; its level on it where it has one.

    Args:
        pen: The sprite.
        colour: The agent's colour number.
        heading: 0 east, 1 south, 2 west, 3 north.
        level: Its level, 0 for none.
        faded: The agent is out.
    """
    shade = colour_of(colour)
    if faded:
        shade = mixed(shade, FLOORS[0], 0.65)
    outline = mixed(WHITE, FLOORS[0], 0.65) if faded else WHITE
    pen.shape([(x, y + 0.05) for x, y in _arrow(heading, 0.44)], (0, 0, 0, 80))
    _rounded(pen, _arrow(heading, 0.36), outline, 0.16)
    _rounded(pen, _arrow(heading, 0.355), shade, 0.065)
    _rounded(
        pen, [_toward(p, heading, 0.04) for p in _arrow(heading, 0.2)], lighter(shade, 0.28), 0.04
    )
    if level:
        pen.disc(*_toward((0.5, 0.5), heading, -0.07), 0.17, INK)
        pen.write(*_toward((0.5, 0.505), heading, -0.07), 0.34, str(level), WHITE)


def _toward(point: Point, heading: int, by: float) -> Point:
    angle = heading * math.pi / 2
    return point[0] + by * math.cos(angle), point[1] + by * math.sin(angle)


def _arrow(heading: int, size: float) -> list[Point]:
    """An arrow head with a notched back, centred on its weight."""
    corners = ((1.0, 0.0), (-0.85, 0.88), (-0.42, 0.0), (-0.85, -0.88))
    cos, sin = (round(f(heading * math.pi / 2)) for f in (math.cos, math.sin))
    return [
        (0.5 + size * (x * cos - y * sin), 0.5 + size * (x * sin + y * cos)) for x, y in corners
    ]


def _rounded(pen: Pen, points: list[Point], colour: Colour, width: float) -> None:
    pen.shape(points, colour)
    pen.line([*points, points[0]], colour, width)


def badge(pen: Pen, _colour: int) -> None:
    """The disc on which a carried thing is shown."""
    pen.disc(0.5, 0.5, 0.49, WHITE)
    pen.disc(0.5, 0.5, 0.43, INK)


TILES: dict[int, Callable[[Pen, int, int], None]] = {
    codes.FLOOR: coloured_floor,
    codes.DOOR: door,
    codes.KEY: key,
    codes.BALL: ball,
    codes.BOX: box,
    codes.GOAL: goal,
    codes.LAVA: lava,
    codes.CRATE: crate,
    codes.ICE: ice,
    codes.FOOD: food,
    codes.START: start,
    codes.OBSTACLE: obstacle,
}
