"""Running a stream: lives by worker processes, gathered into one record and a report.

=====================  ========================================================================
file                   holds
=====================  ========================================================================
``stream.json``        the stream, its learners and seeds, and what its tasks are worth
``record.jsonl``       all lives' lines, in the order of learners, seeds, experts and steps
``lives/NAME/``        one life each (:mod:`adaptarium.evaluation.streams.lives`)
``meta.json``          every invocation's command line and versions
``report.html``        the measures on one page
=====================  ========================================================================

Killed at any moment and started again, as often as you like, it ends with the same record; a life
loses at most the learning since its last evaluation.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from adaptarium.agents.loading import agent_name
from adaptarium.agents.locks import locked
from adaptarium.agents.protocol import Agent
from adaptarium.envs.core.errors import AgentError, ResultsError
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps, loads
from adaptarium.evaluation.failures import EvaluationError
from adaptarium.evaluation.json_lines import whole_lines
from adaptarium.evaluation.measures.record import RECORD_NAME, Role, read_record
from adaptarium.evaluation.results import Results
from adaptarium.evaluation.streams.evaluations import EvaluatedTask, prepare_task
from adaptarium.evaluation.streams.learners import check_learner, learns
from adaptarium.evaluation.streams.lives import Life, live
from adaptarium.evaluation.streams.plan import Stream
from adaptarium.evaluation.workers import Job, carry_out

STREAM_NAME = "stream.json"
SCHEMA = "adaptarium-stream-results/1"

Listener = Callable[[str], None]


@dataclass(frozen=True)
class StreamRun:
    """Who lives a stream.

    Attributes:
        stream: The stream.
        agents: Learners and agents, by name or as objects.
        seeds: The seeds of their lives.
    """

    stream: Stream
    agents: tuple[Agent | str, ...]
    seeds: tuple[int, ...]

    def check(self, workers: int) -> None:
        """Refuse what cannot be run, before anything is run or written.

        Raises:
            AgentError: no agent, two of one name, or an object that no worker can be given.
            UnknownNameError, FactorError, RunError: an agent or a hyper-parameter does not exist.
        """
        if not self.agents:
            raise AgentError("nothing to evaluate: expected at least one agent")
        names = [agent_name(agent) for agent in self.agents]
        for name, agent in zip(names, self.agents, strict=True):
            if names.count(name) > 1:
                raise AgentError(f"two agents are called {name!r}; give objects a `name` each")
            if workers and not isinstance(agent, str):
                raise AgentError(
                    f"agent {name} is an object and plays in this process; expected workers=0, not "
                    f"{workers}, or its name as module:factory"
                )
            check_learner(self.stream, agent)

    def lives(self, folder: Path) -> list[Life]:
        """All lives, in the order of the record."""
        found = []
        learnt = sorted({task for task, _ in self.stream.blocks})
        for agent in self.agents:
            for seed in self.seeds:
                found.append(_life(self.stream, agent, seed, "learner", folder))
                if self.stream.file.experts and learns(self.stream, agent):
                    found += [
                        _life(self.stream.alone(task), agent, seed, "expert", folder)
                        for task in learnt
                    ]
                    found += [
                        _life(stream, agent, seed, "retrained", folder)
                        for stream in map(self.stream.retrained, learnt)
                        if stream is not None
                    ]
        return found

    def to_data(self) -> dict[str, Any]:
        """What ``stream.json`` says."""
        return {
            "schema": SCHEMA,
            "stream": self.stream.to_data(),
            "learners": [agent_name(agent) for agent in self.agents],
            "seeds": list(self.seeds),
        }


def _life(stream: Stream, agent: Agent | str, seed: int, role: Role, folder: Path) -> Life:
    parts = [agent_name(agent), f"s{seed}"]
    parts += [] if role == "learner" else [stream.tasks[0].name]
    parts += ["shifted"] if role == "retrained" else []
    text = "_".join(parts)
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", text)
    if plain != text or len(plain) > 100:  # two names may look alike once they are plain
        plain = f"{plain[:80]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return Life(stream, agent, seed, role, folder / "lives" / plain)


def run_stream(
    run: StreamRun,
    out: str | Path,
    *,
    workers: int = 0,
    listener: Listener = lambda _: None,
    on_failure: Listener = lambda _: None,
) -> Path:
    """Run what the folder does not hold yet, and gather the record.

    Args:
        run: The stream and who lives it.
        out: The results folder.
        workers: Worker processes; 0 runs in this process.
        listener: Told what is being done.
        on_failure: Told of each failure at once; the other lives go on.

    Returns:
        The folder.

    Raises:
        ResultsError: the folder is damaged, in use by another process, or holds another stream.
        EvaluationError: some lives failed; all others are finished and kept.
    """
    run.check(workers)
    with locked(out, ResultsError):
        results = Results(out)
        folder = results.folder
        _open(folder, run)
        results.record_invocation(seeds=run.seeds)
        lives = run.lives(folder)
        left = [life for life in lives if not life.is_over()]
        failures = _carry_out(run.stream, left, workers, listener, on_failure)
        _gather(folder, lives)
    if failures:
        raise EvaluationError(
            f"{len(failures)} of {len(lives)} lives failed: {'; '.join(failures[:5])}. The others "
            f"are kept in {folder}: the same command goes on with what is missing"
        )
    return folder


def _open(folder: Path, run: StreamRun) -> None:
    """Note what is run, or check that the folder holds it.

    Raises:
        ResultsError: it holds another stream.
    """
    path, data = folder / STREAM_NAME, run.to_data()
    if path.is_file():
        known = loads(path.read_bytes(), what=str(path), error=ResultsError)
        if not isinstance(known, dict) or known.get("schema") != SCHEMA:
            raise ResultsError(f"{path}: expected an object of schema {SCHEMA!r}")
        wanted = loads(dumps(data["stream"]), what=str(path), error=ResultsError)
        for name in {**wanted, **known["stream"]}:
            if known["stream"].get(name) != wanted.get(name):
                raise ResultsError(
                    f"{folder} holds a stream with another {name!r}; expected the same stream, or "
                    "another folder"
                )
        for name in ("learners", "seeds"):
            data[name] = list(dict.fromkeys([*known[name], *data[name]]))
    write_atomically(path, dumps(data, indent=2) + "\n")


def _carry_out(
    stream: Stream, lives: Sequence[Life], workers: int, listener: Listener, on_failure: Listener
) -> list[str]:
    """Live the lives; what failed."""
    if not lives:
        return []
    names = [task.name for task in stream.tasks]
    jobs = deque(
        Job(f"task {name}", partial(prepare_task, stream, place))
        for place, name in enumerate(names)
    )
    tasks: dict[str, EvaluatedTask] = {}
    failures = []
    for job, outcome in carry_out(jobs, workers, listener):
        if outcome.failure is not None:
            failures.append(f"{job.label}: {outcome.failure}")
            on_failure(failures[-1])
        elif isinstance(outcome.value, EvaluatedTask):
            tasks[outcome.value.name] = outcome.value
            if len(tasks) == len(names):
                jobs.extend(_job(life, tasks) for life in lives)
    return failures


def _job(life: Life, tasks: dict[str, EvaluatedTask]) -> Job:
    own = [tasks[task.name] for task in life.stream.tasks]
    return Job(life.label, partial(live, life, own))


def _gather(folder: Path, lives: Sequence[Life]) -> None:
    """Write the record of all lives that are over, those of earlier invocations first."""
    planned = [life.folder for life in lives if life.is_over()]
    earlier = [
        path.parent
        for path in sorted((folder / "lives").glob(f"*/{RECORD_NAME}"))
        if path.parent not in {life.folder for life in lives}
    ]
    lines = [line for life in [*earlier, *planned] for line in whole_lines(life / RECORD_NAME)]
    write_atomically(folder / RECORD_NAME, b"".join(line + b"\n" for line in lines))


def final_rows(folder: str | Path) -> list[dict[str, Any]]:
    """How well each learner did each task in its last evaluation, in the order of the record.

    Returns:
        One table a learner, seed and task: ``learner``, ``seed``, ``task``, ``role``, ``step``,
        ``score``, ``mean_return``, ``success_rate`` and ``episodes``.

    Raises:
        ResultsError: the record is damaged.
    """
    last: dict[Any, dict[str, Any]] = {}
    for line in read_record(folder).evaluations:  # in the order of their steps
        key = (line.learner, line.seed, line.role, line.task)
        last[key] = {
            "learner": line.learner,
            "seed": line.seed,
            "task": line.task,
            "role": line.role,
            "step": line.step,
            "score": line.score,
            "mean_return": line.mean_return,
            "success_rate": line.success_rate,
            "episodes": line.episodes,
        }
    return sorted(last.values(), key=lambda row: (row["role"] != "learner",))
