"""The text face of the grid family: manual, description, its inverse, and the action menu."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.answers import Invalid, parse_choice
from adaptarium.envs.core.world import World
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.manual import manual
from adaptarium.envs.grid.missions import decode, encode
from adaptarium.envs.grid.phrases import NOTHING, YOU, Triple, glyphs, phrase, triple_of
from adaptarium.envs.grid.productions import decoded, encoded, read_productions, write_productions
from adaptarium.envs.grid.rules import shows_levels

Observation = Mapping[str, Any]

SYNONYMS = {
    "turn left": "left",
    "rotate left": "left",
    "turn right": "right",
    "rotate right": "right",
    "ahead": "forward",
    "straight": "forward",
    "move forward": "forward",
    "go forward": "forward",
    "pick": "pickup",
    "pick up": "pickup",
    "grab": "pickup",
    "put down": "drop",
    "open": "toggle",
    "close": "toggle",
    "unlock": "toggle",
    "use": "toggle",
    "wait": "stay",
    "noop": "stay",
    "no op": "stay",
    "done": "stay",
    "nothing": "stay",
    "e": "east",
    "s": "south",
    "w": "west",
    "n": "north",
    "up": "north",
    "down": "south",
    "collect": "load",
    "putdown": "drop",
    "fine": "zap",
    "punish": "zap",
}
# What is not worth a line of its own beside the map.
_SCENERY = {codes.UNSEEN, codes.EMPTY, codes.WALL, codes.FLOOR, codes.LAVA, codes.ICE, codes.START}
_BIN = (codes.FLOOR, codes.YELLOW, 0)
# What a skin may swap: names of things, and the signs of those that always have the same one.
NAMES = ("door", "key", "ball", "box", "goal", "lava", "crate", "ice", "food", "obstacle")
SYMBOLS = (".", "#", "_", "~", "=")
_SIGNAL_NAMES = ("energy", "start", "carried tile", "carried colour")
_CARRY_SCALE = (16.0, 8.0)  # envs/grid/kernels/observe.py: carried tile / 16, carried colour / 8


class Text:
    """A grid world in words.

    Args:
        world: The world; a shifted one is described by a new ``Text``.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._view: str = world.rules.observation.view  # type: ignore[attr-defined]
        self._levels = shows_levels(world.rules)

    def manual(self) -> str:
        """The world completely: goal, tiles, actions, view, every factor, rewards, time."""
        return manual(self.world)

    def menu(self) -> list[str]:
        """The names of the actions, in the order of their numbers."""
        return list(self.world.rules.action.vocabulary)  # type: ignore[attr-defined]

    def parse(self, text: object) -> int | Invalid:
        """The action that ``text`` names, or why it names none; never raises."""
        return parse_choice(text, self.menu(), SYNONYMS)

    def describe(self, observation: Observation, agent: int = 0) -> str:
        """One agent's observation in words, complete: :meth:`rebuild` gives the arrays back.

        Args:
            observation: ``image`` (columns, rows, 3) uint8, ``direction``, and ``signals`` (4,)
                float32, ``mission`` (20,) and ``rules`` (56,) uint8 where the world has them.
            agent: The seat that sees it; it is named where the map shows every agent.
        """
        image = np.asarray(observation["image"], np.uint8)
        lines = [f"You face {codes.HEADINGS[int(observation['direction'])]}."]
        lines += [*self._header(image.shape, agent), *self._map(image)]
        if "signals" in observation:
            lines += _signal_lines(np.asarray(observation["signals"], np.float32))
        if "mission" in observation:
            lines.append(f"Mission: {decode(observation['mission']) or 'none of its own'}")
        if "rules" in observation:
            rows = np.asarray(observation["rules"], np.uint8).reshape(-1, codes.RULE_PARTS)
            told = write_productions(decoded(rows))
            lines.append(f"Rules: {'; '.join(told) or 'none'}")
        return "\n".join(lines)

    def _header(self, shape: Sequence[int], agent: int) -> list[str]:
        columns, rows = shape[0], shape[1]
        if self._view == "egocentric":
            place = f"You are at {YOU} and look up the page."
        elif self._view == "fixed":
            place = "You are in the middle; north is up."
        else:
            colour = codes.COLOURS[agent % len(codes.COLOURS)]
            place = f"North is up; you are the {colour} agent, player {agent}."
        return [f"Map of {columns} columns and {rows} rows. {place}"]

    def _map(self, image: npt.NDArray[np.uint8]) -> list[str]:
        """The map, its legend, what is in hand and what is worth going to."""
        columns, rows = image.shape[:2]
        triples = {
            (c, r): tuple(int(v) for v in image[c, r]) for c in range(columns) for r in range(rows)
        }
        me = (columns // 2, rows - 1) if self._view == "egocentric" else None
        hand = triples.pop(me) if me else None
        signs: dict[Any, str] = glyphs(triples.values(), self._levels)  # type: ignore[arg-type]
        lines = [
            " ".join(signs[triples[c, r]] if (c, r) != me else YOU for c in range(columns))
            for r in range(rows)
        ]
        entries = [f"{sign} {phrase(triple, self._levels)}" for triple, sign in signs.items()]
        lines.append(f"Legend: {'; '.join(entries)}")
        if hand is not None:
            lines.append(f"In your hands: {_held(hand, self._levels)}")  # type: ignore[arg-type]
        return [*lines, *self._things(triples, (columns, rows))]

    def _things(self, triples: Mapping[Any, Any], shape: tuple[int, int]) -> list[str]:
        """Where the things of the map are, nearest first in a window."""
        things = [(at, t) for at, t in triples.items() if not _is_scenery(t) or t == _BIN]
        if self._view == "fixed":
            middle = (shape[0] // 2, shape[1] // 2)
            things = [(at, t) for at, t in things if at != middle]
        things.sort(key=lambda thing: (self._distance(thing[0], shape), thing[0]))
        if not things:
            return ["In sight: nothing of note"]
        words = [f"{phrase(t, self._levels)} ({self._place(at, shape)})" for at, t in things]
        return [f"In sight: {'; '.join(words)}"]

    def _offset(self, at: tuple[int, int], shape: tuple[int, int]) -> tuple[int, int]:
        """Columns to the right of the agent and rows ahead of it (above, where north is up)."""
        bottom = shape[1] - 1 if self._view == "egocentric" else shape[1] // 2
        return at[0] - shape[0] // 2, bottom - at[1]

    def _distance(self, at: tuple[int, int], shape: tuple[int, int]) -> int:
        if self._view == "full":
            return 0
        right, ahead = self._offset(at, shape)
        return abs(right) + abs(ahead)

    def _place(self, at: tuple[int, int], shape: tuple[int, int]) -> str:
        if self._view == "full":
            return f"column {at[0]}, row {at[1]}"
        right, ahead = self._offset(at, shape)
        egocentric = self._view == "egocentric"
        forth, back = ("ahead", "behind") if egocentric else ("north", "south")
        along, against = ("right", "left") if egocentric else ("east", "west")
        parts = [f"{abs(ahead)} {forth if ahead > 0 else back}"] if ahead else []
        parts += [f"{abs(right)} {along if right > 0 else against}"] if right else []
        return ", ".join(parts)

    def rebuild(self, text: str) -> dict[str, Any]:
        """The observation arrays that :meth:`describe` put into ``text``, bit for bit.

        Raises:
            ValueError: ``text`` holds no complete description.
        """
        lines = text.splitlines()
        start, shape = _find_map(lines)
        legend = _legend(_after(lines, "Legend: "))
        columns, rows = shape
        image = np.zeros((columns, rows, 3), np.uint8)
        for r, line in enumerate(lines[start : start + rows]):
            for c, sign in enumerate(line.split(" ")):
                if sign == YOU:
                    hand = _after(lines, "In your hands: ")
                    image[c, r] = NOTHING if hand == "nothing" else triple_of(hand)
                else:
                    image[c, r] = legend[sign]
        heading = _after(lines, "You face ").rstrip(".")
        direction = np.int64(codes.HEADINGS.index(heading))
        found: dict[str, Any] = {"image": image, "direction": direction}
        if any(line.startswith("Signals: ") for line in lines):
            found["signals"] = _signals(_after(lines, "Signals: "))
        if any(line.startswith("Mission: ") for line in lines):
            mission = _after(lines, "Mission: ")
            found["mission"] = encode("" if mission == "none of its own" else mission)
        if any(line.startswith("Rules: ") for line in lines):
            told = _after(lines, "Rules: ")
            rules = read_productions([] if told == "none" else told.split("; "))
            found["rules"] = encoded(rules)[0].ravel()
        return found


def _is_scenery(triple: Triple) -> bool:
    return triple[0] in _SCENERY and not (triple[0] == codes.FLOOR and triple[2])


def _held(triple: Triple, levels: bool) -> str:
    return "nothing" if triple == NOTHING else phrase(triple, levels)


def _signal_lines(signals: npt.NDArray[np.float32]) -> list[str]:
    """The signals with enough digits for the same float32, and in words."""
    digits = [np.format_float_positional(value, unique=True, trim="-") for value in signals]
    named = ", ".join(f"{name} {v}" for name, v in zip(_SIGNAL_NAMES, digits, strict=True))
    tile, colour = (float(v) * s for v, s in zip(signals[2:], _CARRY_SCALE, strict=True))
    carried = "nothing"
    if tile != 0 and tile.is_integer() and colour.is_integer():
        carried = phrase((int(tile), int(colour), 0))
    begun = " An inner episode begins now." if signals[1] else ""
    return [f"Signals: {named}", f"You carry {carried}.{begun}"]


def _signals(words: str) -> npt.NDArray[np.float32]:
    values = [part.rsplit(" ", 1)[1] for part in words.split(", ")]
    return np.array([np.float32(value) for value in values], np.float32)


def _after(lines: Sequence[str], start: str) -> str:
    for line in lines:
        if line.startswith(start):
            return line.removeprefix(start)
    raise ValueError(f"the text holds no line that begins with {start!r}")


def _find_map(lines: Sequence[str]) -> tuple[int, tuple[int, int]]:
    """Index of the first row of the map, and its columns and rows."""
    for at, line in enumerate(lines):
        match = re.match(r"Map of (\d+) columns and (\d+) rows\.", line)
        if match:
            return at + 1, (int(match[1]), int(match[2]))
    raise ValueError("the text holds no map: no line begins with 'Map of'")


def _legend(words: str) -> dict[str, Triple]:
    return {entry[0]: triple_of(entry[2:]) for entry in words.split("; ")}
