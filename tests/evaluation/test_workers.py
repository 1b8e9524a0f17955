"""Worker processes: what one that is killed costs, and what is left of it."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.errors import AgentError
from adaptarium.evaluation.failures import EvaluationError
from adaptarium.evaluation.results import TIMING_FIELD, Results
from adaptarium.evaluation.workers import Job, carry_out

AGENTS = '''
import os
import signal
import time


class Calm:
    def act(self, observation, info):
        return 0


class Killed(Calm):
    """Its process is killed at the third step, as for want of memory."""

    def act(self, observation, info):
        if info["step"] == 3 and not os.path.exists("mended"):
            os.kill(os.getpid(), signal.SIGKILL)
        return 0


class Quits(Calm):
    def act(self, observation, info):
        if not os.path.exists("mended"):
            raise SystemExit(3)
        return 0


class Raises(Calm):
    def act(self, observation, info):
        if info["step"] == 3 and not os.path.exists("mended"):
            raise ZeroDivisionError("no plan")
        return 0


class Slow(Calm):
    def act(self, observation, info):
        time.sleep(0.001)
        return 0


class Stuck(Calm):
    def act(self, observation, info):
        open(f"stuck-{os.getpid()}", "w").close()
        time.sleep(600)


def spans(listener):
    begun = time.time()
    time.sleep(0.3)
    return begun, time.time()


def said(what, listener):
    listener(f"doing {what}")
    return what.upper()


def dies(listener):
    listener("about to die")
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


class Foreigner:
    """Its module is found by this process alone."""

    def __reduce__(self):
        return __import__, ("no_such_module",)
'''


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with agents of all kinds."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    (tmp_path / "kinds.py").write_text(AGENTS, encoding="utf-8")
    return tmp_path


def children(parent: int) -> set[int]:
    """The processes under ``parent``, at any depth, that still run."""
    found: set[int] = set()
    stats = [path / "stat" for path in Path("/proc").iterdir() if path.name.isdigit()]
    parents: dict[int, int] = {}
    for stat in stats:
        try:
            pid, rest = stat.read_text().split(" (", 1)
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, above = rest.rpartition(") ")[2].split()[:2]
        if state != "Z":
            parents[int(pid)] = int(above)
    level = {parent}
    while level:
        level = {pid for pid, above in parents.items() if above in level}
        found |= level
    return found


def workers_of(parent: int) -> set[int]:
    """Its worker processes: what spawning starts, but for the tracker of shared resources."""
    found = set()
    for pid in children(parent):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"spawn_main" in command:
            found.add(pid)
    return found


@pytest.mark.parametrize("workers", [0, 2])
def test_jobs_are_done_and_heard_and_may_be_added(here: Path, workers: int) -> None:
    from kinds import said

    heard: list[str] = []
    jobs = deque(Job(word, partial(said, word)) for word in ("a", "b", "c"))
    done = {}
    for job, outcome in carry_out(jobs, workers, heard.append):
        done[job.label] = outcome.value
        if job.label == "b":
            jobs.append(Job("d", partial(said, "d")))
    assert done == {"a": "A", "b": "B", "c": "C", "d": "D"}
    assert sorted(heard) == ["doing a", "doing b", "doing c", "doing d"]
    assert workers_of(os.getpid()) == set()


def test_a_killed_worker_takes_its_own_job_only(here: Path) -> None:
    from kinds import Foreigner, dies, said

    jobs = deque([Job("dies", dies), Job("foreign", partial(said, Foreigner()))])
    jobs += [Job(f"job {k}", partial(said, str(k))) for k in range(3)]
    outcomes = {job.label: outcome for job, outcome in carry_out(jobs, 2)}
    told = outcomes.pop("dies").failure
    assert told == "its worker process was ended by SIGKILL (it said last: about to die)"
    assert (
        outcomes.pop("foreign").failure == "ModuleNotFoundError: No module named 'no_such_module'"
    )
    assert {label: outcome.value for label, outcome in outcomes.items()} == {
        f"job {k}": str(k) for k in range(3)
    }


def test_a_worker_killed_between_two_jobs_is_replaced(here: Path) -> None:
    from kinds import said

    jobs = deque([Job("first", partial(said, "first"))])
    outcomes = []
    for job, outcome in carry_out(jobs, 1):
        outcomes.append(outcome.value or outcome.failure)
        if job.label == "first":
            (worker,) = workers_of(os.getpid())
            os.kill(worker, signal.SIGKILL)
            wait_for(lambda: not multiprocessing.active_children(), 5)
            jobs.append(Job("second", partial(said, "second")))
    assert outcomes == ["FIRST", "SECOND"]


def test_leaving_early_leaves_no_process(here: Path) -> None:
    from kinds import said

    for _job, _outcome in carry_out(deque(Job(str(k), partial(said, str(k))) for k in range(9)), 1):
        assert workers_of(os.getpid())
        break
    assert workers_of(os.getpid()) == set()


WORLD = "gym:CartPole-v1"


def test_failures_are_named_and_the_other_cells_kept(here: Path) -> None:
    agents = ["kinds:Calm", "kinds:Killed", "kinds:Quits", "kinds:Raises", "random"]
    with pytest.raises(EvaluationError) as caught:
        adaptarium.evaluate(WORLD, agents, episodes=3, seed=4, out="r", workers=2)
    told = str(caught.value)
    assert told.startswith("3 cells failed: ")
    for agent, why in (
        ("Killed", r"its worker process was ended by SIGKILL at episode seed \d+, step 3"),
        ("Quits", "its worker process was ended with status 3"),
        ("Raises", r"episode seed \d+, step 3: agent Raises: ZeroDivisionError: no plan"),
    ):
        assert re.search(rf"{WORLD}, agent kinds:{agent}, seed 4: {why}", told)
    assert [cell.agent for cell in Results("r").cells()] == ["kinds:Calm", "random"]
    assert workers_of(os.getpid()) == set()
    # What failed is played when it can be; what is there is not played again.
    (here / "mended").touch()
    cells = adaptarium.evaluate(WORLD, agents, episodes=3, seed=4, out="r", workers=1)
    assert [cell["agent"] for cell in cells] == agents
    assert [cell.agent for cell in Results("r").cells()] == agents


@pytest.mark.parametrize("workers", [0, 1])
def test_a_step_of_our_own_worlds_is_named_too(here: Path, workers: int) -> None:
    with pytest.raises(EvaluationError) as caught:
        adaptarium.evaluate("Empty-v0", "kinds:Raises", episodes=2, out="r", workers=workers)
    where = r"Empty-v0, agent kinds:Raises, seed 0: episode seed \d+, step 3: agent Raises: Zero"
    assert re.search(where, str(caught.value))


def test_an_agent_that_is_an_object_stays_in_this_process(here: Path) -> None:
    from kinds import Calm

    with pytest.raises(AgentError, match="agent Calm is an object .* expected workers=0, not 2"):
        adaptarium.evaluate(WORLD, Calm(), out="r", workers=2)
    assert not (here / "r").exists()


def command(agents: str, *more: str) -> list[str]:
    words = f"evaluate --worlds {WORLD} --agents {agents} --episodes 12"
    return [sys.executable, "-m", "adaptarium", *words.split(), *more]


def started(agents: str, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(agents, *more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(what: Callable[[], Any], seconds: float) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


def test_a_worker_killed_from_outside_is_an_error_within_five_seconds(here: Path) -> None:
    run = started("kinds:Stuck,random", "--workers", "2", "--out", "r")
    try:
        (stuck,) = wait_for(lambda: list(here.glob("stuck-*")), 120)
        os.kill(int(stuck.name.removeprefix("stuck-")), signal.SIGKILL)
        killed = time.monotonic()
        assert run.stderr is not None
        first = run.stderr.readline()
        assert time.monotonic() - killed < 5
        _, last = run.communicate(timeout=120)
    finally:
        run.kill()
        run.wait()
    what = f"{WORLD}, agent kinds:Stuck, seed 0: its worker process was ended by SIGKILL at episode"
    told = re.fullmatch(rf"adaptarium: failed: ({what} seed \d+, step 0)\n", first)
    assert told
    assert last.startswith(f"adaptarium: error: 1 cell failed: {told[1]}. The others are kept in r")
    assert (run.returncode, len(last.splitlines())) == (1, 1)
    assert workers_of(run.pid) == set()
    assert [cell.agent for cell in Results("r").cells()] == ["random"]


def test_jobs_of_one_lane_take_turns_and_others_do_not_wait(here: Path) -> None:
    from kinds import spans

    jobs = deque(Job(f"shared {k}", spans, lane="one") for k in range(3))
    jobs += [Job(f"free {k}", spans) for k in range(3)]
    times = {job.label: outcome.value for job, outcome in carry_out(jobs, 2)}
    shared = sorted(times[f"shared {k}"] for k in range(3))
    assert all(end <= begin for (_, end), (begin, _) in pairwise(shared))
    free = [times[f"free {k}"] for k in range(3)]
    assert any(begin < other[1] and other[0] < end for begin, end in free for other in shared)


def comparable(folder: Path) -> list[str]:
    """The lines of the results file, byte for byte, but for the time that was taken."""
    text = (folder / "results.jsonl").read_text(encoding="utf-8")
    return re.sub(rf'"{TIMING_FIELD}": [-+.\de]+', f'"{TIMING_FIELD}": 0', text).splitlines()


AGENTS_PLAYED = "kinds:Calm,kinds:Slow,random"


def ended_after(kills: int, longest: float, *more: str) -> Iterator[None]:
    """Kill an evaluation at random moments and start it again; stop each time that it has ended.

    One that ends before it was killed often enough begins anew, in an empty folder.
    """
    rng = np.random.default_rng(1)
    while kills:
        run = started(AGENTS_PLAYED, *more, "--out", "killed")
        try:
            run.communicate(timeout=rng.uniform(0.2, longest))
        except subprocess.TimeoutExpired:
            workers = workers_of(run.pid)
            run.kill()
            run.communicate()
            kills -= 1
            # The workers of a parent that was killed end by themselves.
            wait_for(lambda left=workers: not any(map(is_alive, left)), 5)
        else:
            assert run.returncode == 0
            yield
            shutil.rmtree("killed")
    run = started(AGENTS_PLAYED, *more, "--out", "killed")
    run.communicate(timeout=300)
    assert run.returncode == 0
    yield


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    "kills", [1, pytest.param(20, marks=pytest.mark.full)], ids=["once", "twenty times"]
)
def test_killed_at_random_it_ends_as_one_left_alone(here: Path, kills: int) -> None:
    seeds = [str(seed) for seed in range(1 if kills == 1 else 8)]
    more = ("--seeds", ",".join(seeds), "--workers", "2")
    begun = time.monotonic()
    alone = subprocess.run(command(AGENTS_PLAYED, *more, "--out", "alone"), capture_output=True)
    assert alone.returncode == 0, alone.stderr
    lines = comparable(here / "alone")
    for _ in ended_after(kills, 0.8 * (time.monotonic() - begun), *more):
        assert comparable(here / "killed") == lines
    plan = [(seed, agent) for seed in seeds for agent in AGENTS_PLAYED.split(",")]
    assert [(str(cell["seed"]), cell["agent"]) for cell in map(json.loads, lines)] == plan
