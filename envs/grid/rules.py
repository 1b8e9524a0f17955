"""The factors of the grid family, and their flat form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import field_validator, model_validator

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.factors import (
    EpisodeFactors,
    Group,
    RulesBase,
    check_order,
    known_once,
    live,
    structural,
)
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.productions import encoded, read_productions, write_productions
from adaptarium.envs.grid.social import (
    SOCIETY_FIELDS,
    TEAM_PRESETS,
    CommonsFactors,
    PlayerFactors,
    SanctionFactors,
    flatten_society,
)

Heading = Literal["east", "south", "west", "north"]
Structure = Mapping[str, int]


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

    @field_validator("tile_values")
    @classmethod
    def _tiles(cls, value: dict[str, float]) -> dict[str, float]:
        known_once(tuple(value), codes.TILES, "tile")
        return value


class Rules(RulesBase):
    """Every factor of a grid world."""

    transition: TransitionFactors = TransitionFactors()
    observation: ObservationFactors = ObservationFactors()
    action: ActionFactors = ActionFactors()
    reward: RewardFactors = RewardFactors()
    episode: EpisodeFactors = EpisodeFactors()
    commons: CommonsFactors = CommonsFactors()
    sanction: SanctionFactors = SanctionFactors()
    players: PlayerFactors = PlayerFactors()


PRESETS: Mapping[str, Mapping[str, Any]] = {
    # minigrid 3.2, minigrid_env.py: 7 actions, 7x7 occluded view, 1 - 0.9 * steps / limit.
    "minigrid": {},
    # The same, with the level's mission told as MiniGrid tells it.
    "minigrid_task": {"observation.mission": True},
    # gymnasium 1.4, toy_text/frozen_lake.py: left, down, right, up; no decay.
    "frozen_lake": {
        "action.vocabulary": ("west", "south", "east", "north"),
        "observation.view": "full",
        "observation.occlusion": False,
        "reward.goal_decay": 0.0,
    },
    # lbforaging: none, north, south, west, east, load.
    "foraging": {
        "action.vocabulary": ("stay", "north", "south", "west", "east", "load"),
        "observation.view": "fixed",
        "observation.occlusion": False,
        "reward.goal_decay": 0.0,
    },
    **TEAM_PRESETS,
}

RULES_DTYPE = np.dtype(
    [
        ("shaping", np.float64),
        ("shaping_discount", np.float64),
        ("slip", np.float64),
        ("wind", np.float64),
        ("obstacle_rate", np.float64),
        ("noise", np.float64),
        ("goal_decay", np.float64),
        ("step_cost", np.float64),
        ("food", np.float64),
        ("failed_load_cost", np.float64),
        ("task_reward", np.float64),
        ("failure_cost", np.float64),
        ("entry_reward", np.float64, (16,)),
        ("max_steps", np.int32),
        ("inner_episodes", np.int32),
        ("active", np.int32),
        ("wind_heading", np.int32),
        ("energy", np.int32),
        ("energy_drain", np.int32),
        ("view_kind", np.int32),
        ("view_size", np.int32),
        ("num_actions", np.int32),
        ("primitive", np.int32, (codes.MAX_ACTIONS,)),
        ("tile_ends", np.uint8, (16,)),
        ("tile_code", np.uint8, (16,)),
        ("crates_move", np.uint8),
        ("keys_match", np.uint8),
        *SOCIETY_FIELDS,
        ("num_productions", np.uint8),
        ("productions", np.uint8, (codes.MAX_PRODUCTIONS, codes.RULE_PARTS)),
        ("worths", np.int32, (codes.MAX_PRODUCTIONS,)),
    ],
    align=True,
)


def flatten(rules: Rules) -> npt.NDArray[Any]:
    """The rule record of ``rules``: shape (), ``RULES_DTYPE``."""
    flat = np.zeros((), RULES_DTYPE)
    transition, reward, observation = rules.transition, rules.reward, rules.observation
    for name in ("slip", "wind", "obstacle_rate", "energy", "energy_drain"):
        flat[name] = getattr(transition, name)
    for name in ("shaping", "shaping_discount", "goal_decay", "step_cost", "food"):
        flat[name] = getattr(reward, name)
    flat["failed_load_cost"], flat["failure_cost"] = reward.failed_load_cost, reward.failure_cost
    flat["task_reward"] = reward.goal
    flat["crates_move"], flat["keys_match"] = transition.crates_move, transition.keys_match
    flat["wind_heading"] = codes.HEADINGS.index(transition.wind_heading)
    flat["max_steps"] = rules.episode.max_steps
    flat["inner_episodes"] = rules.episode.inner_episodes
    flat["noise"] = observation.noise
    flat["view_kind"] = codes.VIEWS.index(observation.view)
    flat["view_size"] = observation.view_size
    _flatten_actions(flat, rules.action)
    _flatten_tiles(flat, rules)
    flatten_society(flat, rules)
    _flatten_productions(flat, transition)
    flat["active"] = _active(rules)
    return flat


def shows_levels(rules: RulesBase) -> bool:
    """Whether an agent's state is its level, not its heading."""
    if not isinstance(rules, Rules):
        return False
    return "load" in rules.action.vocabulary and rules.observation.levels_visible


def has_beams(rules: Rules) -> bool:
    """Whether agents can zap or clean."""
    return not {"zap", "clean"}.isdisjoint(rules.action.vocabulary)


def _flatten_actions(flat: npt.NDArray[Any], action: ActionFactors) -> None:
    order = action.order or range(len(action.vocabulary))
    flat["num_actions"] = len(action.vocabulary)
    flat["primitive"] = codes.P_STAY
    for number, entry in enumerate(order):
        flat["primitive"][number] = codes.PRIMITIVES.index(action.vocabulary[entry])


def _flatten_tiles(flat: npt.NDArray[Any], rules: Rules) -> None:
    transition, reward = rules.transition, rules.reward
    entry, ends = flat["entry_reward"], flat["tile_ends"]
    entry[codes.GOAL] = reward.goal
    entry[[codes.LAVA, codes.OBSTACLE]] = -reward.hazard_cost
    for name, value in reward.tile_values.items():
        entry[codes.TILES.index(name)] += value
    ends[codes.GOAL] = transition.goal_ends
    ends[[codes.LAVA, codes.OBSTACLE]] = transition.hazard_ends
    flat["tile_code"] = rules.observation.skin or range(16)
    if not rules.observation.goal_visible:
        flat["tile_code"][codes.GOAL] = flat["tile_code"][codes.EMPTY]


def _flatten_productions(flat: npt.NDArray[Any], transition: TransitionFactors) -> None:
    found = read_productions(transition.productions)
    flat["num_productions"] = len(found)
    flat["productions"], flat["worths"] = encoded(found)


def _active(rules: Rules) -> int:
    """The mechanics in use, as bits."""
    transition, observation = rules.transition, rules.observation
    moves = transition.obstacle_moves if transition.obstacle_rate > 0 else ""
    loads = "load" in rules.action.vocabulary
    commons, hauls = bool(rules.commons.regrowth), transition.carry_capacity > 0
    beams = has_beams(rules)
    uses = {
        codes.USES_SLIP: transition.slip > 0,
        codes.USES_WIND: transition.wind > 0,
        codes.USES_ICE: transition.ice_slides,
        codes.USES_ENERGY: transition.energy > 0,
        codes.USES_MOVERS: moves == "ahead",
        codes.USES_WANDERERS: moves == "around",
        codes.USES_EVADERS: moves == "away",
        codes.USES_SHAPING: rules.reward.shaping != 0,
        codes.USES_NOISE: observation.noise > 0,
        codes.USES_SKIN: bool(observation.skin) or not observation.goal_visible,
        codes.USES_LOAD: loads,
        codes.USES_SIGNALS: observation.signals,
        codes.USES_OCCLUSION: observation.occlusion,
        codes.USES_MISSION: observation.mission,
        codes.USES_CAPTURE: transition.captors > 0,
        codes.USES_HAUL: hauls,
        codes.USES_REGROWTH: commons,
        codes.USES_BEAMS: beams,
        codes.USES_PARTNERS: rules.players.outside < codes.MAX_SEATS,
        codes.USES_SOCIETY: loads or commons or hauls or transition.captors > 0 or beams,
        codes.USES_PRODUCTIONS: bool(transition.productions),
        codes.USES_RULES: observation.rules,
    }
    return sum(bit for bit, used in uses.items() if used)
