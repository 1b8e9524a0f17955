"""Offers in words: what they say, and why they are refused."""

from __future__ import annotations

import random

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.answers import Invalid
from adaptarium.envs.core.skinned import SkinnedText
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.sentences import ISSUES, ITEMS, read_offer, told_outcome
from adaptarium.envs.negotiation.text import Text, value_worths

SIZES = (4, 2, 3)  # of items 3, 1 and 2


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("I offer price 3, delivery 0 and warranty 2.", [3, 0, 2]),
        ("Let's say warranty: 1; price = 0, delivery 1", None),
        ("I would like the price at 0, a delivery of 1, and the warranty to be 1!", [0, 1, 1]),
    ],
)
def test_values_are_read(sentence: str, values: list[int] | None) -> None:
    found = read_offer(sentence, SIZES, False)
    assert found == values if values else "is no word of an offer" in str(found)


@pytest.mark.parametrize(
    ("sentence", "own"),
    [
        ("I take 2 books and a hat", [2, 1, 0]),
        ("You get the hat and I keep the rest", [3, 0, 2]),
        ("you get 1 book", [2, 1, 2]),
        ("I'd take all books, you'd get everything else", None),
        ("I will take all the books, you get everything else", [3, 0, 0]),
        ("I want both balls, one book and no hat", [1, 0, 2]),
        ("Give me the balls; you can have the books and the hat.", [0, 0, 2]),
        ("I get 2 books, you get 1 book, the hat and the balls", [2, 0, 0]),
        ("You get everything", [0, 0, 0]),
    ],
)
def test_shares_are_read(sentence: str, own: list[int] | None) -> None:
    found = read_offer(sentence, SIZES, True)
    assert found == own if own else "is no word of an offer" in str(found)


@pytest.mark.parametrize(
    ("sentence", "shares", "reason"),
    [
        ("price 4, delivery 0, warranty 0", False, "price 4: expected 0 to 3"),
        ("price 1", False, "says nothing of delivery and warranty"),
        ("price 1, price 2", False, "names 'price' twice"),
        ("price delivery 1", False, "price: expected a value after it, 0 to 3"),
        ("price 1, delivery 1, warranty", False, "warranty: expected a value"),
        ("1 price", False, "expected a number after the name"),
        ("price one hundred", False, "'one' is no word"),
        ("I accept price 1", False, "'accept' is no word"),
        ("I take 4 books", True, "book 4: expected 0 to 3"),
        ("I take books", True, "books: expected how many before it, 0 to 3"),
        ("I take 2 books and you get 2 books", True, "book: 2 and 2 make not 3"),
        ("I take 2 books and you get the hat", True, "nothing of ball: who gets the rest"),
        ("I take 2 books and 1", True, "ends with a number"),
        ("I take 2 3 books", True, "3: expected an item before it"),
        ("I keep the rest and you get the rest", True, "gives the rest to both"),
        ("I take 2 bocks and a hat", True, "Did you mean 'books'"),
    ],
)
def test_a_refusal_says_why(sentence: str, shares: bool, reason: str) -> None:
    found = read_offer(sentence, SIZES, shares)
    assert isinstance(found, str)
    assert reason in found


@pytest.mark.parametrize("shares", [False, True])
def test_every_outcome_in_words_is_read_as_it(shares: bool) -> None:
    for outcome in range(4 * 2 * 3):
        values = [int(v) for v in np.unravel_index(outcome, SIZES)]
        verb = "I take" if shares else "I offer"
        assert read_offer(f"{verb} {told_outcome(values, shares)}", SIZES, shares) == values


@pytest.mark.parametrize("world_id", ["MultiIssue-v0", "DealOrNoDeal-v0"])
def test_what_is_said_is_played_from_either_seat(world_id: str) -> None:
    env = adaptarium.world(world_id).text()
    env.reset(seed=1)
    w, shares = env.batch.w, world_id.startswith("Deal")
    mover = int(w.state.now[0, 0]["mover"])
    level = int(w.core[0]["level"])
    own = [0, 1, 1] if shares else [1, 2, 0]
    sizes = w.levels.issues[level].tolist()
    turned = shares and mover == 1
    values = [size - 1 - v if turned else v for v, size in zip(own, sizes, strict=True)]
    said = "I take 1 hat and 1 ball" if shares else "I offer price 1, delivery 2, warranty 0"
    answers = dict.fromkeys(env.agents, "wait") | {f"player_{mover}": said}
    told = env.step(answers).text[f"player_{mover}"]
    expected = int(np.ravel_multi_index(values, sizes))
    assert int(w.state.now[0, 0]["standing"]) == expected
    assert f"offer {expected} ({'you get ' if shares else ''}{told_outcome(own, shares)})" in told


def test_only_the_words_of_a_skin_count_in_it() -> None:
    world = adaptarium.world("DealOrNoDeal-v0")
    env = world.text()
    env.reset(seed=1)
    seen = {name: view[0, 0] for name, view in env.batch.obs.items()}
    skinned, plain = SkinnedText(Text(world), {"book": "hat", "hat": "book"}, {}), Text(world)
    mine = plain.parse_here("I take a hat", seen)
    assert skinned.parse_here("I take a book", seen) == mine
    assert isinstance(plain.parse_here("I take a book", seen), Invalid) or mine != (
        plain.parse_here("I take a book", seen)
    )


def test_value_worths_are_what_utilities_sum_up() -> None:
    rng = np.random.default_rng(0)
    parts = [np.append(rng.integers(0, 3000, size - 1), 0) / codes.UNIT for size in SIZES]
    total = np.add.outer(np.add.outer(parts[0], parts[1]), parts[2]).reshape(-1)
    found = value_worths(np.float32(total), SIZES)
    assert found is not None
    for one, expected in zip(found, parts, strict=True):
        assert one.tolist() == pytest.approx(expected.tolist())
    assert value_worths(np.append(total[:-1], total[-1] + 0.001), SIZES) is None


def test_any_string_is_an_action_or_refused_with_a_reason() -> None:
    rng = random.Random(0)
    world = adaptarium.world("DealOrNoDeal-v0")
    env = world.text()
    env.reset(seed=0)
    words = [*ITEMS, *ISSUES, "I", "you", "the", "rest", "all", "offer", "12", "-3", "9" * 40, "💥"]
    for number in range(300):
        length = 10 ** rng.uniform(0, 3 if number else 5)
        if number % 2:
            text = "".join(chr(rng.randrange(0x110000)) for _ in range(int(length)))
        else:
            text = " ".join(rng.choice(words) for _ in range(int(length / 4) + 1))
        answer = env.parse(text)
        if isinstance(answer, Invalid):
            assert answer.reason
            assert answer.expected
        else:
            assert 0 <= answer < len(env.menu())
