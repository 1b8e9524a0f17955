"""Houses in readable levels: named rooms, objects, and the orders that speak of them.

::

    {
        "items": [{"x": 1.5, "y": 0.5, "radius": 0.2, "kind": "object", "colour": "red",
                   "thing": "lamp"}],
        "rooms": [{"name": "hall", "x": 0, "y": 0, "width": 3, "height": 2}],
        "orders": ["go to the red lamp in the hall"],
    }

Rooms are rectangles of cells, each name is used once. Inner episode ``e`` of a trial follows order
``e``, and begins with the first one again after the last. An order that may mean no object, or
several, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adaptarium.envs.core.errors import LevelError, unknown_name
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.instructions import FORMS, meant, read_sentence, sentence

_ROOM = ("name", "x", "y", "width", "height")
_WORDS = (
    *(("form", FORMS), ("colour", codes.COLOURS), ("thing", codes.THINGS)),
    *(("side", codes.SIDES), ("room", codes.ROOMS)),
)
Size = tuple[int, ...] | None


def read_object(row: Any) -> dict[str, str]:
    """What an object is, by its record."""
    known = {"colour": codes.COLOURS, "thing": codes.THINGS}
    return {kind: _word(kind, row[kind], words) for kind, words in known.items()}


def read_house(w: Workspace, k: int) -> dict[str, Any]:
    """Rooms and orders of level row ``k``; empty where it has none.

    Raises:
        LevelError: the row holds numbers that stand for nothing.
    """
    head, levels, found = w.levels.head[k], w.levels, dict[str, Any]()
    rooms, orders = int(head["num_rooms"]), int(head["num_orders"])
    for name, count, room in (
        ("num_rooms", rooms, levels.rooms.shape[1]),
        ("num_orders", orders, levels.orders.shape[1]),
    ):
        if not 0 <= count <= room:
            raise LevelError(f"{name} = {count}: expected an integer from 0 to {room}")
    if rooms:
        found["rooms"] = [
            {"name": _word("room", row["name"], codes.ROOMS)}
            | {name: int(row[name]) for name in _ROOM[1:]}
            for row in levels.rooms[k, :rooms]
        ]
    if orders:
        found["orders"] = [_read_order(row) for row in levels.orders[k, :orders]]
    return found


def _read_order(row: Any) -> str:
    for kind, words in _WORDS:
        _word(kind, row[kind], words)
    return sentence(row)


def _word(kind: str, number: Any, words: Sequence[str]) -> str:
    if not 0 <= int(number) < len(words):
        raise LevelError(f"{kind} = {int(number)}: expected a number from 0 to {len(words) - 1}")
    return words[int(number)]


def write_house(w: Workspace, k: int, readable: Mapping[str, Any]) -> None:
    """Write objects, rooms and orders of a checked readable level into level row ``k``."""
    levels, head = w.levels, w.levels.head[k]
    for j, item in enumerate(readable.get("items", ())):
        if item["kind"] == "object":
            words = codes.COLOURS.index(item["colour"]), codes.THINGS.index(item["thing"])
            levels.objects[k, j] = words
    rooms, orders = readable.get("rooms", ()), readable.get("orders", ())
    head["num_rooms"], head["num_orders"] = len(rooms), len(orders)
    for j, room in enumerate(rooms):
        corner = (room[name] for name in _ROOM[1:])
        levels.rooms[k, j] = (*corner, codes.ROOMS.index(room["name"]))
    for j, words in enumerate(orders):
        levels.orders[k, j] = (*read_sentence(words), meant(readable, words)[0])


def check_house(
    readable: Mapping[str, Any],
    size: Size,
    listed: Callable[[str, Any, int, int], Sequence[Any]],
) -> None:
    """Whether rooms and orders are what they should be, and every order means one object.

    Args:
        readable: The level; its items are checked already.
        size: Height and width of its map; None for an open field.
        listed: ``listed(where, value, least, most)`` gives a list of so many entries, or refuses.

    Raises:
        LevelError: they are not.
    """
    rooms = listed("rooms", readable.get("rooms", []), 0, len(codes.ROOMS))
    names = list[str]()
    for j, room in enumerate(rooms):
        _check_room(f"rooms[{j}]", room, size)
        if room["name"] in names:
            raise LevelError(f"rooms[{j}].name = {room['name']!r}: expected each name once")
        names.append(room["name"])
    for words in listed("orders", readable.get("orders", []), 0, codes.MAX_ORDERS):
        if not isinstance(words, str):
            raise LevelError(f"orders: {words!r:.60}, expected sentences")
        found = meant(readable, words)
        if len(found) != 1:
            raise LevelError(f"order {words!r}: it means {len(found)} objects, expected one")


def check_targets(w: Workspace, k: int, readable: Mapping[str, Any]) -> None:
    """Whether level row ``k`` points at what its orders mean by their words.

    Raises:
        LevelError: it points at something else.
    """
    for n, words in enumerate(readable.get("orders", ())):
        (item,), target = meant(readable, words), int(w.levels.orders[k, n]["target"])
        if item != target:
            raise LevelError(f"order {words!r}: it means items[{item}], not items[{target}]")


def _check_room(where: str, room: Any, size: Size) -> None:
    if not isinstance(room, Mapping) or set(room) != set(_ROOM):
        raise LevelError(f"{where} = {room!r:.60}: expected an object with {', '.join(_ROOM)}")
    if not isinstance(room["name"], str) or room["name"] not in codes.ROOMS:
        raise LevelError(str(unknown_name(f"{where}.name", str(room["name"])[:60], codes.ROOMS)))
    for side, first, length in ((1, "x", "width"), (0, "y", "height")):
        most = size[side] if size else 0
        values = room[first], room[length]
        whole = all(isinstance(value, int) and not isinstance(value, bool) for value in values)
        if not whole or values[0] < 0 or values[1] < 1 or sum(values) > most:
            raise LevelError(
                f"{where}: {first} = {values[0]!r:.20}, {length} = {values[1]!r:.20}: expected "
                f"cells of the map, which has {most} of them there"
            )
