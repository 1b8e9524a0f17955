"""Threads of one process that need compiled code at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMPILE = """
import threading
import numpy as np
from adaptarium.envs.core.compiling import Entry

def doubled(values):
    for i in range(values.shape[0]):
        values[i] *= 2

def halved(values):
    for i in range(values.shape[0]):
        values[i] /= 2

entries = [Entry(each, each.__name__, each.__name__) for each in (doubled, halved)]
kinds = [np.ones((3,), kind) for kind in (np.float64, np.float32)]
failures, start = [], threading.Barrier(4)

def compiled(entry, values):
    start.wait()
    try:
        entry.address(values)
    except Exception as problem:
        failures.append(problem)

threads = [threading.Thread(target=compiled, args=(e, v)) for e in entries for v in kinds]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failures, failures
"""


def test_threads_compile_one_after_the_other(tmp_path: Path) -> None:
    """Without a lock one thread puts back what another still uses."""
    program = tmp_path / "program.py"
    program.write_text(COMPILE, encoding="utf-8")
    environment = {**os.environ, "ADAPTARIUM_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
