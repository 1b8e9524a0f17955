"""Published openings, played as they are written: marks in supply, times within 5 s.

A row "17 hive mound" is due when 17 supply are used. Workers are made without a pause until then;
from then on minerals are kept for the row, one worker more at most.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from skirmish_scenes import ALONE, action, match, order, seconds, wait

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.skirmish import codes

TOLERANCE = 5  # seconds of game time


@dataclass(frozen=True)
class Opening:
    """An opening: its source; rows (supply, thing), or (supply, thing, seconds) where it says.

    ``boosts``: energy goes to the workers as soon as it is there.
    """

    source: str
    race: str
    worker: str
    rows: tuple[tuple[int, str] | tuple[int, str, int], ...]
    boosts: bool = False


OPENINGS = {
    "portal before well": Opening(
        "spawningtool.com build 93714: 14 0:18 Pylon, 15 0:40 Gateway",
        "crystal",
        "artificer",
        ((14, "obelisk", 18), (15, "portal", 40)),
    ),
    "one portal, expand": Opening(
        "Gemini, Stats' fast colossus: tl.net, post 26418060; the Nexus between 1:15 and 1:25",
        "crystal",
        "artificer",
        (
            *((14, "obelisk"), (16, "portal"), (16, "well"), (19, "sanctum", 80)),
            *((20, "core"), (21, "well"), (22, "obelisk")),
        ),
        boosts=True,
    ),
    "17 hatch, 18 gas, 17 pool": Opening(
        "Neuro, solid Zerg opening: lotv.spawningtool.com/build/55474",
        "swarm",
        "tender",
        ((13, "drifter"), (17, "hive mound"), (18, "sac"), (17, "pool"), (19, "drifter")),
    ),
    "16 hatch, 18 gas, 17 pool": Opening(
        "Your first build order, part 1: tomasrosprim.com",
        "swarm",
        "tender",
        ((13, "drifter"), (16, "hive mound"), (18, "sac"), (17, "pool"), (20, "drifter")),
    ),
}


def play_row(batch: Batch, opening: Opening, mark: int, name: str) -> float:
    """Order a row as soon as it is due and possible; the supply that is used then."""
    me, wanted = batch.w.state.players[0, 0], action(opening.race, name)
    worker = action(opening.race, opening.worker)
    while seconds(batch) < 180:
        mask, used = batch.masks()[0, 0], me["supply_used"] / codes.SUPPLY
        if used >= mark and mask[wanted]:
            order(batch, 0, wanted)
            return float(used)
        if opening.boosts and mask[codes.BOOST_ECONOMY]:
            order(batch, 0, codes.BOOST_ECONOMY)
        elif used <= mark and mask[worker] and not waits(batch, opening.race, opening.worker):
            order(batch, 0, worker)
        else:
            wait(batch, seconds(batch) + 1)
    raise AssertionError(f"{mark} {name} is not reached")


def waits(batch: Batch, of_race: str, worker: str) -> bool:
    """Whether a worker is under way already, of a race that makes one at a time."""
    thing = action(of_race, worker) - codes.FIRST_THING
    return of_race == "crystal" and bool(batch.w.state.coming[0, 0, thing])


@pytest.mark.parametrize("name", OPENINGS)
def test_a_published_opening_keeps_its_marks(name: str) -> None:
    opening = OPENINGS[name]
    batch = match(ALONE, transition__interval=1, players__level=1, races__player_0=opening.race)
    for mark, wanted, *time in opening.rows:
        used = play_row(batch, opening, mark, wanted)
        assert mark <= used <= mark + 1, wanted
        if time:
            assert abs(seconds(batch) - time[0]) <= TOLERANCE, wanted
    assert seconds(batch) <= 120
