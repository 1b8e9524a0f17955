"""The text face: complete descriptions, answers of every form, and play by strings alone."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core import registry
from adaptarium.envs.core.answers import Invalid
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import ResetNeededError
from adaptarium.envs.core.sampling import random_actions
from adaptarium.envs.core.text import TextEnv
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.grid import reference
from adaptarium.envs.grid.text import SYNONYMS

IDS = [spec.id for spec in registry.world_specs()]
SINGLE = [spec.id for spec in registry.world_specs() if spec.seats == 1]
# Everything of the level is in the text, and what is in hand.
FULL: dict[str, Any] = {
    "observation.view": "full",
    "observation.signals": True,
    "observation.occlusion": False,
}
# The overrides with which a world of each family tells the most.
FULLEST: dict[str, dict[str, Any]] = {
    "grid": FULL,
    "puzzle": {"observation.show_goal": True},
    "bandit": {"observation.reveal": True, "trial.memory": "trial"},
    "navigation": {
        **dict.fromkeys(("observation.semantics", "observation.position"), True),
        **dict.fromkeys(("observation.signals", "observation.odometry"), True),
        "observation.rays": 5,
    },
    "negotiation": {"observation.reveal": True},
    "market": {"observation.reveal": True, "observation.examined": True},
    "skirmish": {"observation.fog": False},
    "creators": {"observation.information": "full"},
}
MALFORMED = (
    *(
        "",
        "   ",
        "\n\n",
        "fly",
        "-1",
        "99999",
        "9" * 5000,
        "1.5",
        "left right",
        "0 1",
        "0x1",
        "²",
        "٣",
    ),
    *("{}", '{"action": ', "None", "north-by-northwest", "\x00", "💥", "a" * 50_000, "()" * 30_000),
    *(None, 3, 2.0, b"left", ["left"], {"action": "left"}, object()),
)


def text_of(world: World) -> Any:
    """The text face of a world, by its family."""
    return world.family.module("text").Text(world)


def fullest(world_id: str) -> World:
    """A world that shows as much as its family can."""
    return load_world(world_id, **FULLEST[registry.world_spec(world_id).family])


def views(world: World, states: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """The seats' observations under random play, ``states`` in all, on many levels."""
    slots = max(4, states // 40)
    batch = Batch([world], slots, autoreset="same_step")
    batch.reset(seed=5)
    rng = np.random.default_rng(11)
    seats = batch.w.reward.shape[1]
    for number in range(states):
        slot, seat = number % slots, number % seats
        yield seat, {name: view[slot, seat].copy() for name, view in batch.obs.items()}
        if slot == slots - 1:
            batch.w.actions[:] = random_actions(batch.action_space, rng, *batch.w.reward.shape)
            batch.step()


def assert_rebuilt(world: World, states: int) -> None:
    text = text_of(world)
    seen = set()
    for seat, view in views(world, states):
        words = text.describe(view, seat)
        rebuilt = text.rebuild(words)
        assert rebuilt.keys() == view.keys()
        for name, array in view.items():
            found = np.asarray(rebuilt[name])
            assert found.shape == array.shape, name
            assert found.tobytes() == array.astype(found.dtype).tobytes(), f"{name}\n{words}"
        seen.add(words)
    # A bare room has one map: only cells and headings differ, 64 views in one of 5 x 5.
    assert len(seen) > min(states // 8, 50), "the states hardly differ: nothing was tried"


@pytest.mark.parametrize("world_id", IDS)
def test_a_description_loses_nothing(world_id: str) -> None:
    assert_rebuilt(load_world(world_id), 60)


@pytest.mark.parametrize("world_id", IDS)
def test_a_full_view_with_signals_loses_nothing(world_id: str) -> None:
    assert_rebuilt(fullest(world_id), 60)


@pytest.mark.full
@pytest.mark.parametrize("world_id", IDS)
def test_ten_thousand_full_views_lose_nothing(world_id: str) -> None:
    assert_rebuilt(fullest(world_id), 10_000)


def test_noise_skins_and_foreign_bytes_lose_nothing() -> None:
    noisy = load_world("DoorKey-v0", **{"observation.noise": 0.4, "observation.signals": True})
    assert_rebuilt(noisy, 60)
    text, rng = text_of(noisy), np.random.default_rng(2)
    for _ in range(30):
        view = {
            "image": rng.integers(0, 256, (7, 7, 3)).astype(np.uint8),
            "direction": 2,
            "signals": rng.random(4, np.float32),
        }
        rebuilt = text.rebuild(text.describe(view))
        np.testing.assert_array_equal(rebuilt["image"], view["image"])
        np.testing.assert_array_equal(rebuilt["signals"], view["signals"])


@pytest.mark.parametrize("damage", ["Map of", "Legend: ", "You face "])
def test_an_incomplete_description_is_refused(damage: str) -> None:
    world = load_world("DoorKey-v0")
    _, view = next(views(world, 1))
    words = text_of(world).describe(view)
    cut = "\n".join(line for line in words.splitlines() if not line.startswith(damage))
    assert cut != words
    with pytest.raises(ValueError, match=r"holds no"):
        text_of(world).rebuild(cut)


# ---- answers ----


@pytest.mark.parametrize("world_id", IDS)
def test_every_entry_of_the_menu_is_understood(world_id: str) -> None:
    world = load_world(world_id)
    text = text_of(world)
    menu = text.menu()
    assert len(set(menu)) == len(menu)
    discrete = isinstance(Batch([world], 1).action_space, spaces.Discrete)
    for number, name in enumerate(menu):
        forms = (name, name.upper(), f" {name}. ", f"**{name}**", f"I'll {name}", str(number))
        forms += (f"{name} ({number})", f"I see a key, so far away!\nAction: {name}", f'"{name}"')
        meant = number if discrete else text.parse(name)
        for form in forms:
            assert np.array_equal(text.parse(form), meant), form
    read = [tuple(np.atleast_1d(text.parse(name)).tolist()) for name in menu]
    assert len(set(read)) == len(menu)


@pytest.mark.parametrize("world_id", ["DoorKey-v0", "Foraging-v0", "Gauntlet-v0"])
def test_synonyms_are_understood(world_id: str) -> None:
    text = text_of(load_world(world_id))
    menu = text.menu()
    known = {words: name for words, name in SYNONYMS.items() if name in menu and words not in menu}
    assert known
    for words, name in known.items():
        assert text.parse(words) == menu.index(name), words


@pytest.mark.parametrize("world_id", IDS)
def test_a_malformed_answer_is_told_why(world_id: str) -> None:
    text = text_of(load_world(world_id))
    for answer in MALFORMED:
        found = text.parse(answer)
        assert isinstance(found, Invalid), repr(answer)[:80]
        assert found.reason.strip(), repr(answer)[:80]
        assert all(name in found.expected for name in text.menu())
    assert "Did you mean 'left'" in str(text_of(load_world("DoorKey-v0")).parse("lefft"))


@pytest.mark.parametrize(
    "answer", ["forward forward", "Go forward, forward!", "2 2", "move forward and go forward"]
)
def test_an_action_named_twice_is_told_so(answer: str) -> None:
    found = text_of(load_world("DoorKey-v0")).parse(answer)
    assert isinstance(found, Invalid)
    assert found.reason == "The answer names 'forward' 2 times: one answer is one step."


@pytest.mark.parametrize("answer", ["forward (2)", "straight ahead", "2: forward", "pick up, grab"])
def test_two_names_of_one_action_are_one(answer: str) -> None:
    assert not isinstance(text_of(load_world("DoorKey-v0")).parse(answer), Invalid)


def test_two_different_actions_are_told() -> None:
    found = text_of(load_world("DoorKey-v0")).parse("left, then forward")
    assert isinstance(found, Invalid)
    assert "several actions (left and forward)" in found.reason


@pytest.mark.parametrize(
    ("world_id", "answer", "meant"),
    [
        ("Foraging-v0", "go nrth", "north"),
        ("Foraging-v0", "nrth", "north"),
        ("Foraging-v0", "please take me to the eastt", "east"),
        ("DoorKey-v0", "go forwrd", "forward"),
        ("DoorKey-v0", "pickp", "pickup"),
    ],
)
def test_a_misspelt_word_is_compared_on_its_own(world_id: str, answer: str, meant: str) -> None:
    found = text_of(load_world(world_id)).parse(answer)
    assert isinstance(found, Invalid)
    assert f"Did you mean {meant!r}?" in found.reason


def test_an_environment_describes_and_parses_without_playing() -> None:
    env = load_world("DoorKey-v0").text()
    assert env.parse("forward") == env.menu().index("forward")
    with pytest.raises(ResetNeededError, match="describe was called before reset"):
        env.describe()
    assert env.reset(seed=4).endswith(env.describe())
    before = env.describe()
    assert isinstance(env.parse("jump"), Invalid)
    assert env.describe() == before
    assert env.step("left").text.endswith(env.describe())
    assert env.describe() != before


def test_several_seats_are_described_by_agent() -> None:
    env = load_world("Foraging-v0").text()
    told = env.reset(seed=4)
    seen = env.describe()
    assert list(seen) == env.agents
    assert all(told[name].endswith(words) for name, words in seen.items())


def test_the_last_observation_is_described_after_the_end() -> None:
    env = load_world("DoorKey-v0", **{"episode.max_steps": 1}).text()
    env.reset(seed=4)
    assert env.step("left").truncated
    assert env.describe().startswith("You face ")


def test_random_characters_never_raise() -> None:
    text, rng = text_of(load_world("DoorKey-v0")), np.random.default_rng(3)
    for _ in range(300):
        answer = "".join(map(chr, rng.integers(0, 0xD7FF, rng.integers(0, 40))))
        found = text.parse(answer)
        assert isinstance(found, Invalid) or 0 <= found < len(text.menu())


def test_a_refused_answer_changes_nothing() -> None:
    env, twin = load_world("DoorKey-v0").text(), load_world("DoorKey-v0").text()
    assert env.reset(seed=4) == twin.reset(seed=4)
    refused = env.step("jump")
    assert (refused.reward, refused.terminated, refused.truncated) == (0.0, False, False)
    assert refused.info["invalid_answers"] == 1
    assert "'jump'" in refused.text
    assert env.step("left").text == twin.step("left").text


# ---- the same episode as the Gymnasium face ----


@pytest.mark.parametrize("world_id", SINGLE)
def test_words_and_arrays_play_the_same_episode(world_id: str) -> None:
    world = load_world(world_id)
    env, gym = world.text(), world.gym()
    menu, rng = env.menu(), np.random.default_rng(9)
    paid = 0
    for seed in (3, 2**40, *range(4, 12)):
        if paid > 100:  # some worlds end at the first wrong word
            break
        env.reset(seed=seed)
        gym.reset(seed=seed)
        for _ in range(150):
            named = menu[int(rng.integers(len(menu)))]
            told = env.step(named)
            view, reward, terminated, truncated, _ = gym.step(env.parse(named))
            assert (told.reward, told.terminated, told.truncated) == (reward, terminated, truncated)
            rebuilt = env.text.rebuild(told.text)
            for name, array in view.items():
                np.testing.assert_array_equal(rebuilt[name], array)
            paid += 1
            if terminated or truncated:
                break
    assert paid > 10


# ---- a player that sees only strings ----

Cell = tuple[int, int]
# A cell, a heading, key in hand, door open.
Place = tuple[Cell, int, bool, bool]
AHEAD = {"east": (1, 0), "south": (0, 1), "west": (-1, 0), "north": (0, -1)}
HEADINGS = list(AHEAD)


class Plan:
    """Reads one description and plans the shortest way to the goal."""

    def __init__(self, words: str) -> None:
        lines = words.splitlines()
        top = next(i for i, line in enumerate(lines) if line.startswith("Map of "))
        height = int(re.findall(r"\d+", lines[top])[1])
        legend = next(line for line in lines if line.startswith("Legend: "))
        names = {entry[0]: entry[2:] for entry in legend.removeprefix("Legend: ").split("; ")}
        self.cells = {
            (x, y): names[sign]
            for y, line in enumerate(lines[top + 1 : top + 1 + height])
            for x, sign in enumerate(line.split(" "))
        }
        me = next(at for at, name in self.cells.items() if " agent facing " in name)
        heading = HEADINGS.index(self.cells[me].rsplit(" ", 1)[1])
        held = next(line for line in lines if line.startswith("You carry "))
        self.begin: Place = (me, heading, " key" in held, False)

    def first(self) -> str:
        """The first action of the shortest way, found breadth first."""
        came: dict[Place, str] = {self.begin: ""}
        queue = deque([self.begin])
        while queue:
            place = queue.popleft()
            if self.cells[place[0]] == "goal":
                return came[place]
            for action, after in self.moves(place):
                if after not in came:
                    came[after] = came[place] or action
                    queue.append(after)
        raise AssertionError("the description shows no way to the goal")

    def moves(self, place: Place) -> Iterator[tuple[str, Place]]:
        cell, heading, key, opened = place
        yield "turn left", (cell, (heading - 1) % 4, key, opened)
        yield "turn right", (cell, (heading + 1) % 4, key, opened)
        dx, dy = AHEAD[HEADINGS[heading]]
        front = (cell[0] + dx, cell[1] + dy)
        name = self.cells[front]
        if name.endswith(" key") and not key:
            yield "pick up", (cell, heading, True, opened)
        elif name.endswith(" door") and not (opened or name.startswith("open")):
            if key or name.startswith("closed"):
                yield "unlock", (cell, heading, key, True)
        elif name != "wall":
            yield "go forward", (front, heading, key, opened)


def reaches_reference(world: World, env: TextEnv, seed: int) -> bool:
    """Whether play by strings alone earns the reference of the seed's level."""
    words, ended, earned = env.reset(seed=seed), False, 0.0
    while not ended:
        words, reward, terminated, truncated, info = env.step(Plan(words).first())
        assert info["invalid_answers"] == 0
        earned, ended = earned + reward, terminated or truncated
    row = int(env.batch.w.core["level"][0])
    best = reference.solve(world, (env.batch.w, row)).return_
    assert earned <= best + 1e-6, "better than the optimum"
    return earned >= best - 1e-6


def share_of_references(world_id: str, levels: int) -> float:
    world = load_world(world_id, **FULL)
    env = world.text(transcript=False)
    return sum(reaches_reference(world, env, 1000 + seed) for seed in range(levels)) / levels


@pytest.mark.parametrize("world_id", ["DoorKey-v0", "Maze-v0"])
def test_a_player_of_strings_reaches_the_reference(world_id: str) -> None:
    assert share_of_references(world_id, 20) >= 0.95


@pytest.mark.full
@pytest.mark.parametrize("world_id", ["DoorKey-v0", "Maze-v0"])
def test_a_player_of_strings_reaches_the_reference_on_many_levels(world_id: str) -> None:
    assert share_of_references(world_id, 200) >= 0.95
