"""The arrays of the bandit family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.bandit import codes
from adaptarium.envs.bandit.rules import Rules, modes
from adaptarium.envs.core.layout import Layout

Structure = Mapping[str, int]
SIGNALS = ("start", "elapsed", "observations", "discount")


class State(NamedTuple):
    """What a step changes, one row a slot."""

    now: npt.NDArray[Any]  # (n, 1) NOW_DTYPE
    arms: npt.NDArray[Any]  # (n, arms) ARM_STATE_DTYPE
    coefficients: npt.NDArray[np.float64]  # (n, arms, features), as drift has turned them
    queue: npt.NDArray[Any]  # (n, queue) RESULT_DTYPE: payoffs that are not told yet, oldest first
    told: npt.NDArray[Any]  # (n, reports) RESULT_DTYPE: what the last step told
    tallies: npt.NDArray[np.float64]  # (n, arms, 2): results told of an arm, and their sum
    means: npt.NDArray[np.float64]  # (n, arms): what each pays on average now
    hidden: npt.NDArray[np.float64]  # (n, hidden): the state that pulls drive


class Levels(NamedTuple):
    """Instances, one row each."""

    head: npt.NDArray[Any]  # (k,) HEAD_DTYPE
    arms: npt.NDArray[Any]  # (k, arms) ARM_DTYPE
    coefficients: npt.NDArray[np.float64]  # (k, arms, features)
    contexts: npt.NDArray[np.float64]  # (k, contexts, features)
    recharge: npt.NDArray[np.float64]  # (k, arms, span): mean by steps since it was left
    satiation: npt.NDArray[np.float64]  # (k, arms, span): mean by pulls in a row before this one
    drive: npt.NDArray[np.float64]  # (k, arms, hidden): what a pull adds to the hidden state
    decay: npt.NDArray[np.float64]  # (k, hidden, hidden): row j makes the next number j of it
    output: npt.NDArray[np.float64]  # (k, hidden): its weights in every payoff


class Obs(NamedTuple):
    """Observations of one agent."""

    last_action: npt.NDArray[np.int64]  # (rows, 1): its number plus one, 0 for none
    feedback: npt.NDArray[np.float32]  # (rows, 1, 2 reports): arm plus one, and what it paid
    signals: npt.NDArray[np.float32]  # (rows, 1, 4), by the names of SIGNALS
    context: npt.NDArray[np.float32]  # (rows, 1, features)
    tallies: npt.NDArray[np.float32]  # (rows, 1, 2 arms): results told of an arm, their mean
    means: npt.NDArray[np.float32]  # (rows, 1, arms)


class Scratch(NamedTuple):
    """Working memory, no meaning between calls."""

    plan: npt.NDArray[Any]  # (n, 1) PLAN_DTYPE
    hidden: npt.NDArray[np.float64]  # (n, hidden): the next hidden state


NOW_DTYPE = np.dtype(
    [
        ("best", np.float64),  # the highest mean now
        ("num_arms", np.int32),
        ("last", np.int32),  # number of the last action plus one; 0 for none
        ("held", np.int32),  # arm pulled last in this inner episode; -1 for none
        ("budget", np.int32),  # extra observations left
        ("budget_total", np.int32),
        ("context", np.int32),
        ("queued", np.int32),
        ("told", np.int32),
        ("contexts", np.int32),  # how many the level has
        ("hidden", np.int32),  # numbers of the hidden state
        ("moved", np.int32),  # the last step changed means
    ],
    align=True,
)
ARM_STATE_DTYPE = np.dtype(
    [
        ("identity", np.int32),  # the arm of the level that bears this number
        ("good", np.int32),
        # 1, 2, ...: steps since it was left; -1, -2, ...: pulls in a row; counted as far as it pays
        # differently.
        ("since", np.int32),
    ],
    align=True,
)
RESULT_DTYPE = np.dtype(
    [("payoff", np.float64), ("arm", np.int32), ("due", np.int32)],  # arm plus one; 0 for none
    align=True,
)
HEAD_DTYPE = np.dtype(
    [
        ("best", np.float64),  # the highest of the arms' means
        ("num_arms", np.int32),
        ("num_contexts", np.int32),
        ("num_features", np.int32),
        ("num_hidden", np.int32),
    ],
    align=True,
)
ARM_DTYPE = np.dtype(
    [
        ("mean", np.float64),
        ("low", np.float64),  # mean in the bad state
        ("up", np.float64),  # probability a step of leaving the bad state
        ("down", np.float64),  # probability a step of leaving the good state
        ("spread", np.float64),  # of gaussian noise
        ("good", np.int32),  # the state at the start
        ("num_recharge", np.int32),
        ("num_satiation", np.int32),
    ],
    align=True,
)
PLAN_DTYPE = np.dtype(
    [
        ("payoff", np.float64),
        ("watched", np.float64),
        ("arm", np.int32),  # pulled; -1 for none
        ("watch", np.int32),
        ("declared", np.int32),
    ],
    align=True,
)
METRICS_DTYPE = np.dtype(
    [
        ("regret", np.float64),  # sum of (mean of the best arm - mean of the pulled arm) by step
        ("success", np.int32),  # declared right; else: most pulls were of the best arm
        ("pulls", np.int32),
        ("best_pulls", np.int32),
        ("switches", np.int32),
    ],
    align=True,
)


def structure(rules: Rules, needs: Structure) -> dict[str, int]:
    """The structural sizes of a world.

    Args:
        rules: Its factors.
        needs: ``arms``, ``features``, ``contexts``, ``span``, ``hidden`` its levels may have.
    """
    return {
        **{name: needs[name] for name in ("arms", "features", "contexts", "span", "hidden")},
        "modes": modes(rules),
        "queue": rules.feedback.delay + rules.feedback.batch,
        "watch": int(rules.action.watch),
        "memory": int(rules.trial.memory != "none"),
        "reveal": int(rules.observation.reveal),
    }


def layout(sizes: Structure) -> Layout:
    """The arrays for these structural sizes."""
    arms = sizes["arms"]
    features, contexts, span = (max(sizes[name], 1) for name in ("features", "contexts", "span"))
    hidden = max(sizes["hidden"], 1)
    reports = sizes["queue"] + sizes["watch"]
    state = {
        "now": (NOW_DTYPE, (1,)),
        "arms": (ARM_STATE_DTYPE, (arms,)),
        "coefficients": (np.float64, (arms, features)),
        "queue": (RESULT_DTYPE, (sizes["queue"],)),
        "told": (RESULT_DTYPE, (reports,)),
        "tallies": (np.float64, (arms, 2)),
        "means": (np.float64, (arms,)),
        "hidden": (np.float64, (hidden,)),
    }
    levels = {
        "head": (HEAD_DTYPE, ()),
        "arms": (ARM_DTYPE, (arms,)),
        "coefficients": (np.float64, (arms, features)),
        "contexts": (np.float64, (contexts, features)),
        "recharge": (np.float64, (arms, span)),
        "satiation": (np.float64, (arms, span)),
        "drive": (np.float64, (arms, hidden)),
        "decay": (np.float64, (hidden, hidden)),
        "output": (np.float64, (hidden,)),
    }
    obs = {
        "last_action": (np.int64, ()),
        "feedback": (np.float32, (2 * reports,)),
        "signals": (np.float32, (len(SIGNALS),)),
        "context": (np.float32, (features,)),
        # One row where nobody sees them: looking writes every row.
        "tallies": (np.float32, (2 * arms if sizes["memory"] else 2,)),
        "means": (np.float32, (arms if sizes["reveal"] else 1,)),
    }
    return Layout(
        num_agents=1,
        num_actions=arms * sizes["modes"],
        action=(np.int32, ()),
        state=(State, state),
        levels=(Levels, levels),
        obs=(Obs, obs),
        scratch=(Scratch, {"plan": (PLAN_DTYPE, (1,)), "hidden": (np.float64, (hidden,))}),
        metrics=METRICS_DTYPE,
    )


def observation_space(sizes: Structure) -> spaces.Dict:
    """The observation space.

    ``last_action``: its number plus one; ``feedback``: (2 reports,) float32, a pair for each payoff
    that the last step told: arm plus one, and what it paid; ``signals``: (4,) float32 in
    [0, 1]: no step yet in this inner episode, share of its time gone, share of the extra
    observations left, discount to put on what follows. Where the world has them: ``context``
    (features,), ``tallies`` (2 arms,): results told of each arm and their mean, ``means`` (arms,).
    """
    arms, limit = sizes["arms"], codes.PAYOFF_LIMIT
    reports = sizes["queue"] + sizes["watch"]
    parts: dict[str, spaces.Space[Any]] = {
        "last_action": spaces.Discrete(arms * sizes["modes"] + 1),
        "feedback": _pairs(reports, (0, arms), (-limit, limit)),
        "signals": spaces.Box(0.0, 1.0, (len(SIGNALS),), np.float32),
    }
    if sizes["features"]:
        bound = codes.MAX_COEFFICIENT
        parts["context"] = spaces.Box(-bound, bound, (sizes["features"],), np.float32)
    if sizes["memory"]:
        parts["tallies"] = _pairs(arms, (0, 1e9), (-limit, limit))
    if sizes["reveal"]:
        parts["means"] = spaces.Box(-limit, limit, (arms,), np.float32)
    return spaces.Dict(parts)


def _pairs(count: int, *bounds: tuple[float, float]) -> spaces.Box:
    """A flat float32 box of ``count`` pairs, with the bounds of their two numbers."""
    low, high = (np.tile(np.array(end, np.float32), count) for end in zip(*bounds, strict=True))
    return spaces.Box(low, high, dtype=np.float32)


def action_space(sizes: Structure) -> spaces.Discrete:
    """The action space: for each arm to pull it, then to watch and to declare it."""
    return spaces.Discrete(sizes["arms"] * sizes["modes"])


def masked(rules: Rules, sizes: Structure) -> bool:
    """Whether some action can be invalid: watching, and arms that a level lacks."""
    return rules.action.watch or modes(rules) < sizes["modes"]


def public_observation(obs: Obs, sizes: Structure) -> dict[str, npt.NDArray[Any]]:
    """The observation buffers as users see them, (rows, 1, ...): views, no copies."""
    views: dict[str, npt.NDArray[Any]] = {
        "last_action": obs.last_action,
        "feedback": obs.feedback,
        "signals": obs.signals,
    }
    for name, size in (("context", "features"), ("tallies", "memory"), ("means", "reveal")):
        if sizes[size]:
            views[name] = getattr(obs, name)
    return views
