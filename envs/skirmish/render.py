"""Pictures of skirmishes: the map with bases and armies, and what each side has.

Discs are nodes, larger where a base can stand; the ring is the owner's colour, inside it the
minerals left. Squares are forces, by their supply; a bright rim marks a fight. Below, for each
side, bars of workers, army, supply cap and unspent minerals and gas.
"""

from __future__ import annotations

from typing import Any

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.drawing import Frame, font, lighter, pixels_of, pygame
from adaptarium.envs.skirmish import codes

TILE_SIZE = 48
_TILES = 10
_BACK, _WAY, _NODE, _FIGHT = (24, 28, 36), (62, 70, 86), (44, 51, 64), (255, 244, 190)
_SIDES = ((104, 174, 255), (226, 128, 84))
_MINERAL, _GAS = (110, 206, 222), (122, 196, 96)
# What a full bar stands for.
_FULL = (("workers", 70), ("army", 400), ("supply", 400), ("minerals", 1500), ("gas", 1500))


def frame(batch: Batch, i: int = 0, tile_size: int = TILE_SIZE) -> Frame:
    """A picture of slot ``i``, (height, width, 3) uint8.

    Args:
        batch: The batch.
        i: The slot.
        tile_size: A tenth of the width, in pixels.

    Raises:
        MissingExtraError: pygame-ce is not installed.
    """
    side, header = _TILES * tile_size, max(tile_size // 2, 10)
    bars = 2 * tile_size
    canvas = pygame().Surface((side, header + side + bars), 0, 32)
    canvas.fill(_BACK)
    ink = font(max(header * 3 // 5, 6)).render(_caption(batch, i), True, lighter(_WAY, 0.6))
    canvas.blit(ink, (header // 3, (header - ink.get_height()) // 2))
    _draw_map(canvas, batch, i, header, tile_size)
    for p in range(codes.PLAYERS):
        _draw_bars(canvas, batch, i, p, (header + side, tile_size))
    return pixels_of(canvas)


def _at(batch: Batch, i: int, node: int, top: int, tile: int) -> tuple[int, int]:
    """The middle of a node."""
    x, y, _ = batch.w.levels.spots[int(batch.w.core[i]["level"]), node]
    return round(int(x) * tile * _TILES / 100), top + round(int(y) * tile * _TILES / 100)


def _draw_map(canvas: Any, batch: Batch, i: int, top: int, tile: int) -> None:
    draw, k = pygame().draw, int(batch.w.core[i]["level"])
    nodes = int(batch.w.levels.head[k]["num_nodes"])
    for u in range(nodes):
        for v in range(u):
            if batch.w.levels.edges[k, u, v]:
                ends = _at(batch, i, u, top, tile), _at(batch, i, v, top, tile)
                draw.line(canvas, _WAY, *ends, max(tile // 16, 1))
    for u in range(nodes):
        _draw_node(canvas, batch, i, u, (top, tile))
    for p in range(codes.PLAYERS):
        for g in range(len(codes.GROUPS)):
            _draw_force(canvas, batch, i, p, g, (top, tile))


def _draw_node(canvas: Any, batch: Batch, i: int, node: int, size: tuple[int, int]) -> None:
    top, tile = size
    draw, centre = pygame().draw, _at(batch, i, node, top, tile)
    site = node < int(batch.w.levels.head[int(batch.w.core[i]["level"])]["num_sites"])
    radius = tile // 2 if site else tile // 4
    draw.circle(canvas, _NODE, centre, radius)
    if site:
        field = batch.w.state.sites[i, node]
        rules = batch.w.rules[i]
        full = int(rules["patches_near"]) * int(rules["patch_near"])
        full = (full + int(rules["patches_far"]) * int(rules["patch_far"])) * codes.MILLI
        left = (int(field["near"]) + int(field["far"])) / max(full, 1)
        draw.circle(canvas, _MINERAL, centre, max(round(radius * 0.5 * left), 1))
        if field["owner"] >= 0:
            draw.circle(canvas, _SIDES[int(field["owner"])], centre, radius, max(tile // 10, 1))
    if batch.w.state.contact[i, node] > 0:
        draw.circle(canvas, _FIGHT, centre, radius + tile // 8, max(tile // 16, 1))


def _draw_force(canvas: Any, batch: Batch, i: int, p: int, g: int, size: tuple[int, int]) -> None:
    top, tile = size
    group, k = batch.w.state.groups[i, p, g], int(batch.w.core[i]["level"])
    if group["size"] <= 0:
        return
    x, y = _at(batch, i, int(group["node"]), top, tile)
    if group["next"] >= 0:
        length = int(batch.w.levels.edges[k, int(group["node"]), int(group["next"])]) * codes.CENTI
        gone = 1 - int(group["left"]) / max(length, 1)
        onward = _at(batch, i, int(group["next"]), top, tile)
        x, y = round(x + gone * (onward[0] - x)), round(y + gone * (onward[1] - y))
    counts = batch.w.state.counts[i, p, codes.SITES + g].astype(int)
    supply = float((counts * batch.w.rules[i]["supply"][p, : codes.BODIES]).sum())
    edge = max(round(tile * (0.16 + 0.4 * (supply / codes.MOST_SUPPLY) ** 0.5)), 2)
    left = x + (tile // 3 if p else -tile // 3 - edge)
    box = (left, y - edge // 2 + g * tile // 8, edge, edge)
    canvas.fill(lighter(_SIDES[p], 0.15 * g), box)


def _draw_bars(canvas: Any, batch: Batch, i: int, p: int, size: tuple[int, int]) -> None:
    top, tile = size
    me, width = batch.w.state.players[i, p], _TILES * tile // 2
    values = (
        int(me["workers"]),
        int(me["army"]),
        int(me["supply_cap"]),
        int(me["minerals"]) // codes.MILLI,
        int(me["gas"]) // codes.MILLI,
    )
    colours = (lighter(_SIDES[p], 0.4), _SIDES[p], _WAY, _MINERAL, _GAS)
    height = 2 * tile // (len(values) + 1)
    for row, (value, (_, full), colour) in enumerate(zip(values, _FULL, colours, strict=True)):
        length = min(value / full, 1.0) * (width - tile // 4)
        y = top + height // 2 + row * height
        canvas.fill(colour, (p * width + tile // 8, y, max(round(length), 1), max(height - 2, 1)))


def _caption(batch: Batch, i: int) -> str:
    now = batch.w.state.now[i, 0]
    minutes, seconds = divmod(int(now["time"]), 60)
    parts = [batch.world_at(i).id, f"{minutes:02d}:{seconds:02d}"]
    parts += [_side(batch, i, p) for p in range(codes.PLAYERS)]
    return "   ".join(parts)


def _side(batch: Batch, i: int, p: int) -> str:
    me = batch.w.state.players[i, p]
    name = codes.RACES[int(batch.w.rules[i]["race"][p])]
    supply = f"{int(me['supply_used']) // codes.SUPPLY}/{int(me['supply_cap']) // codes.SUPPLY}"
    return f"{name} {supply}"


def ansi(batch: Batch, i: int = 0, colour: bool = True) -> str:
    """Slot ``i`` as text: time, then a line a side, then a line a node that holds anything.

    Args:
        batch: The batch.
        i: The slot.
        colour: Print whoever has the larger army in bold, by ANSI escape sequences.
    """
    lines = [_caption(batch, i)]
    players = batch.w.state.players[i]
    for p in range(codes.PLAYERS):
        me = players[p]
        line = (
            f"player_{p}  minerals {int(me['minerals']) // codes.MILLI}  "
            f"gas {int(me['gas']) // codes.MILLI}  workers {int(me['workers'])}  "
            f"army {int(me['army']) / codes.SUPPLY:g}"
        )
        leads = colour and players["army"][p] > players["army"][1 - p]
        lines.append(f"\x1b[1m{line}\x1b[0m" if leads else line)
    for site in range(codes.SITES):
        owner = int(batch.w.state.sites[i, site]["owner"])
        if owner >= 0:
            fight = "  fighting" if batch.w.state.contact[i, site] > 0 else ""
            lines.append(f"base {site}  player_{owner}{fight}")
    return "\n".join(lines)
