"""Houses: orders that mean one object each, what is seen there, mistakes and the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import FactorError, LevelError
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.instructions import (
    FORMS,
    MAX_WORDS,
    VOCABULARY,
    decode,
    encode,
    meant,
    read_sentence,
    sentence,
)
from adaptarium.envs.navigation.level import needs, read
from adaptarium.envs.navigation.reference import goals_of, shortest_way, solve

# A hall above a kitchen, with a door between them at their west end, and a study beside both.
HOUSE: dict[str, Any] = {
    "map": [
        *("+-+-+-+-+", "|     | |", "+ +-+-+ +", "|       |", "+-+-+-+-+"),
    ],
    "starts": [{"x": 0.5, "y": 0.5}],
    "items": [
        {"x": 2.5, "y": 0.5, "radius": 0.2, "kind": "object", "colour": "red", "thing": "lamp"},
        {"x": 2.5, "y": 1.5, "radius": 0.2, "kind": "object", "colour": "red", "thing": "lamp"},
        {"x": 1.5, "y": 0.5, "radius": 0.2, "kind": "object", "colour": "blue", "thing": "bed"},
    ],
    "rooms": [
        {"name": "hall", "x": 0, "y": 0, "width": 3, "height": 1},
        {"name": "kitchen", "x": 0, "y": 1, "width": 3, "height": 1},
        {"name": "study", "x": 3, "y": 0, "width": 1, "height": 2},
    ],
    "orders": ["go to the red lamp in the room south of the hall", "go to the bed"],
    "max_steps": 200,
}


def house(**changes: Any) -> World:
    return load_world("House-v0").override(records=({**HOUSE, **changes},))


def begun(**changes: Any) -> Batch:
    batch = Batch([house().override(**changes)], 1, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def stepped(batch: Batch, *action: float) -> float:
    batch.w.actions[0, 0] = action
    batch.step()
    return float(batch.w.reward[0, 0])


def go(batch: Batch, x: float, y: float) -> None:
    """Put the body at rest beside a place, and let one step find it there."""
    body = batch.w.state.bodies[0, 0]
    body["x"], body["y"], body["vx"], body["vy"] = x, y, 0.0, 0.0


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.full)])
def test_every_order_means_exactly_one_object(count: int) -> None:
    """The checker knows the words and the map alone; the generator has rules of its own."""
    bank = generate_levels(load_world("House-v0"), 0, count)
    forms = np.zeros(len(FORMS), int)
    for k in range(count):
        level = read(bank, k)
        for words, order in zip(level["orders"], bank.levels.orders[k], strict=True):
            assert meant(level, words) == [int(order["target"])]
            forms[int(order["form"])] += 1
    assert forms.min() > 0.005 * forms.sum()


def test_a_sentence_is_read_as_it_is_said() -> None:
    for form in FORMS:
        words = form.format(colour="grey", thing="vase", side="west", room="attic")
        assert sentence(read_sentence(words)) == words
        assert decode(encode(words)) == words
    assert len(set(VOCABULARY)) == len(VOCABULARY) <= MAX_WORDS


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("go to the lamp", "it means 2 objects"),
        ("go to the lamp in the study", "it means 0 objects"),
        ("go to the lamp in the attic", "it speaks of 0 rooms"),
        ("go to the lamp in the room east of the hall", "it means 0 objects"),
        ("go to the lamp in the room west of the study", "it speaks of 2 rooms"),
        ("bring me the lamp", "expected a sentence such as"),
    ],
)
def test_an_order_that_is_not_clear_is_refused(words: str, reason: str) -> None:
    with pytest.raises(LevelError, match=reason):
        needs({**HOUSE, "orders": [words]})


def test_a_row_that_points_at_something_else_is_refused() -> None:
    bank = generate_levels(load_world("House-v0"), 0, 1)
    order = bank.levels.orders[0, 0]
    order["target"] = (order["target"] + 1) % 8
    with pytest.raises(LevelError, match=r"it means items\[\d\], not items\[\d\]"):
        read(bank, 0)


def test_rooms_are_named_once_and_lie_on_the_map() -> None:
    hall = HOUSE["rooms"][0]
    with pytest.raises(LevelError, match="each name once"):
        needs({**HOUSE, "rooms": [hall, hall], "orders": []})
    with pytest.raises(LevelError, match="cells of the map, which has 4"):
        needs({**HOUSE, "rooms": [{**hall, "width": 5}], "orders": []})
    with pytest.raises(FactorError, match="rooms = 10"):
        load_world("House-v0").override(rooms=10)


def test_orders_are_followed_in_turn() -> None:
    env = house().gym()
    _, info = env.reset(seed=0)
    assert info["text"] == HOUSE["orders"][0]
    batch = begun()
    assert goals_of(batch.w, 0) == [(2.5, 1.5), (1.5, 0.5), (2.5, 1.5), (1.5, 0.5)]
    assert shortest_way(batch.w, 0) == pytest.approx(
        np.hypot(0.5, 0.5) + np.hypot(1.5, 0.5) - 0.4, abs=1e-3
    )
    go(batch, 2.5, 1.5)
    assert stepped(batch, 0, 0, 0) == pytest.approx(1 - 0.9 / 200)
    assert batch.w.core["inner"][0] == 1
    assert decode(batch.obs["mission"][0, 0]) == HOUSE["orders"][1]


def test_the_wrong_object_costs_each_time_that_one_comes_to_it() -> None:
    batch = begun()
    go(batch, 0.95, 0.5)
    paid = [stepped(batch, 1, 0, 0) for _ in range(20)]
    assert sum(reward < 0 for reward in paid) == 2  # the bed, and behind it the other lamp
    assert min(paid) == pytest.approx(-0.1)
    assert batch.w.metrics["mistakes"][0] == 2


def test_walls_hide_objects() -> None:
    batch = begun()
    names = batch.obs["names"][0, 0].reshape(-1, 2).tolist()
    red, blue = codes.COLOURS.index("red") + 1, codes.COLOURS.index("blue") + 1
    lamp, bed = codes.THINGS.index("lamp") + 1, codes.THINGS.index("bed") + 1
    assert names == [[red, lamp], [0, 0], [blue, bed]]
    places = batch.obs["objects"][0, 0].reshape(-1, 2)
    np.testing.assert_allclose(places, [[2, 0], [0, 0], [1, 0]])
    assert batch.obs["room"][0, 0, 0] == 1 + codes.ROOMS.index("hall")
    assert begun(**{"observation.ray_range": 1.5}).obs["names"][0, 0, 0] == 0


def test_the_oracle_answers_at_a_price() -> None:
    batch = begun()
    assert stepped(batch, 0, 0, 1) == pytest.approx(-0.05)
    np.testing.assert_allclose(batch.obs["way"][0, 0], [0, 1, 3], atol=1e-6)
    assert batch.obs["told"][0, 0, 0] == 0
    assert stepped(batch, 0, 0, -1) == pytest.approx(-0.05)
    assert batch.obs["told"][0, 0, 0] == 1 + codes.ROOMS.index("kitchen")
    assert stepped(batch, 0, 0, 0.4) == 0
    assert not batch.obs["way"][0, 0].any()
    assert batch.w.metrics["questions"][0] == 2


def test_the_reference_follows_every_order_and_makes_no_mistake() -> None:
    found = solve(load_world("House-v0"), (generate_levels(load_world("House-v0"), 0, 1), 0))
    assert found.actions is not None
    assert 0.9 * found.high < found.return_ <= found.high
