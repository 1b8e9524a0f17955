"""Tasks and missions as data: every condition, both outcomes, words and numbers of a mission."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.grid import codes, missions, tasks

VOCABULARY = ("left", "right", "forward", "pickup", "drop", "toggle", "done")
ROOM = ["#######", "#.....#", "#.....#", "#..o..#", "#.....#", "#######"]


def _level(task: list[str], **changes: Any) -> dict[str, Any]:
    """A room with a ball two cells ahead of the agent at 1,3, which faces east."""
    return {"map": ROOM, "agents": [[1, 3, "east", 0]], "max_steps": 20, "task": task, **changes}


def _play(level: dict[str, Any], actions: str, **factors: Any) -> list[tuple[float, bool]]:
    """Reward and end of every step of ``actions``, names joined by spaces."""
    factors = {"action.vocabulary": VOCABULARY, **factors}
    env = adaptarium.world("Unlock-v0").override(records=(level,), **factors).gym()
    env.reset(seed=0)
    found = []
    for name in actions.split():
        _, reward, terminated, _, _ = env.step(VOCABULARY.index(name))
        found.append((reward, terminated))
    return found


def _outcome(rule: str, actions: str, **changes: Any) -> str:
    """What the last step of ``actions`` brings under one rule, where no step before brings it."""
    *before, (reward, ended) = _play(_level([rule], **changes), actions)
    assert not any(over for _, over in before)
    if not ended:
        return "nothing"
    return "success" if reward == pytest.approx(1 - 0.9 * (len(before) + 1) / 20) else "failure"


DOOR = {"map": ["####", "#.D#", "####"], "agents": [[1, 1, "east", 0]]}
OPENED = {"at": [2, 1], "colour": "red", "state": "closed"}
CASES = [
    # rule, actions that bring it about, actions that do not, changes of the level
    ("success if holding a blue ball", "forward pickup", "forward drop", {}),
    ("success if holding a thing", "forward pickup", "pickup", {}),
    ("success if holding something", "forward pickup", "toggle", {}),
    ("failure if holding other than a key", "forward pickup", "forward", {}),
    ("success if holding other than a red ball", "forward pickup", "forward", {}),
    ("success if standing at 2,3", "forward", "left", {}),
    ("success if standing beside 3,3", "forward", "left", {}),
    ("failure if doing done", "done", "toggle", {}),
    ("failure if dropping something", "forward pickup drop", "drop", {}),
    ("success if putting it near 4,4", "forward pickup drop", "forward pickup left", {}),
    ("success if putting it near 5,3", "forward pickup right drop", "done", {}),
    ("failure if walking into something", "forward forward", "forward", {}),
    ("success if 2,1 is an open red door", "toggle", "done", {**DOOR, "objects": [OPENED]}),
    ("success if doing toggle and 2,1 is a door", "toggle", "done", DOOR),
]


@pytest.mark.parametrize(("rule", "acts", "idles", "changes"), CASES)
def test_a_rule_holds_when_it_says_so(
    rule: str, acts: str, idles: str, changes: dict[str, Any]
) -> None:
    if "5,3" in rule:  # dropped at 2,4: not around 5,3
        assert _outcome(rule, acts, **changes) == "nothing"
        return
    assert _outcome(rule, acts, **changes) == rule.split()[0]
    assert _outcome(rule, idles, **changes) == "nothing"


def test_the_first_rule_that_holds_decides() -> None:
    right = ["success if holding a blue ball", "failure if holding something"]
    assert _play(_level(right), "forward pickup")[-1] == (pytest.approx(0.91), True)
    assert _play(_level(right[::-1]), "forward pickup")[-1] == (0.0, True)


def test_all_conditions_of_a_rule_must_hold_in_one_step() -> None:
    rule = "success if doing done and standing beside 3,3"
    assert _outcome(rule, "done forward") == "nothing"
    assert _outcome(rule, "forward done") == "success"


def test_failing_costs_what_the_rules_say() -> None:
    level = _level(["failure if doing done"])
    assert _play(level, "done", **{"reward.failure_cost": 0.25}) == [(-0.25, True)]
    assert _play(level, "done") == [(0.0, True)]


def test_a_success_is_worth_the_goal_reward() -> None:
    level = _level(["success if doing done"])
    factors = {"reward.goal": 2.0, "reward.goal_decay": 0.0}
    assert _play(level, "done", **factors) == [(2.0, True)]


@pytest.mark.parametrize(
    "content", ["red key", "green ball", "grey box", "yellow key", "purple ball"]
)
def test_a_box_gives_way_to_what_it_holds(content: str) -> None:
    inside = {"at": [2, 1], "contains": content}
    level = {
        "map": ["####", "#.B#", "####"],
        "objects": [inside],
        "agents": [[1, 1, "east", 0]],
        "max_steps": 20,
    }
    env = adaptarium.world("Unlock-v0").override(records=(level,)).gym()
    seen, _ = env.reset(seed=0)
    assert seen["image"][3, 5].tolist() == [codes.BOX, codes.GREY, 0]
    seen, *_ = env.step(5)
    colour, tile = content.split()
    found = [codes.TILES.index(tile), codes.COLOURS.index(colour), 0]
    assert seen["image"][3, 5].tolist() == found
    seen, *_ = env.step(3)
    assert seen["image"][3, 6].tolist() == found


# ---- words ----


def test_tasks_read_as_they_are_written() -> None:
    for rule, _, _, _ in CASES:
        plain = rule.replace("a thing", "something")
        assert tasks.write_task(tasks.read_task([rule])) == [plain]


@pytest.mark.parametrize(
    ("task", "match"),
    [
        (["win if doing done"], "expected 'success if ...' or 'failure if ...'"),
        (["success"], "expected 'success if ...'"),
        (["success if flying"], "expected one like holding other than a blue box"),
        (["success if doing jump"], "no primitive"),
        (["success if doing togle"], "did you mean 'toggle'"),
        (["success if holding a pink box"], "no thing; expected for example"),
        (["success if standing at 9,1"], "not on the map; expected columns 0 to 6"),
        (["success if " + " and ".join(["doing done"] * 7)], "expected at most 6"),
        ([3], "expected 'success if ...'"),
        ("success if doing done", "expected a list of rules"),
    ],
)
def test_a_malformed_task_is_refused(task: Any, match: str) -> None:
    with pytest.raises(LevelError, match=match):
        adaptarium.world("Unlock-v0").override(records=(_level(task),)).vec(1)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"mission": "make me happy"}, "expected one of the missions"),
        ({"mission": 3}, "expected a sentence"),
        ({"objects": [{"at": [3, 3], "contains": "red key"}]}, "a ball contains nothing"),
        ({"obstacles": [[1, 1]]}, "do not match"),
        ({"obstacles": [[3, 3], [3, 3]]}, "do not match"),
    ],
)
def test_malformed_aims_are_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(LevelError, match=match):
        adaptarium.world("Unlock-v0").override(records=(_level([], **changes),)).vec(1)


def test_an_unknown_content_is_refused_with_the_nearest() -> None:
    level = _level([], map=["####", "#.B#", "####"], agents=[[1, 1, "east", 0]])
    level["objects"] = [{"at": [2, 1], "contains": "red kee"}]
    with pytest.raises(LevelError, match="such as 'red key'"):
        adaptarium.world("Unlock-v0").override(records=(level,)).vec(1)


def _sentences() -> list[str]:
    filled = {"colour": "red", "thing": "key", "colour2": "blue", "thing2": "box"}
    return [template.format(**filled) for template in missions.TEMPLATES]


def test_missions_go_through_words_and_numbers() -> None:
    for number, words in enumerate(_sentences()):
        template, noun, other = missions.read_sentence(words)
        assert template == number
        assert missions.sentence(template, noun, other) == words
        assert missions.decode(missions.encode(words)) == words


def test_the_observation_holds_the_numbers_of_the_mission() -> None:
    for words in _sentences():
        level = _level([], mission=words)
        env = adaptarium.world("Unlock-v0").override(records=(level,)).gym()
        seen, info = env.reset(seed=0)
        np.testing.assert_array_equal(seen["mission"], missions.encode(words))
        assert info["text"] == (words or "open the door")  # the world's own where it has none


def test_word_numbers_are_published_for_good() -> None:
    """A word keeps its number: trained agents know them."""
    assert len(set(missions.VOCABULARY)) == len(missions.VOCABULARY) <= missions.MAX_WORDS
    known = {"": 0, "red": 1, "grey": 6, "door": 9, "the": 20, "go": 30, "hallway": 52}
    assert {word: missions.VOCABULARY.index(word) for word in known} == known


def test_words_without_a_number_are_refused() -> None:
    with pytest.raises(LevelError, match="expected at most 20 words"):
        missions.encode("hug the door")
    with pytest.raises(LevelError, match="expected at most 20 words"):
        missions.encode("the " * 21)


def test_a_vector_environment_tells_each_slot_its_mission() -> None:
    env = adaptarium.world("Fetch-v0").vec(8)
    seen, infos = env.reset(seed=0)
    assert [missions.decode(row) for row in seen["mission"]] == infos["text"].tolist()
    assert len(set(infos["text"])) > 4


def test_the_same_map_with_another_task_is_another_level() -> None:
    hashes = set()
    for mission, rule in (
        ("", "success if doing done"),
        ("", "failure if doing done"),
        ("open the door", "success if doing done"),
        ("", "success if standing at 1,1"),
        ("", "success if standing at 1,2"),
        ("", "success if holding a red ball"),
        ("", "success if holding a red key"),
    ):
        level = _level([rule], mission=mission)
        _, info = adaptarium.world("Unlock-v0").override(records=(level,)).gym().reset(seed=0)
        hashes.add(int(info["level"]))
    assert len(hashes) == 7


# ---- balls that move ----


@pytest.mark.parametrize("moves", ["ahead", "around"])
def test_balls_that_move_stay_as_many(moves: str) -> None:
    world = adaptarium.world("DynamicObstacles-v0", size=8, obstacles=4)
    factors: dict[str, Any] = {"transition.obstacle_moves": moves, "transition.hazard_ends": False}
    env = world.override(**factors, **{"observation.view": "full"}).gym()
    seen, _ = env.reset(seed=0)
    places = set()
    for _ in range(40):
        balls = np.argwhere(seen["image"][:, :, 0] == codes.BALL)
        places.add(balls.tobytes())
        assert 3 <= len(balls) <= 4  # the agent is drawn over one that has reached it
        seen, *_ = env.step(0)
    assert len(places) > 20


def test_a_ball_that_is_picked_up_moves_no_more() -> None:
    level = _level([], obstacles=[[3, 3]], agents=[[2, 3, "east", 0]])
    factors = {"transition.obstacle_moves": "around", "transition.obstacle_rate": 0.0}
    world = adaptarium.world("Unlock-v0").override(records=(level,), **factors)
    env = world.override(**{"observation.view": "full", "observation.occlusion": False}).gym()
    env.reset(seed=0)
    env.step(3)
    env.unwrapped.set_factors(**{"transition.obstacle_rate": 1.0})
    for action in (1, 4, 6, 6, 6):  # turn south, drop it, and wait
        seen, *_ = env.step(action)
    assert np.argwhere(seen["image"][:, :, 0] == codes.BALL).tolist() == [[2, 4]]
