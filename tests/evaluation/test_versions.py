"""A cell that was played by what has changed since is not taken for one of today."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core import registry
from adaptarium.envs.core.errors import AgentError, FactorError, ResultsError
from adaptarium.evaluation.versions import agent_version, own_changes

SMALL: dict[str, Any] = {"episodes": 2, "split": "all", "pictures": False}


@dataclass
class Always:
    """Takes one action for ever."""

    action: int
    name: str = "Always"

    def act(self, observation: Any, info: Any) -> int:
        return self.action


def test_a_world_file_that_was_edited(tmp_path: Path) -> None:
    data = adaptarium.world("Empty-v0", size=5).to_data() | {"id": "Mine-v0"}
    world = adaptarium.world(data)
    adaptarium.evaluate(world, "random", out=tmp_path, **SMALL)
    before = (tmp_path / "results.jsonl").read_bytes()
    adaptarium.evaluate(world, "random", out=tmp_path, **SMALL)
    changed = world.override(**{"reward.step_cost": 0.5})
    with pytest.raises(ResultsError, match="from before Mine-v0 was changed; expected it as it"):
        adaptarium.evaluate(changed, "random", out=tmp_path, **SMALL)
    assert (tmp_path / "results.jsonl").read_bytes() == before


def test_the_changes_of_a_world_object_are_its_overrides(tmp_path: Path) -> None:
    small, plain = adaptarium.world("Empty-v0", size=5), adaptarium.world("Empty-v0")
    dear = small.override(**{"reward.step_cost": 0.5})
    both = adaptarium.evaluate([small, plain], "random", out=tmp_path, **SMALL)
    (third,) = adaptarium.evaluate(dear, "random", out=tmp_path, **SMALL)
    expected = [{"size": 5}, {}, {"size": 5, "reward.step_cost": 0.5}]
    assert [cell["overrides"] for cell in (*both, third)] == expected
    lines = (tmp_path / "results.jsonl").read_bytes()
    (same,) = adaptarium.evaluate(
        "Empty-v0", "random", overrides={"size": 5}, out=tmp_path, **SMALL
    )
    assert same == both[0]
    assert (tmp_path / "results.jsonl").read_bytes() == lines


@pytest.mark.parametrize("world_id", [spec.id for spec in registry.world_specs()])
def test_a_registered_world_has_no_changes_of_its_own(world_id: str) -> None:
    world = adaptarium.world(world_id)
    assert own_changes(world) == own_changes(world.override(split="test")) == {}


def test_objects_of_one_name_are_told_apart(tmp_path: Path) -> None:
    first = adaptarium.evaluate("Empty-v0", Always(2), out=tmp_path, **SMALL)
    assert adaptarium.evaluate("Empty-v0", Always(2), out=tmp_path, **SMALL) == first
    with pytest.raises(ResultsError, match="agent Always, seed 0 from before Always was changed"):
        adaptarium.evaluate("Empty-v0", Always(0), out=tmp_path, **SMALL)


def test_weights_make_a_version_and_what_cannot_be_read_does_not() -> None:
    torch = pytest.importorskip("torch")

    def version(weight: float, **other: object) -> str:
        agent = Always(0)
        agent.net = torch.nn.Linear(1, 1)  # type: ignore[attr-defined]
        torch.nn.init.constant_(agent.net.weight, weight)  # type: ignore[attr-defined]
        torch.nn.init.zeros_(agent.net.bias)  # type: ignore[attr-defined]
        agent.table = {"a": np.full(3, weight)}  # type: ignore[attr-defined]
        agent.__dict__.update(other)
        return agent_version(agent, None)

    assert version(1.0) == version(1.0) != version(2.0)
    assert version(1.0, rng=object()) == version(1.0, rng=object())


def test_a_run_that_was_trained_on(tmp_path: Path) -> None:
    run, plan = str(tmp_path / "run"), {"num_envs": 4, "overrides": {"size": 5}}
    hyper = {"n_steps": 16, "batch_size": 64}
    adaptarium.train("Empty-v0", steps=64, out=run, hyperparameters=hyper, **plan)
    asked = {**SMALL, "overrides": {"size": 5}, "out": tmp_path / "results"}
    adaptarium.evaluate("Empty-v0", run, **asked)
    adaptarium.evaluate("Empty-v0", run, **asked)
    adaptarium.train("Empty-v0", steps=128, out=run, hyperparameters=hyper, **plan)
    with pytest.raises(ResultsError, match="run was changed"):
        adaptarium.evaluate("Empty-v0", run, **asked)


def test_a_module_that_was_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    source = tmp_path / "edited_agent.py"
    text = "class Still:\n    def act(self, observation, info):\n        return 0\n"
    source.write_text(text)
    try:
        adaptarium.evaluate("Empty-v0", "edited_agent:Still", out="out", **SMALL)
        adaptarium.evaluate("Empty-v0", "edited_agent:Still", out="out", **SMALL)
        source.write_text(text.replace("0", "1"))
        with pytest.raises(ResultsError, match="edited_agent:Still was changed"):
            adaptarium.evaluate("Empty-v0", "edited_agent:Still", out="out", **SMALL)
    finally:
        sys.modules.pop("edited_agent", None)


def test_names_tell_agents_and_worlds_apart(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="two agents are called 'Always'; give objects a `name`"):
        adaptarium.evaluate("Empty-v0", [Always(2), Always(0)], out=tmp_path / "a", **SMALL)
    two = [adaptarium.world("Empty-v0", size=5) for _ in range(2)]
    with pytest.raises(FactorError, match="two worlds are called 'Empty-v0'"):
        adaptarium.evaluate(two, "random", out=tmp_path / "b", **SMALL)
    assert not list(tmp_path.iterdir())
    named = [Always(2, "ahead"), Always(0, "around")]
    cells = adaptarium.evaluate("Empty-v0", named, out=tmp_path / "c", **SMALL)
    assert [cell["agent"] for cell in cells] == ["ahead", "around"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise RuntimeError('no weights')", "RuntimeError: no weights"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("{}['a']", "KeyError: 'a'"),
    ],
)
def test_a_factory_that_fails_is_named(
    body: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "broken_agent.py").write_text(f"def make():\n    {body}\n")
    (tmp_path / "broken_module.py").write_text("def make(:\n")
    try:
        with pytest.raises(AgentError, match=f"agent 'broken_agent:make': {told}"):
            adaptarium.evaluate("Empty-v0", "broken_agent:make", out=tmp_path / "out", **SMALL)
        with pytest.raises(AgentError, match="agent 'broken_module:make': SyntaxError"):
            adaptarium.evaluate("Empty-v0", "broken_module:make", out=tmp_path / "out", **SMALL)
    finally:
        sys.modules.pop("broken_agent", None)
    assert not (tmp_path / "out").exists()


class Masked(gym.Env[Any, Any]):
    """Three actions, of which the last is never valid; masks are bool, as sb3-contrib has them."""

    observation_space, action_space = gym.spaces.Discrete(2), gym.spaces.Discrete(3)

    told = {"action_mask": np.array([True, True, False])}

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.left = 5
        return 0, self.told

    def step(self, action: Any) -> Any:
        assert action < 2
        self.left -= 1
        return (
            0,
            float(action),
            self.left == 0,
            False,
            {"action_mask": np.array([True, True, False])},
        )


def test_masks_of_others_may_be_bool(tmp_path: Path) -> None:
    gym.register("MaskedHere-v0", Masked)
    (cell,) = adaptarium.evaluate("gym:MaskedHere-v0", "random", out=tmp_path, **SMALL)
    assert cell["agent"] == "random"
