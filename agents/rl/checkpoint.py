"""Everything a learner needs to go on exactly where it was, as tensors and plain values.

A checkpoint is taken between two rollouts: the update is done, the next step is not yet chosen.

===============  ===============================================================================
entry            holds
===============  ===============================================================================
``policy``       weights, target networks included
``optimizer``    the optimiser's state
``counters``     steps, episodes, updates and seconds
``logged``       losses of the last update, for the next row of TensorBoard
``learner``      the library's own counters
``environment``  the batch's snapshot; the last observations are read off it again
``starts``       which rows begin an episode with the next step
``random``       states of torch's, NumPy's and the action space's generators
``memory``       recurrent learners: the LSTM states of actor and critic
``replay``       DQN: the steps remembered so far, binary observations eight to a byte
===============  ===============================================================================
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents.rl.sb3 import BatchVecEnv
from adaptarium.envs.core.errors import missing_extra

try:
    import torch
except ImportError:
    raise missing_extra("torch", "train") from None

State = dict[str, Any]

# The library's counters that decide what comes next; not every learner has all of them.
_COUNTERS = ("num_timesteps", "_n_updates", "_episode_num", "_n_calls", "exploration_rate")
_REPLAY = ("actions", "rewards", "dones", "timeouts")
_REPLAY_OBSERVATIONS = ("observations", "next_observations")


def capture(learner: Any, env: BatchVecEnv) -> State:
    """The learner's and the environment's state, without ``counters``.

    Args:
        learner: A learner of the library, between two rollouts.
        env: The environment it plays in.
    """
    state: State = {
        "policy": learner.policy.state_dict(),
        "optimizer": learner.policy.optimizer.state_dict(),
        "learner": {name: getattr(learner, name) for name in _COUNTERS if hasattr(learner, name)},
        "environment": torch.frombuffer(bytearray(env.save_state()), dtype=torch.uint8),
        "starts": torch.as_tensor(np.array(learner._last_episode_starts)),
        "random": _random_state(learner),
    }
    if hasattr(learner, "_last_lstm_states"):
        state["memory"] = [half.clone() for pair in learner._last_lstm_states for half in pair]
    if getattr(learner, "replay_buffer", None) is not None:
        state["replay"] = _replay_state(learner.replay_buffer)
    return state


def restore(learner: Any, env: BatchVecEnv, state: Mapping[str, Any]) -> None:
    """Put a fresh learner and its environment into a captured state.

    Args:
        learner: A learner of the same settings.
        env: Its environment, which need not have been reset.
        state: What :func:`capture` gave.

    Raises:
        AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError: the state does
            not fit.
    """
    learner.policy.load_state_dict(state["policy"])
    learner.policy.optimizer.load_state_dict(state["optimizer"])
    for name in _COUNTERS:
        if hasattr(learner, name):
            setattr(learner, name, state["learner"][name])
    learner._last_obs = env.restore_state(state["environment"].numpy().tobytes())
    learner._last_episode_starts = state["starts"].numpy().copy()
    if hasattr(learner, "_last_lstm_states"):
        learner._last_lstm_states = _memory(learner, state["memory"])
    if getattr(learner, "replay_buffer", None) is not None:
        _restore_replay(learner.replay_buffer, state["replay"])
    _restore_random(learner, state["random"])  # last: making the learner has drawn numbers


# ---- the parts ----


def _memory(learner: Any, halves: list[torch.Tensor]) -> Any:
    """The LSTM states as the learner keeps them: (hidden, cell) of actor and of critic."""
    present = learner._last_lstm_states
    shape = present.pi[0].shape
    if any(half.shape != shape for half in halves):
        raise ValueError(f"expected LSTM states of shape {tuple(shape)}")
    a, b, c, d = (half.to(learner.device) for half in halves)
    return type(present)((a, b), (c, d))


def _random_state(learner: Any) -> State:
    # The library draws from NumPy's global generator: its state is what has to be kept.
    numpy_state = np.random.get_state(legacy=False)  # noqa: NPY002
    state: State = {
        "torch": torch.get_rng_state(),
        "numpy_key": torch.as_tensor(numpy_state["state"]["key"].astype(np.int64)),
        "numpy_pos": int(numpy_state["state"]["pos"]),
        "numpy_gauss": (int(numpy_state["has_gauss"]), float(numpy_state["gauss"])),
        "actions": json.dumps(learner.action_space.np_random.bit_generator.state),
    }
    if learner.device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(learner.device)
    return state


def _restore_random(learner: Any, state: Mapping[str, Any]) -> None:
    key = state["numpy_key"].numpy().astype(np.uint32)
    gauss = state["numpy_gauss"]
    np.random.set_state(("MT19937", key, state["numpy_pos"], *gauss))  # noqa: NPY002
    learner.action_space.np_random.bit_generator.state = json.loads(state["actions"])
    if learner.device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], learner.device)
    torch.set_rng_state(state["torch"])


def _replay_state(replay: Any) -> State:
    filled = slice(0, replay.size())
    state: State = {"pos": replay.pos, "full": replay.full}
    for name in _REPLAY:
        state[name] = torch.as_tensor(getattr(replay, name)[filled].copy())
    for name in _REPLAY_OBSERVATIONS:
        state[name] = torch.as_tensor(_packed(replay, getattr(replay, name)[filled]))
    return state


def _restore_replay(replay: Any, state: Mapping[str, Any]) -> None:
    filled = slice(0, replay.buffer_size if state["full"] else state["pos"])
    for name in _REPLAY:
        getattr(replay, name)[filled] = state[name].numpy()
    for name in _REPLAY_OBSERVATIONS:
        getattr(replay, name)[filled] = _unpacked(replay, state[name].numpy())
    replay.pos, replay.full = state["pos"], state["full"]


def _is_binary(replay: Any) -> bool:
    space = replay.observation_space
    return bool(space.dtype == np.uint8 and space.high.max() <= 1)


def _packed(replay: Any, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.packbits(values, axis=-1) if _is_binary(replay) else values.copy()


def _unpacked(replay: Any, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if not _is_binary(replay):
        return values
    return np.unpackbits(values, axis=-1, count=replay.obs_shape[-1])
