"""The economy against the known figures of the game.

Sources: "Comprehensive LotV production spreadsheet" (tl.net, thread 501306) for rates; published
opening orders as named below.
"""

from __future__ import annotations

import pytest
from skirmish_scenes import ALONE, action, match, number, order, put, seconds, wait

from adaptarium.envs.core.batch import Batch
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


# Supply marks of published openings: Gemini, tl.net post 26418060 (Stats' opening);
# Neuro, lotv.spawningtool.com/build/55474.
OPENINGS = {
    0: [(14, "obelisk"), (16, "portal"), (16, "well"), (19, "sanctum"), (20, "core"), (21, "well")],
    1: [(13, "drifter"), (17, "hive mound"), (18, "sac"), (17, "pool")],
}


def play_opening(batch: Batch, p: int, of_race: str, worker: str) -> list[float]:
    """Workers without a pause, and the rows of an opening as soon as each can be paid."""
    marks: list[float] = []
    me, rows = batch.w.state.players[0, p], OPENINGS[p]
    while len(marks) < len(rows):
        mark, name = rows[len(marks)]
        used = me["supply_used"] / codes.SUPPLY
        due = action(of_race, name) if used >= mark else codes.WAIT
        mask = batch.masks()[0, p]
        if due and mask[due]:
            marks.append(used)
            order(batch, p, due)
        elif mask[codes.BOOST_ECONOMY] and p == 0:
            order(batch, p, codes.BOOST_ECONOMY)
        elif mask[action(of_race, worker)] and not (due and used >= mark + 1):
            order(batch, p, action(of_race, worker))
        else:
            wait(batch, seconds(batch) + 1)
        assert seconds(batch) < 180
    return marks


@pytest.mark.parametrize(("p", "of_race", "worker"), [(0, "crystal", "artificer")])
def test_a_published_opening_reaches_its_supply_marks(p: int, of_race: str, worker: str) -> None:
    batch = match(ALONE, transition__interval=1, players__level=1)
    marks = play_opening(batch, p, of_race, worker)
    for (mark, name), found in zip(OPENINGS[p], marks, strict=True):
        assert abs(found - mark) <= 1, name
    # The second town hall lies in the published opening between 1:15 and 1:25.
    halls = batch.w.state.coming[0, 0, number("crystal", "sanctum")]
    assert halls == 1
