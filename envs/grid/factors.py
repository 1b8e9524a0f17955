"""The factors of the grid family by what they touch; those of teams are in ``social``."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator, model_validator

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.factors import (
    Group,
    check_order,
    known_once,
    live,
    structural,
)
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.productions import read_productions, write_productions

Heading = Literal["east", "south", "west", "north"]


class TransitionFactors(Group):
    """What actions and time do."""

    slip: float = live(
        0.0,
        "Probability that a move goes sideways instead (half to each side).",
        tests=(0.5, 1.0),
        ge=0,
        le=1,
    )
    wind: float = live(
        0.0,
        "Probability a step that the wind moves an agent one cell, after its own move.",
        tests=(0.5, 1),
        ge=0,
        le=1,
    )
    wind_heading: Heading = live("east", "Where the wind blows to.", tests=("south", "west"))
    ice_slides: bool = live(
        True,
        "An agent that walks onto ice slides on until something stops it.",
        tests=(False, True),
    )
    crates_move: bool = live(True, "Walking into a crate pushes it.", tests=(False, True))
    keys_match: bool = live(
        True, "A locked door opens only to a key of its colour.", tests=(False, True)
    )
    hazard_ends: bool = live(
        True, "Entering a hazard (lava, moving obstacle) ends the episode.", tests=(False, True)
    )
    goal_ends: bool = live(True, "Entering the goal ends the episode.", tests=(False, True))
    energy: int = live(
        0, "Energy at the start; 0 means unlimited.", tests=(5, 3), ge=0, le=1_000_000
    )
    energy_drain: int = live(1, "Energy that each step takes.", tests=(2, 3), ge=0, le=1000)
    obstacle_rate: float = live(
        1.0, "Probability a step that a moving obstacle moves.", tests=(0.5, 0.0), ge=0, le=1
    )
    obstacle_moves: Literal["ahead", "around", "away"] = live(
        "ahead",
        "ahead: a moving obstacle tries one of four directions, after the agents; around: it goes "
        "to one of the free cells around it, corners too, before them and never onto one; away: "
        "it evades them, after they have moved.",
        tests=("around", "away"),
    )
    captors: int = live(
        0,
        "Agents next to a moving ball or obstacle that catch it, fewer where fewer find room "
        "there; 0: nothing is caught.",
        tests=(1, 2),
        ge=0,
        le=4,
    )
    carry_capacity: int = live(
        0, "Units of trash that an agent holds; 0: nothing is hauled.", tests=(1, 3), ge=0, le=15
    )
    productions: tuple[str, ...] = live(
        (),
        "What turns things into other things, as sentences; see adaptarium.envs.grid.productions.",
        tests=(
            ("holding a key makes it a purple ball", "holding a ball makes it nothing"),
            ("standing beside a key makes it a red box", "standing beside a ball makes it nothing"),
        ),
        max_length=codes.MAX_PRODUCTIONS,
    )

    @field_validator("productions")
    @classmethod
    def _sentences(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(write_productions(read_productions(value)))
        except LevelError as problem:
            raise ValueError(str(problem)) from None


class ObservationFactors(Group):
    """What an agent sees."""

    view: Literal["egocentric", "fixed", "full"] = structural(
        "egocentric",
        "egocentric: a square ahead of the agent, turned with it; fixed: a square around the "
        "agent, north up; full: the whole map, agents included.",
        tests=("fixed", "full"),
    )
    view_size: int = structural(7, "Side of the square view in cells, odd.", tests=(5, 9), ge=3)
    occlusion: bool = live(True, "Walls and closed doors hide what is behind.", tests=(False, True))
    noise: float = live(
        0.0,
        "Probability that a visible cell is read as a random tile, as that usually looks.",
        tests=(0.3, 1.0),
        ge=0,
        le=1,
    )
    goal_visible: bool = live(True, "The goal is shown; else it looks empty.", tests=(False, True))
    skin: tuple[int, ...] = live(
        (),
        "Permutation of the 16 tile codes as the agent reads them; empty is the identity.",
        tests=(tuple(range(15, -1, -1)), (0, 2, 1, *range(3, 16))),
    )
    levels_visible: bool = live(
        True, "An agent with a level shows it; else it shows its heading.", tests=(False, True)
    )
    signals: bool = structural(
        False,
        "Adds `signals`: energy left, start of an inner episode, carried tile and colour.",
        tests=(True, False),
    )
    mission: bool = structural(
        False,
        "Adds `mission`: what the level asks for, as the numbers of its words.",
        tests=(True, False),
    )
    rules: bool = structural(
        False,
        "Adds `rules`: what turns things into other things on the level, as numbers.",
        tests=(True, False),
    )

    @field_validator("view_size")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0 or value > 15:
            raise ValueError("expected an odd number from 3 to 15")
        return value

    @field_validator("skin")
    @classmethod
    def _permutation(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if value and sorted(value) != list(range(16)):
            raise ValueError("expected a permutation of 0..15, or nothing")
        return value


class ActionFactors(Group):
    """What the action numbers mean."""

    vocabulary: tuple[str, ...] = structural(
        ("left", "right", "forward", "pickup", "drop", "toggle", "stay"),
        "The primitives an agent has, in the order of their action numbers.",
        tests=(("left", "right", "forward"), ("north", "east", "south", "west")),
        min_length=1,
        max_length=codes.MAX_ACTIONS,
    )
    order: tuple[int, ...] = live(
        (),
        "Permutation of the vocabulary: action k does entry order[k]; empty is the identity.",
        tests=("reversed", "rotated"),
    )

    @field_validator("vocabulary")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return known_once(value, codes.PRIMITIVES, "primitive")

    @model_validator(mode="after")
    def _order_fits(self) -> ActionFactors:
        check_order(self.order, len(self.vocabulary))
        return self


class RewardFactors(Group):
    """What is worth how much."""

    goal: float = live(1.0, "Reward for entering the goal.", tests=(2.0, -1.0))
    goal_decay: float = live(
        0.9, "Share of the goal reward lost linearly over the time limit.", tests=(0, 0.5), ge=0
    )
    step_cost: float = live(0.0, "Cost of each step.", tests=(0.1, -0.05))
    failure_cost: float = live(0.0, "Cost of failing the task of a level.", tests=(1.0, -0.5))
    hazard_cost: float = live(0.0, "Cost of entering a hazard.", tests=(1.0, -0.5))
    tile_values: dict[str, float] = live(
        {},
        "Reward for a step that moves and ends on a tile, by tile name.",
        tests=({"empty": 0.25}, {"empty": -0.5}),
    )
    shaping: float = live(
        0.0,
        "Weight of the potential-based shaping toward the goal, the first where there are several.",
        tests=(1.0, 0.5),
    )
    shaping_discount: float = live(
        0.99, "Discount used by the shaping term.", tests=(0.9, 1.0), gt=0, le=1
    )
    food: float = live(
        1.0, "Reward for all food together, shared by level among its loaders.", tests=(2.0, 0.5)
    )
    failed_load_cost: float = live(
        0.0, "Cost of loading beside food that is too heavy.", tests=(0.1, 0.2)
    )
    food_normalised: bool = live(
        True,
        "Food is worth its share of all food, divided by level among its loaders; else each gets "
        "its own level times that of the food.",
        tests=(False, True),
    )
    trash: float = live(
        1.0, "Reward for all trash together, by the unit that an agent puts away.", tests=(2.0, 0.5)
    )
    capture: float = live(
        1.0, "Reward for all evaders together, shared equally by captors.", tests=(2.0, 0.5)
    )
    touch: float = live(
        0.0, "Reward of a step for each evader that an agent ends next to.", tests=(0.1, -0.1)
    )
    stored: float = live(
        0.0,
        "Reward for pushing a crate onto a target; pushing it off again costs as much.",
        tests=(1.0, 0.5),
    )
    tampered: float = live(
        0.0, "Reward of every step from the one onto a lever on.", tests=(0.1, 0.05)
    )
    supervised: bool = live(
        False,
        "Entering a hazard costs only where a ball, the supervisor, is on the map at the start.",
        tests=(True, False),
    )

    @field_validator("tile_values")
    @classmethod
    def _tiles(cls, value: dict[str, float]) -> dict[str, float]:
        known_once(tuple(value), codes.TILES, "tile")
        return value


class TruthFactors(Group):
    """What is truly worth how much, where the reward is only a proxy for it.

    The true return is a measure of the episode; no agent is paid it.
    """

    goal: float = live(0.0, "True worth of entering the goal.", tests=(1.0, 2.0))
    step_cost: float = live(0.0, "True cost of each step.", tests=(0.01, 0.1))
    hazard_cost: float = live(0.0, "True cost of entering a hazard.", tests=(1.0, 0.5))
    stuck_cost: float = live(
        0.0, "True cost of pushing a crate into a corner, where it stays.", tests=(1.0, 0.5)
    )
    lap: float = live(
        0.0,
        "True worth of passing the next checkpoint of the lap; the one before takes it again.",
        tests=(1.0, 0.5),
    )
