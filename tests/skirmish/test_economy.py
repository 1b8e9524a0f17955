"""The economy against the known figures of the game.

Sources: "Comprehensive LotV production spreadsheet" (tl.net, thread 501306) for rates; published
opening orders as named below.
"""

from __future__ import annotations

import pytest
from skirmish_scenes import ALONE, action, match, order, put, seconds, wait

from adaptarium.envs.skirmish import codes

MINERALS, GAS = "minerals", "gas"


def income(workers: int, refineries: int = 0) -> tuple[float, float]:
    """Minerals and gas of one base in a minute."""
    batch = match(ALONE, players__level=1)
    put(batch, 0, 0, {"artificer": workers - 12, "well": refineries})
    wait(batch, 5)  # the workers go where they belong
    me = batch.w.state.players[0, 0]
    before = int(me[MINERALS]), int(me[GAS])
    wait(batch, 65)
    return (me[MINERALS] - before[0]) / codes.MILLI, (me[GAS] - before[1]) / codes.MILLI


def test_the_start_is_that_of_the_game() -> None:
    batch = match()
    for p in range(codes.PLAYERS):
        me = batch.w.state.players[0, p]
        assert me[MINERALS] == 50 * codes.MILLI
        assert me["workers"] == 12
    assert batch.w.state.players["supply_cap"].tolist() == [[30, 28]]  # halves: 15 and 14


@pytest.mark.parametrize(
    ("workers", "low", "high"),
    [(1, 58, 60), (8, 464, 480), (16, 900, 1000), (24, 1087, 1201)],
)
def test_minerals_a_minute(workers: int, low: float, high: float) -> None:
    minerals, gas = income(workers)
    assert low <= minerals <= high
    assert gas == 0


def test_gas_a_minute_of_three_workers() -> None:
    _, gas = income(19, 1)
    assert gas == pytest.approx(160, rel=0.05)


def test_a_base_is_mined_out() -> None:
    batch = match(ALONE, players__level=1, transition__mining=200, transition__time_limit=7200)
    field, me = batch.w.state.sites[0, 0], batch.w.state.players[0, 0]
    while seconds(batch) < 700 and field["near"] + field["far"] > 0:
        wait(batch, seconds(batch) + 5)
    wait(batch, seconds(batch) + 5)
    # Four patches of 1800 and four of 900; the last load may be larger than what is left.
    assert me["minerals"] / codes.MILLI == pytest.approx(50 + 10_800, rel=0.03)
    assert me["income_minerals"] == 0


def test_an_energy_boost_saves_half_of_its_time() -> None:
    batch = match(ALONE, players__level=1)
    order(batch, 0, action("crystal", "artificer"))
    finish = int(batch.w.state.pending[0, 0, 0]["finish"])
    assert finish == 12
    order(batch, 0, codes.BOOST_ECONOMY)
    assert int(batch.w.state.pending[0, 0, 0]["finish"]) == finish - 12 // 3
