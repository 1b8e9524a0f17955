"""Banks: the same levels as JSON Lines, packed; resumed after a kill, refused when damaged."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import adaptarium  # noqa: F401 (registers the worlds)
from adaptarium.commands.generate import generate
from adaptarium.commands.validate import validate
from adaptarium.envs.core.errors import LevelError
from adaptarium.generators.core.archive import pack_arrays
from adaptarium.generators.core.banks import level_writer, write_bank
from adaptarium.generators.core.files import Header, LevelFile, LevelRecord, read_levels

COUNT = 12
DOORKEY = {"count": COUNT, "seed": 3, "overrides": {"size": 6}}
EXAMPLES = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve levels of DoorKey 6x6 in both forms."""
    path = tmp_path_factory.mktemp("levels")
    generate("DoorKey-v0", out=path / "doorkey.jsonl", **DOORKEY)
    generate("DoorKey-v0", out=path / "doorkey.npz", **DOORKEY)
    return path


@pytest.fixture(scope="module")
def lines(folder: Path) -> LevelFile:
    return read_levels(folder / "doorkey.jsonl")


@pytest.fixture(scope="module")
def arrays(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / "doorkey.npz", allow_pickle=False) as bank:
        return dict(bank)


def rewritten(path: Path, header: Header, records: tuple[LevelRecord, ...]) -> bytes:
    writer = level_writer(path, header)
    for record in records:
        writer.write(record)
    return writer.finish().read_bytes()


# ---- the two forms say the same ----


def test_the_suffix_chooses_the_form(folder: Path, lines: LevelFile) -> None:
    bank = read_levels(folder / "doorkey.npz")
    assert bank.header == lines.header
    assert bank.records == lines.records
    assert bank.world == lines.world
    for mine, theirs in zip(bank.bank.levels, lines.bank.levels, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert sorted(path.name for path in folder.iterdir()) == ["doorkey.jsonl", "doorkey.npz"]


def test_each_form_becomes_the_other_to_the_byte(folder: Path, tmp_path: Path) -> None:
    for source, target in (("doorkey.jsonl", "a.npz"), ("doorkey.npz", "a.jsonl")):
        file = read_levels(folder / source)
        found = rewritten(tmp_path / target, file.header, file.records)
        assert found == (folder / f"doorkey{Path(target).suffix}").read_bytes()


@pytest.mark.parametrize("world", ["Maze-v0", "Foraging-v0", "FrozenLake-v0", "Darkroom-v0"])
def test_banks_of_other_worlds(world: str, tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.npz", "b.npz"):
        generate(world, count=3, seed=1, out=tmp_path / name)
    assert read_levels(tmp_path / "a.npz").records == read_levels(tmp_path / "a.jsonl").records
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_what_a_line_leaves_out_a_bank_leaves_out(lines: LevelFile, tmp_path: Path) -> None:
    first, second, third, *rest = lines.records
    best = first.reference
    assert best is not None
    records = (
        first.model_copy(update={"reference": None}),
        second.model_copy(update={"random": None}),
        third.model_copy(
            update={"reference": best.model_copy(update={"method": "policy", "low": 0.0, "n": 9})}
        ),
        *rest,
    )
    write_bank(tmp_path / "a.npz", lines.header, records)
    assert read_levels(tmp_path / "a.npz").records == records


def test_numpy_reads_a_bank(arrays: dict[str, np.ndarray], lines: LevelFile) -> None:
    assert json.loads(arrays["header"].item())["count"] == COUNT
    assert [f"{content:016x}" for content in arrays["hash"]] == [r.hash for r in lines.records]
    assert arrays["difficulty"].tolist() == [record.difficulty for record in lines.records]
    assert arrays["level_cells"].shape == (COUNT, 36)


def test_nothing_in_a_bank_tells_when_it_was_made(folder: Path) -> None:
    with zipfile.ZipFile(folder / "doorkey.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_bank_is_validated(folder: Path) -> None:
    report = validate(folder / "doorkey.npz")
    assert report["valid"], report["problems"]
    assert report["solved"] == report["replayed"] == report["idle"] == COUNT


# ---- interrupted ----


def test_a_torn_partial_bank_is_continued(folder: Path, tmp_path: Path) -> None:
    whole = (folder / "doorkey.jsonl").read_bytes().splitlines(keepends=True)
    path = tmp_path / "doorkey.npz"
    partial = path.with_name(path.name + ".partial")
    for torn in (b"".join(whole[:6]) + whole[6][:40], b"".join(whole)):
        partial.write_bytes(torn)
        generate("DoorKey-v0", out=path, **DOORKEY)
        assert path.read_bytes() == (folder / "doorkey.npz").read_bytes()
        assert [left.name for left in tmp_path.iterdir()] == [path.name]


def _refuse_to_rename(path: Path, target: Path) -> Path:
    raise OSError(f"the disk is full: {path} stays, {target} too")


def test_a_bank_that_cannot_be_renamed_keeps_its_lines(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "doorkey.npz"
    path.write_bytes(b"an older bank")
    monkeypatch.setattr(Path, "replace", _refuse_to_rename)
    with pytest.raises(OSError, match="full"):
        generate("DoorKey-v0", out=path, **DOORKEY)
    assert path.read_bytes() == b"an older bank"
    partial = tmp_path / "doorkey.npz.partial"
    assert sorted(tmp_path.iterdir()) == [path, partial]
    assert partial.read_bytes() == (folder / "doorkey.jsonl").read_bytes()


def test_a_killed_run_loses_no_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "maze.npz"
    words = ["generate", "Maze-v0", "--count", "3000", "--seed", "3", "--out", str(path)]
    command = [sys.executable, "-m", "adaptarium", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tmp_path)
    partial = path.with_name(path.name + ".partial")
    while not (partial.exists() and partial.stat().st_size > 20_000):
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert [left.name for left in tmp_path.iterdir()] == [partial.name]
    kept = partial.read_bytes().count(b"\n") - 1
    told: list[int] = []
    generate("Maze-v0", count=3000, seed=3, out=path, listener=lambda done, _: told.append(done))
    assert kept > 0
    assert kept < told[0] <= kept + 32
    assert len(read_levels(path).records) == 3000
    assert not partial.exists()


# ---- refused ----


def _refused(content: bytes, tmp_path: Path, match: str) -> None:
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    with pytest.raises(LevelError, match=match) as refusal:
        read_levels(path)
    assert len(str(refusal.value)) < 2000


def _without(arrays: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    return {key: value for key, value in arrays.items() if key != name}


def _with(array: np.ndarray, at: Any, value: Any) -> np.ndarray:
    changed = array.copy()
    changed[at] = value
    return changed


def _header(arrays: Mapping[str, np.ndarray], **changes: Any) -> np.ndarray:
    return np.array(json.dumps({**json.loads(arrays["header"].item()), **changes}).encode())


def test_what_is_no_archive_is_refused(folder: Path, tmp_path: Path) -> None:
    whole = (folder / "doorkey.npz").read_bytes()
    _refused(b"", tmp_path, "its end is missing")
    _refused((folder / "doorkey.jsonl").read_bytes(), tmp_path, "its end is missing")
    _refused(whole + b"\0", tmp_path, "its end is missing")
    _refused(whole[:-2] + b"\x01\x00x", tmp_path, "its end is missing")
    _refused(b"x" + whole[1:], tmp_path, "damaged archive")
    middle = len(whole) // 2
    _refused(whole[:middle] + b"\0" * 9 + whole[middle + 9 :], tmp_path, "damaged|begins with")
    with pytest.raises(LevelError, match="No such file"):
        read_levels(tmp_path / "absent.npz")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(LevelError, match="directory"):
        read_levels(tmp_path / "folder.npz")


def test_every_truncation_is_refused(folder: Path, tmp_path: Path) -> None:
    whole = (folder / "doorkey.npz").read_bytes()
    for length in {*range(0, len(whole), 61), len(whole) - 22, len(whole) - 1}:
        _refused(whole[:length], tmp_path, "truncated")


def test_arrays_that_are_not_as_expected(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    cells, hashes = arrays["level_cells"], arrays["hash"]
    for changes, match in (
        ({"level_cell": cells}, "unknown array 'level_cell.npy'; did you mean 'level_cells.npy'"),
        ({"hash": hashes[:-1]}, r"hash: .*\(11,\).*expected .*\(12,\)"),
        ({"hash": hashes.astype(np.float64)}, "hash: .*<f8.*expected .*<u8"),
        ({"level_cells": np.asfortranarray(cells)}, "level_cells: .*True.*expected .*False"),
        ({"level_cells": cells[:, :-1]}, r"\(12, 35\).*expected .*\(12, 36\)"),
        ({"level_map": arrays["level_agents"]}, "level_map: the array is .*expected "),
        ({"header": np.array("{}")}, "header: the array is .*<U2.*expected .*S8"),
        ({"header": arrays["header"].reshape(1)}, r"header: .*\(1,\).*expected .*\(\)"),
        ({"header": np.array(b"x" * (2**20 + 1))}, "1048577 bytes; expected 1 to 1048576"),
    ):
        _refused(pack_arrays({**arrays, **changes}), tmp_path, match)
    for name in ("header", "hash", "level_obstacles"):
        _refused(pack_arrays(_without(arrays, name)), tmp_path, f"array '{name}' is missing")


def test_pickles_are_not_read(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    content = io.BytesIO()
    objects = np.array([print] * COUNT, object)
    np.savez(content, **{**arrays, "hash": objects})  # type: ignore[arg-type]
    _refused(content.getvalue(), tmp_path, r"hash: .*\|O.*expected .*<u8")


def test_headers_are_checked_as_in_lines(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    for header, match in (
        (np.array(b"[]"), "header: field"),
        (np.array(b'{"seed": NaN}'), "header: NaN"),
        (np.array(b"\xff"), "not UTF-8"),
        (_header(arrays, schema="adaptarium-levels/9"), "schema"),
        (_header(arrays, world="DoorKy-v0"), "DoorKey-v0"),
        (_header(arrays, count=13), r"\(12,\).*expected .*\(13,\)"),
        (_header(arrays, count=10**6), r"\(12,\).*expected .*\(1000000,\)"),
        (_header(arrays, overrides={"size": 60}, knobs={}), r"\(12, 36\).*expected .*\(12, 3600\)"),
        (
            _header(arrays, overrides={"size": 64}, knobs={}, count=10**6),
            "expected at most .* levels",
        ),
        (
            _header(arrays, overrides={"records": [{}]}, generator="", knobs={}),
            "header: .*'map' is missing",
        ),
    ):
        _refused(pack_arrays({**arrays, "header": header}), tmp_path, match)


AIMLESS = (0, 0, 0, 0, 0)  # no clauses, no mission, no productions


def test_values_that_no_level_has(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    wall = int(arrays["level_cells"][3, 0])
    for name, at, value, match in (
        ("hash", 3, 1, "level 3: hash 0000000000000001, but the level's is"),
        ("hash", 3, arrays["hash"][0], "level 3: the level of level 0 again"),
        ("split", 3, 0, "level 3: field split = 'all'"),
        ("split", 3, 200, "level 3: field split = 200"),
        ("difficulty", 3, np.nan, "level 3: field difficulty = nan"),
        ("reference_return", 3, np.inf, "level 3: field reference.return = inf"),
        ("reference_method", 3, 9, "level 3: field reference.method = 9"),
        ("reference_method", 3, 0, r"level 3: reference_return = .*, expected 0\.0"),
        ("reference_length", 3, -1, "level 3: field reference.length = -1"),
        ("reference_has_low", 3, 2, "level 3: reference_has_low = 2, expected 1"),
        ("reference_low", 3, np.nan, r"level 3: reference_low = nan, expected 0\.0"),
        ("random_n", 3, -1, "level 3: field random.n = -1"),
        ("max_steps", 3, 0, "max_steps = 0: expected 1 to"),
        ("level_cells", (3, 0), 0xFFFF, "level 3: no level of family 'grid': colour = 255"),
        ("level_cells", (3, 0), 0xFF, "level 3: map row 0, column 0: unknown tile"),
        ("level_cells", (3, 0), wall | 1 << 31, rf"level_cells\[0\] = \d+, expected {wall}"),
        (
            "level_map",
            (3,),
            (2**31 - 1, 0, 1, 0, 1, 1, *AIMLESS),
            "height = 2147483647: expected 1 to 128",
        ),
        ("level_map", (3,), (6, -1, 1, 0, 1, 1, *AIMLESS), "width = -1: expected 1 to 128"),
        ("level_map", (3,), (7, 6, 1, 0, 1, 1, *AIMLESS), "the level has 42 cells"),
        ("level_map", (3,), (6, 6, 99, 0, 1, 1, *AIMLESS), "the level has 99 agents"),
        ("level_map", (3,), (6, 6, -1, 0, 1, 1, *AIMLESS), "expected 1 to 64 .*got 0"),
        ("level_map", (3,), (6, 6, 1, 0, 9, 9, *AIMLESS), "level 3: level_map = "),
        ("level_map", (3,), (6, 6, 1, 0, 4, 4, 99, 0, 0, 0, 0), "clauses = 99: expected 1 to"),
        ("level_map", (3,), (6, 6, 1, 0, 4, 4, -1, 0, 0, 0, 0), "clauses = -1: expected 1 to"),
        ("level_map", (3,), (6, 6, 1, 0, 4, 4, 1, 0, 0, 0, 0), "stands for nothing"),
        ("level_map", (3,), (6, 6, 1, 0, 4, 4, 0, 99, 0, 0, 0), "mission = 99: expected 0 to"),
        ("level_map", (3,), (6, 6, 1, 0, 4, 4, 0, 9, -1, 0, 0), "colour = -1: expected 0 to"),
        ("level_map", (3,), (6, 6, 1, 0, 4, 4, 0, 9, 99, 0, 0), "tile = 99: expected 0 to"),
        ("level_agents", (3, 0), (1, 1, -1, 0), "heading = -1"),
        ("level_obstacles", (3, 0), (1, 1), r"level 3: level_obstacles\[0\] = \(1, 1\), expected"),
    ):
        changed = {**arrays, name: _with(arrays[name], at, value)}
        _refused(pack_arrays(changed), tmp_path, match)


def test_a_bomb_is_refused_before_it_is_unpacked(
    arrays: dict[str, np.ndarray], tmp_path: Path
) -> None:
    zeros = np.zeros(2**23)
    bombs = [pack_arrays({**arrays, **part}) for part in ({"difficulty": zeros}, {"x": zeros})]
    bombs.append(pack_arrays({**arrays, "header": np.zeros((), "S67108864")}))
    lying = bytearray(pack_arrays(arrays))
    at = lying.index(b"PK\x01\x02")
    lying[at + 24 : at + 28] = (2**32 - 2).to_bytes(4, "little")
    bombs.append(bytes(lying))
    tracemalloc.start()
    for bomb in bombs:
        _refused(bomb, tmp_path, "expected|unknown array 'x.npy'")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**23


def test_archives_of_other_kinds_are_refused(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    whole = pack_arrays(arrays)
    end = whole[-22:]
    many = end[:10] + (999).to_bytes(2, "little") + end[12:]
    _refused(whole[:-22] + many, tmp_path, "999 arrays")
    _refused(whole[:-22] + b"PK\x06\x07" + bytes(16) + end, tmp_path, "under 4 GiB")
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        _refused(_zipped(arrays, method), tmp_path, f"compression method {method}; expected 0 or 8")
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = _zipped(arrays, zipfile.ZIP_STORED, again="hash")
    _refused(twice, tmp_path, "there twice")


def _zipped(arrays: Mapping[str, np.ndarray], method: int, again: str = "") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name in [*arrays, *([again] if again else [])]:
            array = io.BytesIO()
            np.save(array, arrays[name])
            archive.writestr(f"{name}.npy", array.getvalue())
    return content.getvalue()


def test_numpys_own_archives_are_read(
    arrays: dict[str, np.ndarray], lines: LevelFile, tmp_path: Path
) -> None:
    (tmp_path / "a.npz").write_bytes(_zipped(arrays, zipfile.ZIP_STORED))
    np.savez_compressed(tmp_path / "b.npz", **arrays)  # type: ignore[arg-type]
    for name in ("a.npz", "b.npz"):
        assert read_levels(tmp_path / name).records == lines.records


def test_what_a_bank_cannot_hold_is_not_written(lines: LevelFile, tmp_path: Path) -> None:
    small = lines.header.model_copy(update={"overrides": {"size": 5}, "knobs": {}})
    with pytest.raises(LevelError, match=r"levels need cells of \(36,\).*have \(25,\)"):
        write_bank(tmp_path / "a.npz", small, lines.records)
    with pytest.raises(LevelError, match="the header says 12 levels, the file holds 11"):
        write_bank(tmp_path / "a.npz", lines.header, lines.records[:-1])
    with pytest.raises(LevelError, match="expected at most .* levels"):
        level_writer(
            tmp_path / "a.npz",
            lines.header.model_copy(
                update={"overrides": {"size": 64}, "knobs": {}, "count": 10**6}
            ),
        )
    assert list(tmp_path.iterdir()) == []


# ---- anything at all ----


def _read(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "mutated.npz"
    path.write_bytes(content)
    with contextlib.suppress(LevelError):  # anything else fails the test
        read_levels(path)


@EXAMPLES
@given(data=st.data())
def test_mutated_files_raise_the_documented_exception_only(
    data: st.DataObject, folder: Path, tmp_path: Path
) -> None:
    content = bytearray((folder / "doorkey.npz").read_bytes())
    # Half of the changes fall on the table of contents, which is where a zip archive is fragile.
    contents = content.index(b"PK\x01\x02")
    for _ in range(data.draw(st.integers(1, 4))):
        first = data.draw(st.sampled_from([0, min(contents, len(content) - 1)]))
        at = data.draw(st.integers(first, len(content) - 1))
        kind = data.draw(st.sampled_from(["flip", "flip", "cut", "insert"]))
        if kind == "flip":
            content[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del content[at : at + data.draw(st.integers(1, 50))]
        else:
            content[at:at] = data.draw(st.binary(min_size=1, max_size=20))
        if not content:
            break
    _read(bytes(content), tmp_path)


@EXAMPLES
@given(data=st.data())
def test_any_bytes_in_an_array_raise_the_documented_exception_only(
    data: st.DataObject, arrays: dict[str, np.ndarray], tmp_path: Path
) -> None:
    changed = dict(arrays)
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(sorted(arrays)))
        content = bytearray(changed[name].tobytes())
        at = data.draw(st.integers(0, len(content) - 1))
        new = data.draw(st.binary(min_size=1, max_size=8))
        content[at : at + len(new)] = new[: len(content) - at]
        changed[name] = np.ndarray(arrays[name].shape, arrays[name].dtype, bytes(content))
    _read(pack_arrays(changed), tmp_path)


@EXAMPLES
@given(text=st.binary(max_size=80), at=st.integers(0, 127))
def test_any_header_of_an_array_raises_the_documented_exception_only(
    text: bytes, at: int, folder: Path, tmp_path: Path
) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(folder / "doorkey.npz") as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            array = old.read(name)
            hit = name == "difficulty.npy"
            new.writestr(name, array[:at] + text + array[at + len(text) :] if hit else array)
    _read(content.getvalue(), tmp_path)
