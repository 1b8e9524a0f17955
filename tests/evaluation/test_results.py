"""The results folder survives kills and refuses damage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adaptarium.envs.core.errors import ResultsError
from adaptarium.envs.core.provenance import command_line
from adaptarium.evaluation.results import Cell, Results, cell_key
from adaptarium.evaluation.scores import EpisodeResult, LevelReference, score_world


def make_cell(agent: str = "random", seed: int = 0, shift: dict[str, object] | None = None) -> Cell:
    episodes = tuple(EpisodeResult(f"{k:016x}", k, k / 7, 9, True, k > 2) for k in range(4))
    references = tuple(LevelReference(f"{k:016x}", 1.0, "exact", 0.1, 0.01, 64) for k in range(4))
    score = score_world(episodes, references, resamples=50)
    return Cell(
        "DoorKey-v0", {"size": 6}, agent, "test", shift, seed, episodes, references, score, 1.5
    )


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path / "deep" / "results", create=True)


def test_round_trip_is_exact(results: Results) -> None:
    cells = [
        make_cell(),
        replace(make_cell("runs/ä b"), notes=("unsplit: one level",)),
        make_cell(shift={"transition.slip": 0.2}),
    ]
    for cell in cells:
        results.append(cell)
    assert Results(results.folder).cells() == cells
    assert results.done_cells() == {cell.key for cell in cells}
    assert len(results.done_cells()) == 3


def test_keys_do_not_depend_on_the_order_of_overrides() -> None:
    one = cell_key("W", {"a": 1, "b": {"c": 2, "d": 3}}, "random", "test", {"x": 1, "y": 2}, 0)
    same = cell_key("W", {"b": {"d": 3, "c": 2}, "a": 1}, "random", "test", {"y": 2, "x": 1}, 0)
    assert one == same
    assert one != cell_key("W", {"a": 1, "b": {"c": 2, "d": 3}}, "random", "test", None, 0)


def test_torn_last_line_is_dropped_at_every_byte_and_appending_goes_on(results: Results) -> None:
    first, second, third = make_cell("a"), make_cell("b"), make_cell("c")
    results.append(first)
    whole = results.path.stat().st_size
    results.append(second)
    content = results.path.read_bytes()
    for size in range(whole, len(content) + 1, 7):
        results.path.write_bytes(content[:size])
        expected = [first] if size < len(content) - 1 else [first, second]
        assert results.cells() == expected, size
        results.append(third)
        assert results.cells() == [*expected, third], size


def test_a_missing_final_line_break_loses_nothing(results: Results) -> None:
    results.append(make_cell("a"))
    results.path.write_bytes(results.path.read_bytes().rstrip(b"\n"))
    assert [cell.agent for cell in results.cells()] == ["a"]
    results.append(make_cell("b"))
    assert [cell.agent for cell in results.cells()] == ["a", "b"]


def test_arranging_moves_whole_lines_within_their_own_places(results: Results) -> None:
    for agent in ("c", "other", "a", "b"):
        results.append(make_cell(agent))
    lines = results.path.read_bytes().splitlines()
    before = results.path.stat()
    keys = [make_cell(agent).key for agent in ("a", "absent", "b", "c")]
    results.arrange(keys)
    arranged = [lines[2], lines[1], lines[3], lines[0]]
    assert results.path.read_bytes().splitlines() == arranged
    assert results.path.stat().st_ino != before.st_ino  # replaced as a whole
    after = results.path.stat()
    results.arrange(keys)
    assert results.path.stat() == after


def damaged(text: str) -> list[tuple[str, str]]:
    value = json.loads(text)
    return [
        (text[: len(text) // 2], "line 2.*not valid JSON"),
        ("", "line 2.*not valid JSON"),
        (text.replace('"wall_seconds": 1.5', '"wall_seconds": NaN'), "line 2.*NaN is not JSON"),
        (text.replace('"seed": 0', '"seed": 0, "seed": 1', 1), "line 2.*'seed' appears twice"),
        (text.replace('"seed": 0', '"seed": "0"', 1), "line 2: seed: .*integer"),
        (text.replace('"size": 6', '"size": ' + "[" * 40 + "]" * 40), "line 2.*nested deeper"),
        (text.replace('"exact"', '"guess"', 1), r"line 2: references\.0\.method: .*'exact'"),
        (json.dumps(value | {"extra": 1}), "line 2: extra: "),
        (json.dumps({k: v for k, v in value.items() if k != "agent"}), "line 2: agent: .*required"),
        (json.dumps(value | {"agent": "a"}), "line 2: the cell .* already on an earlier line"),
    ]


@pytest.mark.parametrize("case", range(10))
def test_damage_in_the_middle_is_an_error(results: Results, case: int) -> None:
    for agent in "abc":
        results.append(make_cell(agent))
    lines = results.path.read_text(encoding="utf-8").splitlines()
    cases = damaged(lines[1])
    assert len(cases) == 10
    lines[1], message = cases[case]
    results.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(ResultsError, match=message):
        results.cells()


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_one_changed_byte_gives_cells_or_the_documented_error(
    tmp_path_factory: pytest.TempPathFactory, position: int, byte: int
) -> None:
    results = Results(tmp_path_factory.mktemp("mutated"))
    results.append(make_cell("a"))
    results.append(make_cell("b"))
    content = bytearray(results.path.read_bytes())
    content[position % len(content)] = byte
    results.path.write_bytes(content)
    try:
        outcome = f"{len(results.cells())} cells"
    except ResultsError as problem:
        outcome = str(problem)
    assert outcome in ("1 cells", "2 cells") or "results.jsonl, line " in outcome


def test_non_finite_numbers_are_not_written(results: Results) -> None:
    results.append(make_cell("a"))
    with pytest.raises(ValueError, match="cannot write as JSON"):
        results.append(replace(make_cell("b"), wall_seconds=float("nan")))
    assert [cell.agent for cell in results.cells()] == ["a"]


WRITER = """
import sys
from dataclasses import replace
from adaptarium.envs.core.provenance import command_line
from adaptarium.evaluation.results import Cell, Results
results = Results(sys.argv[1])
(cell,) = results.cells()
for seed in range(1, 100_000):
    results.append(replace(cell, seed=seed))
    print(seed, flush=True)
"""


def test_kill_loses_at_most_the_last_item(results: Results) -> None:
    results.append(make_cell())
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(results.folder)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    try:
        while int(writer.stdout.readline()) < 20:
            pass
        time.sleep(0.003)
    finally:
        writer.kill()  # SIGKILL
        rest = writer.communicate()[0]
    reported = [20, *map(int, rest.split())]
    seeds = [cell.seed for cell in results.cells()]
    assert seeds == list(range(len(seeds)))
    assert len(seeds) - 1 in (reported[-1], reported[-1] + 1)


def test_meta_records_commands_versions_and_platform(results: Results) -> None:
    assert results.meta().invocations == ()
    argv = ["/somewhere/bin/adaptarium", "evaluate", "--set", "transition.slip=0.2", "a b"]
    results.record_invocation(seeds=[0, 1], argv=argv)
    results.record_invocation(seeds=[0, 1], argv=argv)
    results.record_invocation(seeds=[2], argv=argv)
    first, second = Results(results.folder).meta().invocations
    assert first.command == "adaptarium evaluate --set transition.slip=0.2 'a b'"
    assert (first.seeds, second.seeds) == ((0, 1), (2,))
    assert {"python", "numpy", "numba", "gymnasium"} <= set(first.versions)
    assert os.uname().nodename not in first.platform
    assert command_line(["/x/python"]) == "python"
    assert sorted(path.name for path in results.folder.iterdir()) == ["meta.json"]


def test_damaged_meta_is_refused(results: Results) -> None:
    results.record_invocation(argv=["adaptarium"])
    path = results.folder / "meta.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"schema_version": 1', '"schema_version": 9'), encoding="utf-8")
    with pytest.raises(ResultsError, match="schema_version 9; expected 1"):
        results.meta()
    path.write_text(text[:40], encoding="utf-8")
    with pytest.raises(ResultsError, match="not valid JSON"):
        results.record_invocation(argv=["adaptarium"])
    assert path.read_text(encoding="utf-8") == text[:40]


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="not a results folder"):
        Results(tmp_path / "missing")
    (tmp_path / "file").touch()
    with pytest.raises(ResultsError, match="not a results folder"):
        Results(tmp_path / "file", create=True)
    assert Results(tmp_path).cells() == []
