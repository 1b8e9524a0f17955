"""Episodes at once by threads, and the episode in words, for agents of any origin."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from adaptarium.agents.loading import agent_name
from adaptarium.agents.protocol import EpisodeError
from adaptarium.envs.core.answers import Invalid
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.core.world import load_world
from adaptarium.evaluation.in_flight import GIVE_UP_AFTER, UnfinishedError
from adaptarium.evaluation.playing import play_episodes

WORLD = load_world("DoorKey-v0", size=5, **{"episode.max_steps": 3})
Info = Mapping[str, Any]


class Failing:
    """Fails at step 1 of some episodes."""

    def __init__(self, failing: set[int], concurrency: Any = 2, error: type = EpisodeError) -> None:
        self.failing, self.concurrency, self.error = failing, concurrency, error
        self.begun: list[int] = []

    def act(self, observation: Any, info: Info) -> int:
        if info["first"]:
            self.begun.append(int(info["seed"]))
        if info["step"] == 1 and info["seed"] in self.failing:
            raise self.error("no answer")
        return 0


def test_threads_play_what_one_after_the_other_plays() -> None:
    class Turning:
        def act(self, observation: Any, info: Info) -> int:
            return int(info["seed"] + info["step"]) % 3

    class Threaded(Turning):
        concurrency = 5

        def __init__(self) -> None:
            self.threads: set[int] = set()
            self.all_here = threading.Barrier(5, timeout=10)

        def act(self, observation: Any, info: Info) -> int:
            if info["first"] and info["seed"] < 5:
                self.all_here.wait()  # opens only once five episodes are under way
            self.threads.add(threading.get_ident())
            return super().act(observation, info)

    agent, counts = Threaded(), []
    world = load_world("FourRooms-v0", **{"episode.max_steps": 20})
    played = play_episodes(world, agent, range(12), counts.append)
    assert played == play_episodes(world, Turning(), range(12))
    assert len(agent.threads) == 5
    assert counts == list(range(1, 13))


def test_a_failed_episode_leaves_the_others() -> None:
    agent = Failing({1, 3, 4, 6}, concurrency=1)  # never three in a row
    with pytest.raises(UnfinishedError, match="DoorKey-v0: 4 of 8 episodes failed, 0 were") as it:
        play_episodes(WORLD, agent, range(8))
    assert [(one.seed, one.step, one.reason) for one in it.value.failed] == [
        (seed, 1, "no answer") for seed in (1, 3, 4, 6)
    ]
    assert agent.begun == list(range(8))


def test_failures_in_a_row_call_off_the_rest() -> None:
    agent = Failing(set(range(2, 100)), concurrency=1)
    with pytest.raises(UnfinishedError) as caught:
        play_episodes(WORLD, agent, range(100))
    assert agent.begun == list(range(2 + GIVE_UP_AFTER))
    assert caught.value.not_begun == 100 - 2 - GIVE_UP_AFTER


def test_another_error_ends_the_evaluation() -> None:
    agent = Failing({4}, error=ZeroDivisionError)
    with pytest.raises(AgentError, match="agent Failing: ZeroDivisionError: no answer"):
        play_episodes(WORLD, agent, range(1000))
    assert len(agent.begun) < 100


def test_a_listener_that_raises_is_heard() -> None:
    def refuse(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play_episodes(WORLD, Failing(set()), range(50), refuse)


@pytest.mark.parametrize("wrong", [0, -1, True, "4"])
def test_a_concurrency_that_is_none(wrong: object) -> None:
    with pytest.raises(AgentError, match="expected an integer from 1 up"):
        play_episodes(WORLD, Failing(set(), concurrency=wrong), [1])


def test_an_agent_may_have_a_name() -> None:
    agent = Failing(set())
    assert agent_name(agent) == "Failing"
    agent.name = "careful"  # type: ignore[attr-defined]
    assert agent_name(agent) == "careful"


# ---- the episode in words ----


def test_a_strangers_agent_reads_and_answers_in_words() -> None:
    env = WORLD.text()
    told = [env.reset(seed=7)]
    told += [env.step("left").text for _ in range(2)]

    class Reader:
        def __init__(self) -> None:
            self.read: list[str] = []

        def act(self, observation: Any, info: Info) -> int:
            text = info["text"]
            assert text.manual() == WORLD.text().manual()
            assert isinstance(text.parse("jump"), Invalid)
            assert all(name in text.grammar() for name in text.menu())
            self.read.append(text.describe())
            return text.parse("turn left")

    agent = Reader()
    play_episodes(WORLD, agent, [7])
    assert agent.read == told


def test_a_batched_agent_has_a_text_an_episode() -> None:
    class Readers:
        batched = True

        def __init__(self) -> None:
            self.first: list[str] = []

        def act(self, observation: Any, info: Info) -> list[int]:
            texts = info["text"]
            assert len(texts) == len(info["seed"])
            if info["first"].all():
                self.first = [text.describe() for text in texts]
                assert [text.describe() for text in texts[1:]] == self.first[1:]
            return [text.parse("left") for text in texts]

    agent = Readers()
    play_episodes(WORLD, agent, [7, 8, 9])
    env = WORLD.text()
    assert agent.first == [env.reset(seed=seed) for seed in (7, 8, 9)]


def test_seats_have_words_of_their_own() -> None:
    world = load_world("Foraging-v0", players=2, **{"episode.max_steps": 1})
    said: list[dict[str, str]] = []

    class Team:
        def act(self, observation: Any, info: Info) -> list[int]:
            text = info["text"]
            said.append({f"player_{seat}": text.describe(seat) for seat in text.seats})
            return [0] * text.num_seats

    play_episodes(world, Team(), [3])
    assert said == [world.text().reset(seed=3)]
