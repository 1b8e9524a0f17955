"""Maps as data that a person can read and write, and their arrays.

A readable level is plain JSON data::

    {
        "nodes": [
            {"x": 10, "y": 40, "width": 40, "site": true},
            {"x": 90, "y": 40, "width": 40, "site": true},
            {"x": 50, "y": 40, "width": 8, "site": false},
        ],
        "edges": [[0, 2, 45], [2, 1, 45]],
        "starts": [0, 1],
        "players": [{"level": 4, "style": "rush"}, {"level": 4, "style": "random"}],
        "max_steps": 1100,
    }

Nodes are places where armies meet; those with a ``site``, which come first, have room for a base.
``width`` is how many bodies can fight there hand to hand, ``x`` and ``y`` are for pictures. Edges
name two nodes and the length of the way between them in cells. ``players`` are who plays a seat
that nobody plays from outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError, unknown_name
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.skirmish import codes

_KEYS = ("nodes", "edges", "starts", "players", "max_steps")
_NODE_KEYS = ("x", "y", "width", "site")
_PLAYER_KEYS = ("level", "style")
MOST_CELLS = 2000


def read(w: Workspace, k: int) -> dict[str, Any]:
    """Level row ``k`` as readable data; :func:`write` gives the same row again.

    Raises:
        LevelError: the row, read from a file, holds numbers that stand for nothing.
    """
    head = w.levels.head[k]
    nodes = _within("num_nodes", head["num_nodes"], 2, w.levels.spots.shape[1])
    sites = _within("num_sites", head["num_sites"], 2, min(nodes, codes.SITES))
    edges = w.levels.edges[k]
    pairs = [(u, v) for u in range(nodes) for v in range(u + 1, nodes) if edges[u, v]]
    readable = {
        "nodes": [_read_node(w, k, u, u < sites) for u in range(nodes)],
        "edges": [[u, v, int(edges[u, v])] for u, v in pairs],
        "starts": head["start"].tolist(),
        "players": [_read_player(w.levels.players[k, p]) for p in range(codes.PLAYERS)],
        "max_steps": int(w.info[k]["max_steps"]),
    }
    _check(readable)
    derived = ways(edges[:nodes, :nodes], readable["starts"])
    for name, array in zip(("hop", "far", "order"), derived, strict=True):
        if not np.array_equal(getattr(w.levels, name)[k][:, :nodes][: len(array)], array):
            raise LevelError(f"{name}: expected what follows from the edges")
    return readable


def _read_node(w: Workspace, k: int, u: int, site: bool) -> dict[str, Any]:
    x, y, width = (int(number) for number in w.levels.spots[k, u])
    return {"x": x, "y": y, "width": width, "site": site}


def _read_player(player: Any) -> dict[str, Any]:
    style = _within("style", player["style"], 0, len(codes.STYLES) - 1)
    return {"level": int(player["level"]), "style": codes.STYLES[style]}


def write(w: Workspace, k: int, readable: Mapping[str, Any]) -> None:
    """Write a readable level into level row ``k``; nothing is written unless all of it is valid.

    Raises:
        LevelError: the level is malformed, or larger than the workspace.
    """
    size, room = needs(readable)["nodes"], w.levels.spots.shape[1]
    if size > room:
        raise LevelError(f"nodes: the level has {size}, expected at most {room}")
    for array in w.levels:
        array[k] = np.zeros((), array.dtype)
    for u, node in enumerate(readable["nodes"]):
        w.levels.spots[k, u] = node["x"], node["y"], node["width"]
    edges = w.levels.edges[k]
    for u, v, length in readable["edges"]:
        edges[u, v] = edges[v, u] = length
    hop, far, order = ways(edges[:size, :size], readable["starts"])
    w.levels.hop[k, :size, :size], w.levels.far[k, :size, :size] = hop, far
    w.levels.order[k, :, :size] = order
    head = w.levels.head[k]
    head["num_nodes"] = size
    head["num_sites"] = sum(node["site"] for node in readable["nodes"])
    head["start"] = readable["starts"]
    for p, player in enumerate(readable["players"]):
        w.levels.players[k, p]["level"] = player["level"]
        w.levels.players[k, p]["style"] = codes.STYLES.index(player["style"])
    w.info[k]["max_steps"] = readable["max_steps"]


def ways(edges: npt.NDArray[Any], starts: Sequence[int]) -> tuple[Any, Any, Any]:
    """What follows from the edges of a map.

    Floyd, Communications of the ACM 5, 1962; among equal ways the first that is found.

    Args:
        edges: (nodes, nodes) lengths, 0 for no edge.
        starts: The node where each player begins.

    Returns:
        The next node of the shortest way from each node to each, (nodes, nodes); its length, the
        same; the nodes from each start outwards, (2, nodes), equals by number.
    """
    n = len(edges)
    far = np.where(edges > 0, edges.astype(np.int64), codes.NEVER)
    hop = np.where(edges > 0, np.arange(n)[None, :], -1)
    far[np.diag_indices(n)], hop[np.diag_indices(n)] = 0, np.arange(n)
    for middle in range(n):
        for u in range(n):
            for v in range(n):
                if far[u, middle] + far[middle, v] < far[u, v]:
                    far[u, v] = far[u, middle] + far[middle, v]
                    hop[u, v] = hop[u, middle]
    order = np.stack([np.argsort(far[start], kind="stable") for start in starts])
    return hop, far, order


def needs(readable: Mapping[str, Any]) -> dict[str, int]:
    """The structural sizes of a readable level.

    Raises:
        LevelError: the level is malformed.
    """
    _check(readable)
    return {"nodes": len(readable["nodes"])}


# ---- checks ----


def _check(readable: Any) -> None:
    if not isinstance(readable, Mapping):
        raise LevelError(f"level {readable!r:.60}: expected an object with {', '.join(_KEYS)}")
    _check_keys("level", readable, _KEYS)
    nodes = _list("nodes", readable.get("nodes"), 2, codes.NODES)
    for u, node in enumerate(nodes):
        _check_node(f"nodes[{u}]", node)
    sites = [bool(node["site"]) for node in nodes]
    count = sum(sites)
    if not 2 <= count <= codes.SITES or not all(sites[:count]):
        raise LevelError(f"nodes: expected 2 to {codes.SITES} sites, before all other nodes")
    _check_edges(readable.get("edges"), len(nodes))
    starts = _list("starts", readable.get("starts"), 2, 2)
    for p, start in enumerate(starts):
        _check_integer(f"starts[{p}]", start, 0, count - 1)
    if starts[0] == starts[1]:
        raise LevelError(f"starts = {starts}: expected two different sites")
    for p, player in enumerate(_list("players", readable.get("players"), 2, 2)):
        _check_player(f"players[{p}]", player)
    _check_integer("max_steps", readable.get("max_steps"), 1, codes.MAX_STEPS)


def _check_node(where: str, node: Any) -> None:
    if not isinstance(node, Mapping):
        raise LevelError(f"{where} = {node!r:.60}: expected {', '.join(_NODE_KEYS)}")
    _check_keys(where, node, _NODE_KEYS)
    for name, low in (("x", 0), ("y", 0), ("width", 1)):
        _check_integer(f"{where}.{name}", node.get(name), low, MOST_CELLS)
    if not isinstance(node.get("site"), bool):
        raise LevelError(f"{where}.site = {node.get('site')!r:.60}: expected true or false")


def _check_edges(edges: Any, nodes: int) -> None:
    found, reached = set(), {0}
    for j, edge in enumerate(_list("edges", edges, 1, nodes * (nodes - 1) // 2)):
        u, v, length = _list(f"edges[{j}]", edge, 3, 3)
        _check_integer(f"edges[{j}][0]", u, 0, nodes - 1)
        _check_integer(f"edges[{j}][1]", v, 0, nodes - 1)
        _check_integer(f"edges[{j}][2]", length, 1, MOST_CELLS)
        if u == v or frozenset((u, v)) in found:
            raise LevelError(f"edges[{j}] = {edge}: expected two nodes that no other edge joins")
        found.add(frozenset((u, v)))
    for _ in range(nodes):
        for pair in found:
            reached |= pair if reached & pair else set()
    if len(reached) < nodes:
        raise LevelError(f"edges: no way leads to node {min(set(range(nodes)) - reached)}")


def _check_player(where: str, player: Any) -> None:
    if not isinstance(player, Mapping):
        raise LevelError(f"{where} = {player!r:.60}: expected {', '.join(_PLAYER_KEYS)}")
    _check_keys(where, player, _PLAYER_KEYS)
    _check_integer(f"{where}.level", player.get("level"), 1, codes.LEVELS)
    if player.get("style") not in codes.STYLES:
        style = str(player.get("style"))
        raise LevelError(str(unknown_name(f"{where}.style", style, codes.STYLES)))


def _check_keys(where: str, found: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in found:
        if name not in known:
            raise LevelError(str(unknown_name(f"field of {where}", str(name), known)))


def _check_integer(where: str, value: Any, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise LevelError(f"{where} = {value!r:.60}: expected an integer from {low} to {high}")


def _list(where: str, value: Any, low: int, high: int) -> list[Any]:
    if not isinstance(value, list | tuple) or not low <= len(value) <= high:
        count = f"{low}" if low == high else f"{low} to {high}"
        raise LevelError(f"{where} = {value!r:.60}: expected a list of {count}")
    return list(value)


def _within(what: str, value: Any, low: int, high: int) -> int:
    _check_integer(what, int(value), low, high)
    return int(value)
