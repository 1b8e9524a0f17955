"""``adaptarium evaluate --stream``: tasks learnt one after the other, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from adaptarium.agents.protocol import Agent
from adaptarium.envs.core.errors import MissingExtraError
from adaptarium.evaluation.report import report
from adaptarium.evaluation.streams.plan import load_stream
from adaptarium.evaluation.streams.running import StreamRun, final_rows, run_stream

Listener = Callable[[str], None]


def evaluate_stream(
    stream: str | Path | Mapping[str, Any],
    agents: Sequence[Agent | str],
    *,
    seeds: Sequence[int],
    out: str | Path,
    workers: int,
    listener: Listener,
    on_failure: Listener,
) -> list[dict[str, Any]]:
    """Run a stream and write its report; see :func:`adaptarium.evaluate`."""
    run = StreamRun(load_stream(stream), tuple(agents), tuple(seeds))
    folder = run_stream(run, out, workers=workers, listener=listener, on_failure=on_failure)
    try:
        listener(f"report: {report(folder)}")
    except MissingExtraError as problem:  # the results are there all the same
        on_failure(f"no report: {problem}")
    return final_rows(folder)
