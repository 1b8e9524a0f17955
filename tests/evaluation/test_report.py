"""The report page: complete, self-contained, escaped, and true to the results folder."""

from __future__ import annotations

import json
import re
import struct
import sys
import zlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptarium.envs.core.errors import MissingExtraError, ResultsError
from adaptarium.evaluation import statistics
from adaptarium.evaluation.report import report
from adaptarium.evaluation.report.across import aggregate_tables
from adaptarium.evaluation.report.curves import curve_figures, find_runs, read_progress
from adaptarium.evaluation.report.formatting import (
    axis,
    compact,
    decimals_for,
    duration,
    fixed,
    percent,
)
from adaptarium.evaluation.report.pictures import MAX_PER_WORLD, find_galleries
from adaptarium.evaluation.report.tables import (
    agent_colors,
    agent_label,
    pooled_score,
    score_groups,
)
from adaptarium.evaluation.results import Cell, Results
from adaptarium.evaluation.scores import EpisodeResult, LevelReference, score_world

HOSTILE = '<script>alert("x")</script>&\'"'
VOID = {"meta", "link", "img", "line", "path", "circle"}


def make_cell(
    agent: str = "random",
    skill: float = 0.0,
    world: str = "DoorKey-v0",
    seed: int = 0,
    shift: dict[str, object] | None = None,
    notes: tuple[str, ...] = (),
) -> Cell:
    rng = np.random.default_rng([seed, zlib.crc32(f"{world} {skill}".encode())])
    names = [f"{world}-{k:02d}" for k in range(25)]
    references = tuple(LevelReference(name, 1.0, "exact", 0.2, 0.01, 64) for name in names)
    returns = 0.2 + 0.8 * skill + 0.1 * rng.normal(size=50)
    episodes = tuple(
        EpisodeResult(names[k % 25], k, float(value), 12, True, bool(value > 0.5))
        for k, value in enumerate(returns)
    )
    score = score_world(episodes, references, resamples=200)
    return Cell(
        world, {"size": 6}, agent, "test", shift, seed, episodes, references, score, 2.0, notes
    )


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(3 * width) for _ in range(height))
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


PROGRESS = """step,episodes,return_mean,return_low,return_high,success,score,fps,seconds
1000,10,0.1,0.05,0.15,0.1,,500,2
2000,20,0.5,0.45,0.55,0.5,,500,4
3000,30,0.9,0.85,0.95,0.8,,500,6
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A results folder with a training run, a shift, two worlds, two seeds and pictures."""
    results = Results(tmp_path / "results" / "a", create=True)
    for seed in (0, 1):
        for agent, skill in (("random", 0.0), ("reference", 1.0), ("runs/doorkey", 0.9)):
            results.append(make_cell(agent, skill, seed=seed))
            results.append(make_cell(agent, skill / 2, world="Maze-v0", seed=seed))
    results.append(make_cell("runs/doorkey", 0.6, shift={"transition.slip": 0.2}))
    results.record_invocation([0, 1], ["/x/adaptarium", "evaluate", "--set", "size=6"])
    run = tmp_path / "runs" / "doorkey"
    run.mkdir(parents=True)
    (run / "progress.csv").write_text(PROGRESS, encoding="utf-8")
    info = {"world": "DoorKey-v0", "command": ["adaptarium", "train", "DoorKey-v0", "--seed", "0"]}
    (run / "run.json").write_text(json.dumps(info), encoding="utf-8")
    pictures = results.folder / "pictures" / "DoorKey-v0"
    pictures.mkdir(parents=True)
    (pictures / "level_one.png").write_bytes(png())
    (pictures / "two.png").write_bytes(png(5, 5))
    (pictures / "two.json").write_text('{"caption": "difficulty 0.7"}', encoding="utf-8")
    return results.folder


@dataclass
class Page(HTMLParser):
    """What a page holds; raises on tags that do not match."""

    text: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def plain(self) -> str:
        return " ".join(" ".join(self.words).split())


def load(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_page_is_self_contained_and_well_formed(folder: Path) -> None:
    path = report(folder)
    assert path == folder / "report.html"
    page = load(path)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "iframe", "object", "embed", "base", "form"}
    links = [
        value
        for _, attrs in page.tags
        for key, value in attrs.items()
        if key in ("src", "href", "srcset", "action", "data", "xlink:href")
    ]
    assert len(links) == 3
    assert all(link is not None and link.startswith("data:") for link in links)
    assert not any(key.startswith("on") for _, attrs in page.tags for key in attrs)
    assert "url(" not in page.text
    assert "@import" not in page.text
    viewports = [attrs for tag, attrs in page.tags if attrs.get("name") == "viewport"]
    assert viewports[0]["content"] == "width=device-width, initial-scale=1"
    assert ("html", {"lang": "en"}) in page.tags
    assert sorted(child.name for child in folder.iterdir()) == [
        "meta.json",
        "pictures",
        "report.html",
        "results.jsonl",
    ]


def test_every_score_stands_on_the_page_with_its_interval(folder: Path) -> None:
    text = load(report(folder)).plain
    cells = Results(folder).cells()
    seen = set()
    for cell in cells:
        same = [other for other in cells if other.key[:5] == cell.key[:5]]
        score = pooled_score(same)
        shown = (
            f"{fixed(score.score, 3)} [{fixed(score.low, 3)}, {fixed(score.high, 3)}] "
            f"{fixed(score.mean_return, 3)} "
            f"[{fixed(score.return_low, 3)}, {fixed(score.return_high, 3)}] "
            f"{fixed(100 * score.success_rate, 1)} "
            f"[{fixed(100 * score.success_low, 1)}, {fixed(100 * score.success_high, 1)}] "
            f"{len(same)} seed{'s' * (len(same) > 1)} {score.num_episodes}"
        )
        assert f"{cell.agent} {shown}" in text
        seen.add(shown)
    assert len(seen) == 7


def test_page_holds_what_is_needed_to_run_it_again(folder: Path) -> None:
    text = load(report(folder)).plain
    assert "adaptarium evaluate --set size=6" in text
    assert "adaptarium train DoorKey-v0 --seed 0" in text
    assert "Seeds 0, 1" in text
    for name, version in Results(folder).meta().invocations[0].versions.items():
        assert f"{name} {version}" in text
    assert "transition.slip=0.2" in text
    assert "25 levels · references: 25 exact".replace(" · ", " ") in text


def test_curves_and_pictures_are_drawn(folder: Path) -> None:
    page = load(report(folder))
    classes = [attrs.get("class") or "" for tag, attrs in page.tags if tag == "path"]
    # One run: return with its band, and success rate. A band and a line each: the profiles over
    # worlds of three agents, and seven over levels.
    assert sorted(name.split()[0] for name in classes) == ["band"] * 11 + ["line"] * 12
    pictures = [attrs for tag, attrs in page.tags if tag == "img"]
    assert [(p["alt"], p["width"], p["height"]) for p in pictures] == [
        ("level one", "3", "2"),
        ("difficulty 0.7", "5", "5"),
    ]
    assert "3,000 steps in 6.0 s (500 steps/s)" in page.plain


def test_the_same_folder_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = report(folder).read_bytes()
    elsewhere = report(folder, tmp_path / "new" / "page.html")
    assert elsewhere == tmp_path / "new" / "page.html"
    assert elsewhere.read_bytes() == first
    (tmp_path / "there").mkdir()
    assert report(folder, tmp_path / "there") == tmp_path / "there" / "report.html"


def test_everything_from_files_is_escaped(tmp_path: Path) -> None:
    results = Results(tmp_path / "r", create=True)
    shift = {HOSTILE: HOSTILE}
    results.append(make_cell(HOSTILE, 0.5, world=HOSTILE, shift=shift, notes=(HOSTILE,)))
    results.record_invocation([0], ["adaptarium", HOSTILE])
    pictures = results.folder / "pictures" / "<b>"
    pictures.mkdir(parents=True)
    (pictures / "a.png").write_bytes(png())
    (pictures / "a.json").write_text(json.dumps({"caption": HOSTILE}), encoding="utf-8")
    page = load(report(results.folder))
    assert not {tag for tag, _ in page.tags} & {"script", "b"}
    assert not any(key.startswith("on") for _, attrs in page.tags for key in attrs)
    assert page.plain.count(HOSTILE) >= 8
    assert [attrs["alt"] for tag, attrs in page.tags if tag == "img"] == [HOSTILE]


def test_report_without_meta_or_runs(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.append(make_cell("random", seed=7))
    text = load(report(tmp_path)).plain
    assert "the seeds were 7" in text
    assert "Learning curves" not in text
    assert "Across worlds" not in text


def test_nothing_is_written_from_a_bad_folder(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="not a results folder"):
        report(tmp_path / "missing")
    with pytest.raises(ResultsError, match="holds no finished cell"):
        report(tmp_path)
    (tmp_path / "results.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(ResultsError, match="line 1"):
        report(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["results.jsonl"]


def test_a_missing_template_engine_names_the_extra(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'adaptarium\[report\]'"):
        report(folder)


# --- tables -----------------------------------------------------------------------------------


def test_seeds_are_pooled_episode_by_episode() -> None:
    cells = [make_cell("a", 0.4, seed=seed) for seed in (0, 1, 2)]
    episodes = [episode for cell in cells for episode in cell.episodes]
    assert pooled_score(cells) == score_world(episodes, cells[0].references)
    assert pooled_score(cells[:1]) is cells[0].score


def test_forest_positions_follow_the_axis_and_arrows_mark_what_lies_outside() -> None:
    cells = [make_cell("near", 0.5), make_cell("far below", -4.0), make_cell("above", 2.5)]
    scale, (group,) = score_groups(cells, agent_colors(cell.agent for cell in cells))
    near, below, above = (row.mark for row in group.rows)
    expected = 100 * (cells[0].score.score - scale.low) / (scale.high - scale.low)
    assert near.value == pytest.approx(expected, abs=1e-3)
    assert 0 < near.low < near.value < near.high < 100
    assert not near.beyond_low
    assert not near.beyond_high
    assert (below.beyond_low, below.beyond_high, below.inside) == (True, False, False)
    assert (above.beyond_low, above.beyond_high, above.inside) == (False, True, False)
    assert (near.inside, below.high, above.low) == (True, 0.0, 100.0)


def test_aggregates_are_the_statistics_of_agents_that_played_every_world() -> None:
    cells = [
        make_cell("a", skill, world=world, seed=seed)
        for seed in (0, 1, 2)
        for world, skill in (("DoorKey-v0", 0.9), ("Maze-v0", 0.5))
    ]
    partial = make_cell("b", 0.5)
    (table,) = aggregate_tables([*cells, partial], agent_colors(["a", "b"]))
    assert table.worlds == ("DoorKey-v0", "Maze-v0")
    (row,) = table.rows
    matrix = np.array([cell.score.score for cell in cells]).reshape(3, 2)
    iqm = statistics.bootstrap_interval(matrix)
    assert row.iqm.value == fixed(iqm.value, 3)
    assert row.iqm.interval == f"[{fixed(iqm.low, 3)}, {fixed(iqm.high, 3)}]"
    assert row.gap.value == fixed(float(statistics.optimality_gap(matrix)), 3)
    assert aggregate_tables([partial], agent_colors(["b"])) == []


def test_one_seed_has_no_interval_across_worlds() -> None:
    cells = [make_cell("a", 0.5), make_cell("a", 0.5, world="Maze-v0")]
    (table,) = aggregate_tables(cells, agent_colors(["a"]))
    assert table.rows[0].iqm.interval == ""


def test_agents_have_stable_colors_and_no_absolute_paths() -> None:
    colors = agent_colors(["random", "x", "reference", "y", "x"])
    assert colors == {
        "random": "c-random",
        "reference": "c-reference",
        "x": "c-0",
        "y": "c-1",
    }
    assert agent_label("/home/someone/work/runs/doorkey") == "runs/doorkey"
    assert agent_label("llm:model@http://host/v1") == "llm:model@http://host/v1"


# --- curves and pictures ----------------------------------------------------------------------


def test_progress_of_a_resumed_and_killed_run(tmp_path: Path) -> None:
    path = tmp_path / "progress.csv"
    path.write_text(PROGRESS + "2000,21,0.7,,nan,x,,500,5\n4000,40,0.9", encoding="utf-8")
    rows = read_progress(path)
    assert [row["step"] for row in rows] == [1000, 2000, 3000]
    assert rows[1]["return_mean"] == 0.7
    assert np.isnan([rows[1]["return_low"], rows[1]["return_high"], rows[1]["success"]]).all()
    path.write_text("time,value\n1,2\n", encoding="utf-8")
    with pytest.raises(ResultsError, match="no column 'step'; found time, value"):
        read_progress(path)


def test_a_gap_breaks_the_curve(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "gap"
    run.mkdir(parents=True)
    lines = [f"{k},1,{'' if k == 3 else k / 5},0,1,,,1,1" for k in range(1, 6)]
    text = "\n".join([PROGRESS.splitlines()[0], *lines]) + "\n"
    (run / "progress.csv").write_text(text, encoding="utf-8")
    cell = make_cell("runs/gap")
    (figure,) = curve_figures(find_runs([cell], tmp_path / "results"), agent_colors(["runs/gap"]))
    (chart,) = figure.charts  # no success rate was recorded
    assert chart.series[0].line.count("M") == 2
    assert chart.series[0].band.count("M") == 1
    heights = [float(y) for y in re.findall(r",([\d.]+)", chart.series[0].line)]
    assert heights == sorted(heights, reverse=True)  # a rising return goes up the page
    assert heights[0] == pytest.approx(1000 - 10 * chart.y.percent(0.2), abs=0.1)


def test_measures_of_plasticity_have_panels_where_a_run_has_them(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "told"
    run.mkdir(parents=True)
    header = f"{PROGRESS.splitlines()[0]},dormant_ratio,srank,weight_norm"
    lines = [f"{k},1,{k / 5},0,1,1,,1,1,{k / 10},{9 - k}," for k in range(1, 6)]
    text = "\n".join([header, *lines]) + "\n"
    (run / "progress.csv").write_text(text, encoding="utf-8")
    runs = find_runs([make_cell("runs/told")], tmp_path / "results")
    (figure,) = curve_figures(runs, agent_colors(["runs/told"]))
    rank = "Rank of the features (srank)"
    finals = {chart.title: chart.series[0].final for chart in figure.charts}
    assert list(finals) == ["Return", "Success rate", "Dormant units", rank]
    assert (finals["Dormant units"], finals[rank]) == (percent(0.5), "4")


def test_agents_that_are_no_runs_have_no_curves(tmp_path: Path) -> None:
    names = ["random", "module:factory", "x" * 5000, "nul\0byte", "llm:m@http://h/v1"]
    assert find_runs([make_cell(name) for name in names], tmp_path) == []


def test_damaged_run_description_is_refused(folder: Path) -> None:
    description = folder.parent.parent / "runs" / "doorkey" / "run.json"
    description.write_text('{"world": NaN}', encoding="utf-8")
    with pytest.raises(ResultsError, match=r"runs/doorkey/run\.json: NaN is not JSON"):
        report(folder)


def test_pictures_are_checked_and_limited(tmp_path: Path) -> None:
    world = tmp_path / "pictures" / "W"
    world.mkdir(parents=True)
    for k in range(MAX_PER_WORLD + 2):
        (world / f"{k:02d}.png").write_bytes(png())
    (gallery,) = find_galleries(tmp_path)
    assert (len(gallery.pictures), gallery.left_out) == (MAX_PER_WORLD, 2)
    (world / "00.png").write_bytes(b"<svg onload=alert(1)>" + bytes(40))
    with pytest.raises(ResultsError, match="is not a PNG file"):
        find_galleries(tmp_path)
    (world / "00.png").write_bytes(png() + bytes(5 * 2**20))
    with pytest.raises(ResultsError, match="expected at most 4,194,304"):
        find_galleries(tmp_path)
    (world / "00.png").write_bytes(png())
    (world / "00.json").write_text('{"title": "x"}', encoding="utf-8")
    with pytest.raises(ResultsError, match="expected text or an object with 'caption'"):
        find_galleries(tmp_path)


# --- numbers ----------------------------------------------------------------------------------


def test_numbers_are_printed_as_in_print() -> None:
    assert fixed(-1.234, 2) == "\u22121.23"
    assert fixed(-0.0004, 3) == "0.000"
    assert fixed(12345.6, 0) == "12,346"
    assert [decimals_for([x]) for x in (0.5, 9.99, 12.0, 123.0, 1e5)] == [3, 3, 2, 1, 0]
    assert [compact(x) for x in (0, 500, 1500, 5e5, 2.5e6)] == ["0", "500", "1.5k", "500k", "2.5M"]
    assert [duration(x) for x in (1.25, 75, 3700)] == ["1.2 s", "1 min 15 s", "1 h 01 min"]


@given(
    low=st.floats(-1e6, 1e6),
    span=st.floats(1e-3, 1e6),
    pieces=st.integers(3, 8),
)
def test_axis_has_round_distinct_ticks_inside(low: float, span: float, pieces: int) -> None:
    scale = axis(low, low + span, pieces)
    labels = [tick.label for tick in scale.ticks]
    assert 1 <= len(labels) <= pieces + 2
    assert len(set(labels)) == len(labels)
    for tick in scale.ticks:
        assert 0 <= tick.position <= 100
        printed = float(tick.label.replace("\u2212", "-").replace(",", ""))
        assert printed == pytest.approx(tick.value, abs=1e-9 + span * 1e-9)
        assert tick.position == pytest.approx(scale.percent(tick.value), abs=0.01)


def test_axis_of_a_single_value_is_spread() -> None:
    assert axis(2.0, 2.0).low < 2.0 < axis(2.0, 2.0).high
    assert axis(0.0, 0.0).percent(0.0) == 50.0
