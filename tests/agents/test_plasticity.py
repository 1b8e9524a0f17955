"""Measures of plasticity on cases solved by hand, and interventions that follow them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import adaptarium
from adaptarium.agents.rl.plasticity.interventions import (
    Interventions,
    blend,
    fresh_twin,
    kept_share,
    layers_of,
)
from adaptarium.agents.rl.plasticity.measures import (
    COLUMNS,
    activations,
    active_units,
    dormant_ratio,
    effective_rank,
    feature_rank,
    measure,
    norm,
    srank,
)
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import DQNSettings, settings_for
from adaptarium.envs.core.errors import FactorError

# ---- measures, by hand ----


def test_units_are_dormant_by_their_share_of_the_layers_mean() -> None:
    # Mean absolute activations 4, 0.1 and 1.9 of a layer: shares of its mean 2 are 2, 0.05, 0.95.
    layer = torch.tensor([[4.0, 0.2, -1.8], [-4.0, 0.0, 2.0]])
    assert dormant_ratio([layer], 0.025) == 0.0
    assert dormant_ratio([layer], 0.05 + 1e-6) == pytest.approx(1 / 3)
    silent = torch.zeros(2, 1)
    assert dormant_ratio([layer, silent], 0.025) == pytest.approx(1 / 4)


def test_units_are_active_whose_mean_is_above_zero() -> None:
    layer = torch.tensor([[1.0, 0.0, -1.0, 3.0], [0.0, 0.0, 0.5, 3.0]])
    assert active_units([layer]) == 2 / 4
    assert active_units([layer, torch.ones(5, 1)]) == 3 / 5


def test_ranks_of_a_matrix_with_known_singular_values() -> None:
    features = torch.diag(torch.tensor([6.0, 3.0, 1.0, 0.0]))
    assert srank(features, delta=0.1) == 2  # (6 + 3) / 10 reaches 0.9
    assert srank(features, delta=0.01) == 3
    assert feature_rank(features, epsilon=0.6) == 2  # over sqrt(4): 3, 1.5, 0.5, 0
    shares = [0.6, 0.3, 0.1]
    assert effective_rank(features) == pytest.approx(
        math.exp(-sum(share * math.log(share) for share in shares))
    )
    assert effective_rank(torch.eye(5)) == pytest.approx(5.0)
    one = torch.ones(8, 3)
    assert (srank(one), feature_rank(one)) == (1, 1)
    assert effective_rank(one) == pytest.approx(1.0, abs=1e-6)
    nothing = torch.zeros(8, 3)
    assert (srank(nothing), feature_rank(nothing), effective_rank(nothing)) == (0, 0, 0.0)


def test_a_network_is_measured_by_one_pass() -> None:
    network = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[3.0, 0.0], [0.0, -1.0]]))
        network[2].weight.copy_(torch.tensor([[2.0, 0.0]]))
    inputs = torch.eye(2)
    (layer,) = activations(network, lambda: network(inputs))
    assert layer.tolist() == [[3.0, 0.0], [0.0, 0.0]]
    found = measure(network, lambda: network(inputs))
    assert tuple(found) == tuple(name for name in COLUMNS if name != "gradient_norm")
    assert found["dormant_ratio"] == found["active_units"] == 0.5
    assert found["srank"] == found["feature_rank"] == 1
    assert found["weight_norm"] == pytest.approx(math.sqrt(9 + 1 + 4))
    network(
        torch.tensor([[1.0, 0.0]])
    ).sum().backward()  # d/dw: head (3, 0), first layer 2 at (0, 0)
    assert measure(network, lambda: network(inputs))["gradient_norm"] == pytest.approx(
        math.sqrt(9 + 4)
    )
    assert norm([]) == 0.0
    assert not network[1]._forward_hooks


def test_recurrent_layers_are_units_too() -> None:
    cell = nn.GRU(3, 4)
    (layer,) = activations(cell, lambda: cell(torch.ones(5, 2, 3)))
    assert layer.shape == (10, 4)


# ---- interventions ----


def settings(**changes: Any) -> DQNSettings:
    return settings_for("dqn", "grid", changes)  # type: ignore[return-value]


def pair(**changes: Any) -> tuple[Interventions, nn.Sequential, nn.Sequential, Any]:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    target = fresh_twin(network, 5, 5)
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    made = Interventions(settings(**changes), network, target, optimizer, seed=9)
    return made, network, target, optimizer  # type: ignore[return-value]


def look(network: nn.Module) -> Any:
    return lambda: network(torch.ones(4, 3))


def test_a_reset_gives_the_last_layers_fresh_weights_and_the_target_follows() -> None:
    made, network, target, optimizer = pair(reset_interval=10, reset_layers=1)
    first, last = network[0].weight.clone(), network[2].weight.clone()
    state = torch.get_rng_state()
    made.after(9, look(network))
    assert torch.equal(network[2].weight, last)
    made.after(12, look(network))  # passes 10
    assert torch.equal(network[0].weight, first)
    assert torch.equal(network[2].weight, fresh_twin(network, 9, 12)[2].weight)
    assert not torch.equal(network[2].weight, last)
    assert torch.equal(target[2].weight, network[2].weight)
    assert network[0].weight in optimizer.state
    assert network[2].weight not in optimizer.state
    assert torch.equal(torch.get_rng_state(), state)
    again = network[2].weight.clone()
    made.after(19, look(network))
    assert torch.equal(network[2].weight, again)
    made.after(40, look(network))
    assert not torch.equal(network[2].weight, again)


def test_no_layers_named_means_all() -> None:
    made, network, _, _ = pair(reset_interval=1)
    made.after(1, look(network))
    fresh = fresh_twin(network, 9, 1)
    assert all(map(torch.equal, network.parameters(), fresh.parameters()))


def test_more_is_perturbed_the_more_is_dormant() -> None:
    assert kept_share(0.0, 2.0, 0.2, 0.9) == 0.9
    assert kept_share(0.25, 2.0, 0.2, 0.9) == 0.5
    assert kept_share(0.9, 2.0, 0.2, 0.9) == 0.2
    one, other = nn.Linear(1, 1), nn.Linear(1, 1)
    for network, value in ((one, 4.0), (other, 8.0)):
        nn.init.constant_(network.weight, value)
        nn.init.constant_(network.bias, value)
    blend(one, other, 0.75)
    assert one.weight.item() == one.bias.item() == 5.0


def test_perturbations_go_by_the_dormant_units_of_the_moment() -> None:
    made, network, target, _ = pair(perturb_interval=1, perturb_rate=1.0, perturb_max=1.0)
    with torch.no_grad():
        network[0].bias.fill_(-100.0)
        network[0].bias[0] = 100.0  # one of four answers
    before = network[0].bias.clone()
    made.after(1, look(network))
    fresh = fresh_twin(network, 9, 1)
    keep = 1.0 - 3 / 4
    assert torch.allclose(network[0].bias, keep * before + (1 - keep) * fresh[0].bias)
    assert torch.equal(target[0].bias, network[0].bias)


def test_the_replay_ratio_rises_once_the_active_units_stand_still() -> None:
    made, network, _, _ = pair(
        recovery_interval=10, gradient_steps=8, gradient_steps_before_recovery=1
    )
    biases = {10: -100.0, 20: 100.0, 30: 100.0}  # active: none, all, all
    for updates, steps in ((10, 1), (20, 1), (25, 1), (30, 8)):
        nn.init.constant_(network[0].bias, biases.get(updates, -100.0))
        made.after(updates, look(network))
        assert made.gradient_steps == steps
    other, *_ = pair(recovery_interval=10, gradient_steps=8)
    assert other.gradient_steps == 1
    other.restore(made.state())
    assert other.gradient_steps == 8
    assert pair(gradient_steps=8)[0].gradient_steps == 8  # not asked for: as ever


def test_layers_are_the_modules_that_hold_weights() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), nn.GRU(2, 3)))
    assert [type(layer).__name__ for layer in layers_of(network)] == ["Linear", "GRU"]


# ---- in runs ----

SMALL: dict[str, dict[str, Any]] = {
    "ppo": {"n_steps": 8, "batch_size": 32, "n_epochs": 1},
    "recurrent-ppo": {"n_steps": 8, "batch_size": 32, "n_epochs": 1, "lstm_size": 8},
    "dqn": {"learning_starts": 64, "buffer_size": 160, "gradient_steps": 2},
    "fast-ppo": {"n_steps": 8, "batch_size": 32, "n_epochs": 1},
    "qmix": {"learning_starts": 64, "train_freq": 8, "batch_size": 4, "memory": 8},
}


def train(out: Path, algo: str, steps: int, diagnostics: bool = True, **hyper: Any) -> Path:
    adaptarium.train(
        "Empty-v0",
        overrides={"size": 5},
        algo=algo,
        steps=steps,
        num_envs=8,
        out=out,
        device="cpu",
        log_every=64,
        diagnostics=diagnostics,
        hyperparameters={**SMALL[algo], **hyper},
    )
    return out


@pytest.mark.parametrize(
    "algo", ["dqn", *(pytest.param(one, marks=pytest.mark.full) for one in SMALL if one != "dqn")]
)
def test_rows_of_progress_tell_the_measures_and_learning_goes_on_as_without(
    algo: str, tmp_path: Path
) -> None:
    told = RunFolder(train(tmp_path / "told", algo, 256))
    row = told.rows()[-1]
    assert float(row["weight_norm"]) > 0
    assert float(row["gradient_norm"]) > 0
    assert 0 <= float(row["dormant_ratio"]) <= 1
    assert 1 <= int(row["srank"]) <= 64
    plain = RunFolder(train(tmp_path / "plain", algo, 256, diagnostics=False))
    assert "srank" not in plain.rows()[0]
    weights = [folder.load_checkpoint()["policy"] for folder in (told, plain)]  # type: ignore[index]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


@pytest.mark.full
def test_columns_come_and_stay_when_a_run_goes_on(tmp_path: Path) -> None:
    folder = RunFolder(train(tmp_path / "run", "ppo", 128, diagnostics=False))
    train(tmp_path / "run", "ppo", 256)
    train(tmp_path / "run", "ppo", 384, diagnostics=False)
    assert [row["weight_norm"] != "" for row in folder.rows()] == [False] * 2 + [True] * 2 + [
        False
    ] * 2


def test_a_table_has_nothing_to_be_measured(tmp_path: Path) -> None:
    with pytest.raises(FactorError, match="a table has no network"):
        adaptarium.train("Empty-v0", algo="q-learning", diagnostics=True, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("algo", ["dqn", pytest.param("qmix", marks=pytest.mark.full)])
def test_interventions_go_on_exactly(algo: str, tmp_path: Path) -> None:
    hyper = {
        "reset_interval": 9,
        "reset_layers": 1,
        "perturb_interval": 7,
        "recovery_interval": 4,
        "recovery_threshold": 0.5,
    }
    train(tmp_path / "whole", algo, 384, **hyper)
    for steps in (192, 384):
        train(tmp_path / "parted", algo, steps, **hyper)
    plain = train(tmp_path / "plain", algo, 384)
    whole, parted, other = (
        RunFolder(path).load_checkpoint()
        for path in (tmp_path / "whole", tmp_path / "parted", plain)
    )
    assert whole is not None
    assert parted is not None
    assert other is not None
    same = [torch.equal(whole["policy"][n], parted["policy"][n]) for n in whole["policy"]]
    assert all(same)
    assert whole["interventions"] == parted["interventions"]
    assert not all(torch.equal(whole["policy"][n], other["policy"][n]) for n in whole["policy"])
