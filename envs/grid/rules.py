"""The factors of the grid family, and their flat form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.factors import (
    EpisodeFactors,
    RulesBase,
)
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.factors import (
    ActionFactors,
    ObservationFactors,
    RewardFactors,
    TransitionFactors,
    TruthFactors,
)
from adaptarium.envs.grid.productions import encoded, read_productions
from adaptarium.envs.grid.social import (
    SOCIETY_FIELDS,
    TEAM_PRESETS,
    CommonsFactors,
    PlayerFactors,
    SanctionFactors,
    flatten_society,
)

Structure = Mapping[str, int]


class Rules(RulesBase):
    """Every factor of a grid world."""

    transition: TransitionFactors = TransitionFactors()
    observation: ObservationFactors = ObservationFactors()
    action: ActionFactors = ActionFactors()
    reward: RewardFactors = RewardFactors()
    truth: TruthFactors = TruthFactors()
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
    # gym-sokoban, sokoban_env.py: moves that push; -0.1 a step, 1 a crate stored, 10 for the last.
    "sokoban": {
        "action.vocabulary": ("north", "south", "west", "east"),
        "observation.view": "full",
        "observation.occlusion": False,
        "reward.goal": 10.0,
        "reward.goal_decay": 0.0,
        "reward.stored": 1.0,
        "reward.step_cost": 0.1,
    },
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
        ("stored", np.float64),
        ("tampered", np.float64),
        ("true_goal", np.float64),
        ("true_step_cost", np.float64),
        ("true_hazard_cost", np.float64),
        ("true_stuck_cost", np.float64),
        ("true_lap", np.float64),
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
        ("supervised", np.uint8),
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
    for name in ("stored", "tampered", "supervised"):
        flat[name] = getattr(reward, name)
    for name in ("goal", "step_cost", "hazard_cost", "stuck_cost", "lap"):
        flat[f"true_{name}"] = getattr(rules.truth, name)
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


def has_truth(rules: RulesBase) -> bool:
    """Whether the world tells a true return apart from the paid one."""
    return isinstance(rules, Rules) and rules.truth != TruthFactors()


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
        codes.USES_TAMPERING: rules.reward.tampered != 0,
        codes.USES_TRUTH: has_truth(rules),
        codes.USES_PRODUCTIONS: bool(transition.productions),
        codes.USES_RULES: observation.rules,
    }
    return sum(bit for bit, used in uses.items() if used)
