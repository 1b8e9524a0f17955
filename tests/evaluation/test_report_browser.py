"""The report in a real browser, at three widths: nothing overflows, is missing or complains."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.commands.cross_play import cross_play
from adaptarium.evaluation.measures.record import Block, Evaluation, ShiftMark, append_record

NAMES = ("chromium", "chromium-browser", "google-chrome")


CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(CHROMIUM is None, reason=f"needs a browser: {' or '.join(NAMES)}"),
]


class Browser:
    """One tab; messages are JSON with a zero byte after each (``--remote-debugging-pipe``)."""

    def __init__(self, profile: Path) -> None:
        read_commands, self._write = os.pipe()
        self._read, write_answers = os.pipe()
        # Chromium takes commands from descriptor 3 and answers on descriptor 4.
        wired = f'exec "$@" 3<&{read_commands} 4>&{write_answers}'
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
        self._process = subprocess.Popen(
            ["bash", "-c", wired, "bash", str(CHROMIUM), *flags, f"--user-data-dir={profile}"],
            pass_fds=(read_commands, write_answers),
            stderr=subprocess.DEVNULL,
        )
        os.close(read_commands)
        os.close(write_answers)
        self._rest = b""
        self._count = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events that come first are kept."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            got = self._receive()
            if got.get("id") == self._count:
                if "error" in got:
                    raise RuntimeError(f"{method}: {got['error']['message']}")
                return dict(got["result"])
            self.events.append(got)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._read, 1 << 20)
            if not part:
                raise RuntimeError("the browser ended")
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(line))

    def open(self, url: str, width: int, height: int, *, media: str = "screen") -> None:
        """Load a page into a window of this size and wait until it is complete."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.call("Emulation.setEmulatedMedia", media=media)
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def value(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def complaints(self) -> list[str]:
        """What the page wrote to the console, threw or failed to load."""
        methods = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        wanted = {*methods, "Network.loadingFailed"}
        return [json.dumps(event) for event in self.events if event.get("method") in wanted]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of two worlds and a shift, with level pictures and episodes."""
    out = tmp_path_factory.mktemp("results")
    agents = ["random", "reference"]
    adaptarium.evaluate(["Maze-v0", "LavaCrossing-v0"], agents, episodes=40, out=out)
    adaptarium.evaluate(
        "Maze-v0", agents, shift={"transition.slip": 0.2}, episodes=40, out=out, seed=1
    )
    return adaptarium.report(out)


class Still:
    """Plays one action at all seats, under a name that must be broken over lines."""

    name, batched = "runs/" + "a-long-name/" * 4, True

    def act(self, observation: Any, info: Any) -> Any:
        return np.zeros(np.shape(info["mask"])[:-1], np.int64)


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of learners whose tasks shift, and of a cross-play at three seats."""
    out = tmp_path_factory.mktemp("changing")
    tasks = ("keys", "lava", "four_rooms_with_a_long_name", "maze")
    for learner, seed in itertools.product(
        ("ppo", "ppo, replay", "a learner of long name"), (0, 1)
    ):
        who: dict[str, Any] = {"learner": learner, "seed": seed}
        append_record(
            out,
            [
                *(Block(**who, task=task, number=n, begin=100 * n, end=100 * n + 100)
                  for n, task in enumerate(tasks)),
                ShiftMark(**who, task="keys", name="icy", begin=50),
                ShiftMark(**who, task="maze", name="permuted_observations", begin=350),
                *(Evaluation(**who, task=task, step=step, score=(step * (n + 1)) % 90 / 90)
                  for n, task in enumerate(tasks) for step in range(0, 401, 10)),
            ],
        )  # fmt: skip
    world = adaptarium.world("Foraging-v0", size=6, food=2, players=3)
    sign = {"name": "turned", "what": {"kind": "reward.sign"}, "when": {"kind": "step", "at": 9999}}
    shift = {"schema": "adaptarium-shift/1", "shift": [sign]}
    cross_play(world, ["random", "reference", Still()], episodes=4, shift=shift, out=out)
    return adaptarium.report(out)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("width", "height", "media"),
    [(1280, 900, "screen"), (390, 844, "screen"), (680, 960, "print")],
    ids=["desktop", "phone", "print"],
)
@pytest.mark.parametrize("which", ["page", "changing"])
def test_nothing_overflows_is_missing_or_complains(
    browser: Browser,
    which: str,
    width: int,
    height: int,
    media: str,
    request: pytest.FixtureRequest,
) -> None:
    page: Path = request.getfixturevalue(which)
    browser.open(page.as_uri(), width, height, media=media)
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    pictures = "[...document.images]"
    if which == "page":
        assert browser.value(f"{pictures}.length") > 12
    else:
        titles = browser.value("[...document.querySelectorAll('h2')].map(one => one.innerText)")
        assert titles[:2] == ["Adaptation", "Cross-play"]
        assert browser.value("document.querySelectorAll('svg').length") >= 6
        intervals = "[...document.querySelectorAll('.payoffs .ci')]"
        assert browser.value(f"{intervals}.length") == 27
        assert browser.value(f"{intervals}.every(one => one.offsetHeight < 30)")  # on one line
    assert browser.value(f"{pictures}.filter(one => !one.naturalWidth).length") == 0
    assert browser.complaints() == []
    # Beyond the page's sides nothing is cut off either; on a screen, wide tables scroll.
    scrolling = ".scroll" if media == "screen" else ".nothing"
    outside = browser.value(
        f"[...document.querySelectorAll('main *')].filter(one => !one.closest('{scrolling}') && "
        "one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML)"
    )
    assert outside == []


def test_the_checks_see_a_broken_page(browser: Browser, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text(
        "<!doctype html><main><img src='none.png'><pre>" + "x" * 500 + "</pre></main>"
        "<script>missing()</script>",
        encoding="utf-8",
    )
    browser.open(broken.as_uri(), 390, 844)
    assert not browser.value("document.documentElement.scrollWidth <= innerWidth")
    assert browser.value("document.images[0].naturalWidth") == 0
    told = " ".join(browser.complaints())
    assert "ERR_FILE_NOT_FOUND" in told
    assert "missing is not defined" in told
