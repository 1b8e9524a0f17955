"""The PettingZoo face in turns: a wrong action is refused at once and changes nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pettingzoo
import pytest
from pettingzoo.utils.conversions import aec_to_parallel

from adaptarium.envs.core.errors import ActionError, FactorError, ResetNeededError
from adaptarium.envs.core.parallel import ParallelFace
from adaptarium.envs.core.world import World

STAY, WEST = 0, 3
EXIT: dict[str, Any] = {
    "id": "Team-v0",
    "family": "grid",
    "preset": "foraging",
    "levels": {
        "records": [
            {
                "map": ["G...1"],
                "agents": [[1, 0, "east", 1], [3, 0, "east", 1]],
                "max_steps": 20,
            }
        ]
    },
}


def made() -> Any:
    return pettingzoo.make("aec", "adaptarium/Foraging-v0")


@pytest.mark.parametrize("wrong", [99, -1, 1.5, float("nan"), "north", None, [0], [[0], [0, 1]]])
def test_a_wrong_action_is_refused_in_its_agent_s_turn(wrong: Any) -> None:
    env, twin = made(), made()
    for one in (env, twin):
        one.reset(seed=0)
    agents = list(env.agents)
    for agent in agents * 3:
        assert env.agent_selection == agent
        with pytest.raises(ActionError, match=f"^{agent}: action"):
            env.step(wrong)
        assert env.agent_selection == agent
        for one in (env, twin):
            one.step(STAY)
    assert env.unwrapped.save_state() == twin.unwrapped.save_state()
    assert env.rewards == twin.rewards


def test_the_refusal_names_the_value_and_the_nearest() -> None:
    env = made()
    env.reset(seed=0)
    with pytest.raises(ActionError, match=r"player_0: action 99: .* 0 to 5; the nearest .* is 5"):
        env.step(99)
    with pytest.raises(ActionError, match=r"player_0: action nan: expected integers from 0 to 5"):
        env.step(np.nan)


def test_an_agent_that_is_out_steps_with_none_alone() -> None:
    env = World.from_data(EXIT).aec()
    env.reset(seed=0)
    env.step(WEST)
    env.step(STAY)
    assert env.agent_selection == "player_0"
    assert env.terminations["player_0"]
    with pytest.raises(ActionError, match="player_0: action 3: expected None"):
        env.step(WEST)
    env.step(None)
    assert env.agents == ["player_1"]
    env.step(STAY)
    assert env.agent_selection == "player_1"


def test_nothing_is_played_before_a_reset() -> None:
    env = made()
    acts = (lambda: env.step(0), lambda: env.observe("player_0"), env.state, env.render)
    for act in acts:
        with pytest.raises(ResetNeededError, match="before reset; call reset"):
            act()
    with pytest.raises(FactorError, match="seed"):
        env.reset(seed=-1)
    with pytest.raises(ResetNeededError, match="before reset; call reset"):
        env.step(0)


def test_it_is_refused_without_assertions_too() -> None:
    source = (
        "import adaptarium, pettingzoo\n"
        "from adaptarium.envs.core.errors import ResetNeededError\n"
        "try:\n    pettingzoo.make('aec', 'adaptarium/Foraging-v0').step(0)\n"
        "except ResetNeededError:\n    print('refused')\n"
    )
    told = subprocess.run(
        [sys.executable, "-O", "-c", source], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "refused"


def test_it_turns_back_into_the_parallel_face() -> None:
    env = made()
    assert isinstance(aec_to_parallel(env), ParallelFace)
    assert str(env) == "Foraging-v0"
