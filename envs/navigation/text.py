"""The text face of navigation: description, its inverse, and actions in words or numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.answers import Invalid, parse_vector, vector_grammar
from adaptarium.envs.core.world import World
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.housetext import rebuilt_house, told_house
from adaptarium.envs.navigation.layout import SIGNALS, TASK_WIDTH
from adaptarium.envs.navigation.manual import choices, components, has_wheels, manual
from adaptarium.envs.navigation.rules import Rules, ray_angles
from adaptarium.envs.navigation.wording import after, digits, floats

Observation = Mapping[str, Any]
Numbers = npt.NDArray[Any]

_SYNONYMS = {
    "nothing": "stay",
    "wait": "stay",
    "stop": "stay",
    "up": "north",
    "down": "south",
    "ahead": "forward",
    "straight": "forward",
    "backward": "back",
    "reverse": "back",
}
_RAYS, _COMPASS, _ODOMETRY = "Rays: ", "Goal: ", "Odometry: "
_POSITION, _SIGNALS, _LANDMARKS, _OTHERS = "Position: ", "Signals: ", "Items: ", "Others: "
_TASKS, _SKILLS = "Tasks: ", "You: "
_SIDES = (
    *("ahead", "ahead right", "right", "behind right"),
    *("behind", "behind left", "left", "ahead left"),
)
_WINDS = ("east", "southeast", "south", "southwest", "west", "northwest", "north", "northeast")


class Text:
    """A map in words, as its sensors give it.

    Args:
        world: The world; a shifted one is described by a new ``Text``.
    """

    def __init__(self, world: World) -> None:
        rules = world.rules
        if not isinstance(rules, Rules):
            raise TypeError(f"{world.id}: expected the rules of the navigation family")
        self.world = world
        self._choices = choices(rules)
        self._parts = components(rules)
        self._angles = _angles(rules)
        self._names = _SIDES if has_wheels(rules) else _WINDS

    def manual(self) -> str:
        """The world completely: goal, actions, view, dynamics, rewards, time, every factor."""
        return manual(self.world)

    def menu(self) -> list[str]:
        """The actions that have names."""
        return list(self._choices)

    def grammar(self) -> str:
        """What a valid answer looks like."""
        return vector_grammar(self.menu(), self._parts)

    def parse(self, text: object) -> npt.NDArray[np.float32] | Invalid:
        """The action that ``text`` names, by a word or in numbers, or why there is none."""
        return parse_vector(text, self._choices, self._parts, _SYNONYMS)

    def describe(self, observation: Observation, agent: int = 0) -> str:
        """The observation in words, complete: :meth:`rebuild` gives the arrays back.

        Args:
            observation: As ``layout.observation_space`` says.
            agent: The seat; all see alike.
        """
        return "\n".join(self._lines(observation))

    def _lines(self, seen: Observation) -> Iterator[str]:
        if "rays" in seen:
            yield f"{_RAYS}{'; '.join(self._told_rays(seen))}."
        if "compass" in seen:
            ahead, right, distance = digits(seen["compass"])
            where = self._side(math.atan2(seen["compass"][1], seen["compass"][0]))
            yield f"{_COMPASS}{where}, direction {ahead} {right}, distance {distance} m."
        if "odometry" in seen:
            ahead, right, east, south = digits(seen["odometry"])
            yield f"{_ODOMETRY}velocity {ahead} {right} m/s, heading {east} {south}."
        if "position" in seen:
            east, south = digits(seen["position"])
            yield f"{_POSITION}{east} {south} m."
        if "signals" in seen:
            told = zip(SIGNALS, digits(seen["signals"]), strict=True)
            yield f"{_SIGNALS}{', '.join(f'{name} {value}' for name, value in told)}."
        if "landmarks" in seen:
            yield f"{_LANDMARKS}{'; '.join(self._told_places(seen['landmarks'], 2))}."
        if "teammates" in seen:
            yield f"{_OTHERS}{'; '.join(self._told_places(seen['teammates'], 4))}."
        if "tasks" in seen:
            yield f"{_TASKS}{'; '.join(self._told_tasks(seen['tasks']))}."
        if "skills" in seen:
            cost, *skills, busy = digits(seen["skills"])
            yield f"{_SKILLS}cost {cost}, skills {' '.join(skills)}, busy for {busy} steps."
        yield from told_house(seen, self._side)

    def _told_rays(self, seen: Observation) -> Iterator[str]:
        """``wall 1.2 m ahead``; what a ray meets is told where that is seen."""
        hits = seen.get("hits")
        for j, value in enumerate(digits(seen["rays"])):
            what = f"{codes.HITS[int(hits[j])]} " if hits is not None else ""
            angle = self._angles[j] if j < len(self._angles) else 0.0
            degrees = round(math.degrees(angle)) % 360
            yield f"{what}{value} m {self._side(angle)} ({degrees} degrees)"

    def _told_places(self, numbers: Any, width: int) -> Iterator[str]:
        for row in np.asarray(numbers, np.float32).reshape(-1, width):
            told = digits(row)
            moving = f" moving {told[2]} {told[3]} m/s" if width == 4 else ""
            where = self._side(math.atan2(row[1], row[0]))
            yield f"{where} at {told[0]} {told[1]} m{moving}"

    def _told_tasks(self, numbers: Any) -> Iterator[str]:
        for row in np.asarray(numbers, np.float32).reshape(-1, TASK_WIDTH):
            ahead, right, worth, *skills = digits(row)
            if not row.any():
                yield "none open"
                continue
            needs, offered = skills[: codes.SKILLS], skills[codes.SKILLS :]
            where = self._side(math.atan2(row[1], row[0]))
            yield (
                f"{where} at {ahead} {right} m, worth {worth}, takes {' '.join(needs)}, "
                f"on offer {' '.join(offered)}"
            )

    def _side(self, angle: float) -> str:
        """The nearest of eight directions to an angle from ahead, clockwise."""
        return self._names[round(angle / (math.pi / 4)) % 8]

    def rebuild(self, text: str) -> dict[str, Any]:
        """The observation arrays that :meth:`describe` put into ``text``, bit for bit.

        Raises:
            ValueError: ``text`` holds no complete description.
        """
        lines = text.splitlines()
        found: dict[str, Any] = {}
        if told := after(lines, _RAYS):
            rays = [part.split(" m ")[0].split(" ") for part in told.split("; ")]
            found["rays"] = floats(words[-1] for words in rays)
            if len(rays[0]) == 2:
                found["hits"] = np.array([codes.HITS.index(words[0]) for words in rays], np.uint8)
        if told := after(lines, _COMPASS):
            words = told.replace(",", "").split(" ")
            found["compass"] = floats((words[-5], words[-4], words[-2]))
        if told := after(lines, _ODOMETRY):
            words = told.replace(",", "").split(" ")
            found["odometry"] = floats((words[1], words[2], words[5], words[6]))
        if told := after(lines, _POSITION):
            found["position"] = floats(told.split(" ")[:2])
        if told := after(lines, _SIGNALS):
            found["signals"] = floats(part.rsplit(" ", 1)[1] for part in told.split(", "))
        for name, start in (("landmarks", _LANDMARKS), ("teammates", _OTHERS)):
            if told := after(lines, start):
                found[name] = floats(number for part in told.split("; ") for number in _of(part))
        if told := after(lines, _TASKS):
            found["tasks"] = floats(n for part in told.split("; ") for n in _of_task(part))
        if told := after(lines, _SKILLS):
            words = told.replace(",", "").split(" ")
            found["skills"] = floats((words[1], *words[3 : 3 + codes.SKILLS], words[-2]))
        found |= rebuilt_house(lines)
        if not found:
            raise ValueError("the text holds no description of a view")
        return found


def _of(part: str) -> list[str]:
    """The numbers of a place: behind ``at``, and behind ``moving`` where there are any."""
    words = part.split(" ")
    at = words.index("at")
    numbers = words[at + 1 : at + 3]
    return numbers + words[at + 5 : at + 7] if "moving" in words else numbers


def _of_task(part: str) -> list[str]:
    """The numbers of a task, in the order of the observation."""
    if part == "none open":
        return ["0"] * TASK_WIDTH
    words = part.replace(",", "").split(" ")
    at, takes, offer = (words.index(word) + 1 for word in ("at", "takes", "offer"))
    worth = words[words.index("worth") + 1]
    skills = words[takes : takes + codes.SKILLS] + words[offer : offer + codes.SKILLS]
    return [*words[at : at + 2], worth, *skills]


def _angles(rules: Rules) -> list[float]:
    first, between = ray_angles(rules.observation)
    return [first + j * between for j in range(rules.observation.rays)]
