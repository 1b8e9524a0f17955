"""Physics shifts: nothing moves outside the schedule, and every face and order gives one trace."""

from __future__ import annotations

import copy
import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.driver import SPLIT_TEST, SPLIT_TRAIN
from adaptarium.envs.core.world import World, load_world
from adaptarium.wrappers.physics import compile_plan
from adaptarium.wrappers.spec import ShiftPlan, as_plan

MODES = ("NextStep", "SameStep", "Disabled")
STEP = {"kind": "step", "at": 30, "until": 60}
SLIP = {"kind": "factors", "to": {"transition.slip": 1.0}}
KINDS: dict[str, Any] = {
    "transition": SLIP,
    "observation": {"kind": "factors", "to": {"observation.noise": 0.8}},
    "action": {"kind": "factors", "to": {"action.order": [2, 1, 0, 3, 4, 5, 6]}},
    "reward": {"kind": "factors", "to": {"reward.step_cost": 0.5}},
    "levels": {"kind": "levels", "to": {"size": 5}},
}
MIXED = (
    ("icy", SLIP, {"kind": "periodic", "period": 16, "shape": "triangle"}),
    ("dear", {"kind": "factors", "to": {"reward.step_cost": 1.0}}, {"kind": "walk", "every": 7}),
    ("small", KINDS["levels"], {"kind": "markov", "unit": "episode", "stay": 0.4}),
)


def plan_of(*shifts: tuple[str, Any, Any], **fields: Any) -> ShiftPlan:
    """A plan of (name, what, when) shifts."""
    parts = [{"name": n, "what": what, "when": when, **fields} for n, what, when in shifts]
    return as_plan({"schema": "adaptarium-shift/1", "shift": parts})


def world_of() -> World:
    return load_world("DoorKey-v0", size=6, **{"episode.max_steps": 11})


class Row:
    """What a slot did in one of its own steps, compared bit by bit."""

    def __init__(self, batch: Batch, i: int, *, final: bool, position: dict[str, float]) -> None:
        views = batch.final_obs if final and batch.final_obs["image"].size else batch.obs
        w = batch.w
        self.parts = (
            tuple(views[name][i].tobytes() for name in sorted(views)),
            w.reward[i].tobytes(),
            w.terminated[i].tobytes(),
            w.truncated[i].tobytes(),
            tuple(sorted(position.items())),
        )


def actions(seed: int, steps: int, n: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, n, steps)


def trace(
    world: World,
    plan: ShiftPlan | None,
    mode: str,
    seeds: list[int],
    steps: int = 90,
    threads: int = 1,
) -> list[list[Any]]:
    """(slots, steps) what each slot does in its own steps: the steps that begin episodes aside."""
    env = adaptarium.vec(world, len(seeds), autoreset_mode=mode, num_threads=threads)
    if plan is not None:
        env.attach(compile_plan([world], plan))
    env.reset(seed=seeds)
    draws = [actions(seed, steps) for seed in seeds]
    rows: list[list[Any]] = [[] for _ in seeds]
    batch = env.batch
    while min(len(each) for each in rows) < steps:
        over = batch.w.core["ended"].astype(bool)
        if mode == "Disabled" and over.any():
            env.reset(options={"reset_mask": over})
            over[:] = False
        at = [min(len(each), steps - 1) for each in rows]
        infos = env.step(np.array([draws[i][t] for i, t in enumerate(at)]))[4]
        for i in np.flatnonzero(~over):
            final = mode == "SameStep" and bool(batch.w.out["final"][i])
            told = (infos["final_info"] if final else infos).get("shift", {})
            position = {k: float(v[i]) for k, v in told.items() if not k.startswith("_")}
            rows[i].append(Row(batch, int(i), final=final, position=position).parts)
    env.close()
    return [each[:steps] for each in rows]


def without_positions(rows: list[Any]) -> list[Any]:
    return [row[:-1] for row in rows]


# ---- outside the schedule nothing moves ----


@pytest.mark.parametrize("group", KINDS)
def test_steps_outside_the_schedule_are_bit_identical(group: str) -> None:
    world, seeds = world_of(), [3, 4, 5]
    bare = trace(world, None, "SameStep", seeds)
    shifted = trace(world, plan_of((group, KINDS[group], STEP)), "SameStep", seeds)
    for one, other in zip(bare, shifted, strict=True):
        assert without_positions(one[:30]) == without_positions(other[:30])
    assert bare != [without_positions(rows) for rows in shifted]
    assert any(
        without_positions(one[30:60]) != without_positions(other[30:60])
        for one, other in zip(bare, shifted, strict=True)
    )


@pytest.mark.parametrize("group", ["reward", "observation"])
def test_a_shift_that_ends_leaves_no_trace_where_it_moves_no_state(group: str) -> None:
    world, seeds = world_of(), [3, 4]
    bare = trace(world, None, "NextStep", seeds)
    shifted = trace(world, plan_of((group, KINDS[group], STEP)), "NextStep", seeds)
    for one, other in zip(bare, shifted, strict=True):
        assert without_positions(one[60:]) == without_positions(other[60:])


@pytest.mark.parametrize("group", KINDS)
def test_slots_outside_are_bit_identical(group: str) -> None:
    world, seeds = world_of(), [3, 4, 5, 6]
    plan = plan_of(
        (group, KINDS[group], {"kind": "step", "at": 0}), slots={"modulo": 2, "remainders": [1]}
    )
    bare, shifted = trace(world, None, "NextStep", seeds), trace(world, plan, "NextStep", seeds)
    for i in range(4):
        same = without_positions(bare[i]) == without_positions(shifted[i])
        assert same == (i % 2 == 0)
        assert {dict(row[-1])[group] for row in shifted[i]} == {float(i % 2)}


def test_a_shift_and_its_inverse_before_the_first_step_is_no_shift() -> None:
    """Both at count 0: one factor goes to its far end and another shift takes it back."""
    own, other = (0, 1, 2, 3, 4, 5, 6), (2, 1, 0, 3, 4, 5, 6)
    world = world_of()
    turned = world.override(**{"action.order": other})
    back = plan_of(
        ("back", {"kind": "factors", "to": {"action.order": own}}, {"kind": "step", "at": 0})
    )
    bare = trace(world, None, "SameStep", [3, 4])
    assert bare == [without_positions_kept(r) for r in trace(turned, back, "SameStep", [3, 4])]
    # Shift, inverse and permutation with itself: on, and off again before any step is played.
    twice = plan_of(
        ("on", {"kind": "factors", "to": {"action.order": other}}, _at(0, 1)),
        ("off", {"kind": "factors", "to": {"action.order": own}}, _at(1, None)),
    )
    rows = trace(world, twice, "SameStep", [3, 4])
    assert [dict(row[-1]) for row in rows[0][:2]] == [{"on": 1, "off": 0}, {"on": 0, "off": 1}]


def without_positions_kept(rows: list[Any]) -> list[Any]:
    return [(*row[:-1], ()) for row in rows]


def _at(first: int, last: int | None) -> dict[str, Any]:
    return {"kind": "step", "at": first} | ({} if last is None else {"until": last})


# ---- one trace ----


def test_every_mode_number_of_slots_and_threads_gives_one_trace() -> None:
    world, plan = world_of(), plan_of(*MIXED)
    seeds = list(range(11, 18))
    whole = trace(world, plan, "NextStep", seeds, steps=120)
    assert len({dict(row[-1])["dear"] for row in whole[0]}) > 3
    assert len({dict(row[-1])["small"] for row in whole[0]}) == 2
    for mode in MODES[1:]:
        assert trace(world, plan, mode, seeds, steps=120) == whole
    assert trace(world, plan, "SameStep", seeds, steps=120, threads=2) == whole
    assert trace(world, plan, "NextStep", seeds[:1], steps=120) == whole[:1]
    assert trace(world, plan, "SameStep", seeds[4:6], steps=120) == whole[4:6]


def single_rows(env: Any, seed: int, steps: int) -> list[Any]:
    """(reward, terminated, truncated, positions) of each step of a Gymnasium environment."""
    env.reset(seed=seed)
    rows = []
    for action in actions(seed, steps).tolist():
        _, reward, terminated, truncated, info = env.step(action)
        rows.append((reward, terminated, truncated, info["shift"]))
        if terminated or truncated:
            env.reset()
    return rows


def test_single_and_text_faces_give_the_trace_of_the_batch() -> None:
    world, plan = world_of(), plan_of(*MIXED)
    rows = single_rows(adaptarium.shifted(world, plan, face="gym"), 11, 120)
    batch = trace(world, plan, "NextStep", [11], steps=120)[0]
    for mine, theirs in zip(rows, batch, strict=True):
        assert np.float64(mine[0]).tobytes() == theirs[1]
        assert np.array(mine[1:3]).tobytes() == theirs[2] + theirs[3]
        assert tuple(sorted(mine[3].items())) == theirs[4]
    text = adaptarium.shifted(world, plan, face="text")
    text.reset(seed=11)
    for action, mine in zip(actions(11, 120).tolist(), rows, strict=True):
        step = text.step(text.menu()[action])
        assert (step.reward, step.terminated, step.truncated, step.info["shift"]) == mine
        if step.terminated or step.truncated:
            text.reset()


def test_the_text_face_speaks_of_the_world_as_it_is_now() -> None:
    plan = plan_of(("icy", SLIP, {"kind": "step", "at": 2}))
    env = adaptarium.shifted(world_of(), plan, face="text")
    env.reset(seed=1)
    before = env.manual()
    assert before == adaptarium.world(world_of()).text().manual()
    for _ in range(3):
        env.step("stay")
    assert env.manual() == world_of().override(**{"transition.slip": 1.0}).text().manual()
    assert env.manual() != before


def _multi(face: str) -> Any:
    world = load_world("Foraging-v0", players=3, **{"episode.max_steps": 9})
    plan = plan_of(
        ("dear", {"kind": "factors", "to": {"reward.step_cost": 1.0}}, MIXED[1][2]),
        ("icy", SLIP, {"kind": "periodic", "period": 6}),
    )
    options = {"num_envs": 2, "autoreset_mode": "SameStep"} if face == "vec" else {}
    return adaptarium.shifted(world, plan, face=face, **options)


def test_multi_agent_faces_give_one_trace() -> None:
    steps, draws = 60, np.random.default_rng(5).integers(0, 6, (60, 3))
    parallel, aec, batch = _multi("parallel"), _multi("aec"), _multi("vec")
    parallel.reset(seed=4)
    aec.reset(seed=4)
    batch.reset(seed=4)
    for t in range(steps):
        acts = {f"player_{a}": int(draws[t, a]) for a in range(3)}
        _, rewards, _, ends, infos = parallel.step(acts)
        for agent in list(aec.agents):
            assert aec.agent_selection == agent
            aec.step(acts[agent])
        _, reward, _, truncated, told = batch.step(np.broadcast_to(draws[t], (2, 3)))
        if ends["player_0"]:
            told = told["final_info"]
        for a in range(3):
            name = f"player_{a}"
            assert rewards[name] == aec.rewards[name] == reward[0, a]
            assert ends[name] == aec.truncations[name] == truncated[0, a]
            assert infos[name]["shift"] == aec.infos[name]["shift"]
            assert infos[name]["shift"] == {k: told["shift"][k][0] for k in ("dear", "icy")}
        if not parallel.agents:
            parallel.reset()
            aec.reset()


_CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
import test_physics
print(test_physics.digest())
"""


def digest() -> str:
    rows = trace(world_of(), plan_of(*MIXED), "NextStep", [1, 2], steps=60)
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_the_hash_seed_of_the_process_changes_nothing() -> None:
    other = "1" if os.environ.get("PYTHONHASHSEED") == "4242" else "4242"
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(Path(__file__).parent)],
        env={**os.environ, "PYTHONHASHSEED": other},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == digest()


# ---- infos ----


def test_infos_tell_positions_on_every_step_and_reset_and_nothing_without_a_plan() -> None:
    env = adaptarium.shifted(world_of(), plan_of(("icy", SLIP, STEP)), num_envs=3)
    infos = env.reset(seed=1)[1]
    for _ in range(31):
        assert infos["shift"]["icy"].tolist() == [0.0, 0.0, 0.0]
        assert infos["_shift"].all()
        infos = env.step(np.zeros(3, np.int64))[4]
    with pytest.raises(ValueError, match="read-only"):
        infos["shift"]["icy"][0] = 5.0
    bare = adaptarium.vec(world_of(), 2)
    assert "shift" not in bare.reset(seed=1)[1] | bare.step(np.zeros(2, np.int64))[4]


def test_continuous_schedules_move_in_steps_of_the_resolution() -> None:
    what = {"kind": "factors", "to": {"transition.slip": 0.8}, "resolution": 4}
    plan = plan_of(("icy", what, {"kind": "linear", "start": 0, "stop": 40}))
    env = adaptarium.shifted(world_of(), plan, face="gym").unwrapped
    env.reset(seed=1)
    seen = {}
    for _ in range(60):
        _, _, terminated, truncated, info = env.step(6)
        seen[info["shift"]["icy"]] = float(env.batch.w.rules["slip"][0])
        assert env.batch.rules[0].transition.slip == env.batch.w.rules["slip"][0]
        if terminated or truncated:
            env.reset()
    assert seen == pytest.approx({0.0: 0.0, 0.25: 0.2, 0.5: 0.4, 0.75: 0.6, 1.0: 0.8})


# ---- going on from a saved state ----


def test_a_saved_state_goes_on_exactly_also_when_copied_and_pickled() -> None:
    world, plan = world_of(), plan_of(*MIXED)
    env = adaptarium.shifted(world, plan, num_envs=3, autoreset_mode="SameStep")
    env.reset(seed=8)
    draws = np.random.default_rng(0).integers(0, 7, (400, 3))
    for t in range(150):
        env.step(draws[t])
    other = adaptarium.shifted(world, plan, num_envs=3, autoreset_mode="SameStep")
    other.reset(seed=99)
    other.restore_state(env.save_state())
    twins = [other, pickle.loads(pickle.dumps(env)), copy.deepcopy(env)]
    for t in range(150, 400):
        obs, reward, *_, infos = env.step(draws[t])
        for twin in twins:
            theirs = twin.step(draws[t])
            assert all(np.array_equal(obs[key], theirs[0][key]) for key in obs)
            assert np.array_equal(reward, theirs[1])
            for name in ("icy", "dear", "small"):
                assert np.array_equal(infos["shift"][name], theirs[4]["shift"][name])


def test_a_copied_slot_follows_the_schedule_of_its_source() -> None:
    env = adaptarium.shifted(world_of(), plan_of(*MIXED), num_envs=3, autoreset_mode="SameStep")
    env.reset(seed=8)
    draws = np.random.default_rng(0).integers(0, 7, 300)
    for t in range(100):
        env.step(np.full(3, draws[t]))
    env.copy(0, 2)
    for t in range(100, 300):
        _, reward, *_, infos = env.step(np.full(3, draws[t]))
        assert reward[0] == reward[2]
        assert all(infos["shift"][name][0] == infos["shift"][name][2] for name in ("icy", "dear"))


# ---- driven by the learner ----


def test_a_progress_shift_is_replayed_from_its_recorded_switches() -> None:
    world = world_of()
    when = {"kind": "progress", "threshold": 0.5, "stages": 4}
    program = compile_plan([world], plan_of(("icy", SLIP, when)))
    batch = Batch([world], 2, autoreset="same_step")
    batch.attach(program)
    batch.reset(seed=3)
    played = []
    for t in range(60):
        if t in (10, 33):
            batch.reach("icy", 0.25 if t == 10 else 1.0)
        batch.w.actions[:, 0] = actions(3, 60)[t]
        batch.step()
        played.append((batch.w.rules["slip"].tolist(), batch.w.reward.tobytes()))
    assert [*dict.fromkeys(slip[0] for slip, _ in played)] == [0.0, 0.25, 1.0]
    assert batch.shifter is not None
    times = [list(one) for one in batch.shifter.tracks[0].switches(0)]
    assert times == [[11, 0.25], [34, 1.0]]
    again = Batch([world], 2, autoreset="same_step")
    replay = plan_of(("icy", SLIP, {"kind": "times", "times": times}))
    again.attach(compile_plan([world], replay))
    again.reset(seed=3)
    for t in range(60):
        again.w.actions[:, 0] = actions(3, 60)[t]
        again.step()
        assert (again.w.rules["slip"].tolist(), again.w.reward.tobytes()) == played[t]


def test_a_shift_of_the_split_chooses_the_levels_of_the_next_episode() -> None:
    what = {"kind": "levels", "to": {"split": "test"}}
    shift = {"name": "unseen", "what": what, "when": {"kind": "step", "at": 1, "unit": "episode"}}
    plan = {"schema": "adaptarium-shift/1", "shift": [shift]}
    env = adaptarium.shifted("FourRooms-v0", plan, num_envs=32, split="train")
    seen = []
    for seed in (1, None, None):
        env.reset(seed=seed)
        w = env.batch.w
        seen.append(set(w.info["split"][w.core["level"]].tolist()))
    assert seen == [{SPLIT_TRAIN}, {SPLIT_TEST}, {SPLIT_TEST}]
