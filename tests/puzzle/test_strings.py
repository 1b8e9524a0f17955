"""Players that see only strings: they rebuild nothing, and still reach the optimum."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core.text import TextEnv
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.puzzle.reference import solve

Row = tuple[int, ...]
SLIDES = {"up": (0, -1), "right": (1, 0), "down": (0, 1), "left": (-1, 0)}


class Reader:
    """What a description says: values row by row, the goal, and the operators."""

    def __init__(self, words: str) -> None:
        lines = words.splitlines()
        top = next(k for k, line in enumerate(lines) if line.startswith("Board of "))
        self.height, self.width = map(int, re.findall(r"\d+", lines[top]))
        self.board = self._values(lines[top + 1 : top + 1 + self.height])
        self.goal: Row = (0,) * len(self.board)
        if "Goal:" in lines:
            at = lines.index("Goal:")
            self.goal = self._values(lines[at + 1 : at + 1 + self.height])
        told = [line.split(": ")[1].split() for line in lines if line.startswith("Rule ")]
        self.rules = [[self._pair(word) for word in words] for words in told]

    @staticmethod
    def _values(lines: list[str]) -> Row:
        return tuple(int(sign) for line in lines for sign in line.split())

    @staticmethod
    def _pair(word: str) -> tuple[int, int]:
        source, _, more = word.partition("+")
        return int(source) - 1, int(more or 0)

    def moves(self, board: Row) -> Iterator[tuple[str, Row]]:
        """What the manual says that one may do: slide, or apply an operator modulo 3."""
        for number, rule in enumerate(self.rules):
            yield f"apply rule {number}", tuple((board[s] + more) % 3 for s, more in rule)
        if not self.rules:
            gap = board.index(0)
            for name, (dx, dy) in SLIDES.items():
                x, y = gap % self.width + dx, gap // self.width + dy
                if 0 <= x < self.width and 0 <= y < self.height:
                    after, at = list(board), y * self.width + x
                    after[gap], after[at] = after[at], 0
                    yield name, tuple(after)

    def shortest(self) -> list[str]:
        """The fewest moves to the goal, breadth first."""
        came: dict[Row, tuple[Row, str]] = {}
        queue = deque([self.board])
        while queue and self.goal not in came:
            board = queue.popleft()
            for name, after in self.moves(board):
                if after not in came and after != self.board:
                    came[after] = (board, name)
                    queue.append(after)
        found, at = list[str](), self.goal
        while at != self.board:
            at, name = came[at]
            found.append(name)
        return found[::-1]


def chase(words: str) -> list[str]:
    """The fewest presses that put all lights out, by trying every first row."""
    read, best = Reader(words), None
    size = read.width
    for first in range(1 << size):
        board, pressed = list(read.board), list[int]()
        for cell in range(size * size):
            above = first >> cell & 1 if cell < size else board[cell - size]
            if above:
                pressed.append(cell)
                for dx, dy in ((0, 0), *SLIDES.values()):
                    x, y = cell % size + dx, cell // size + dy
                    if 0 <= x < size and 0 <= y < size:
                        board[y * size + x] ^= 1
        if not any(board) and (best is None or len(pressed) < len(best)):
            best = pressed
    assert best is not None, "the description shows a board that cannot be solved"
    return [f"Press row {cell // size} column {cell % size}." for cell in best]


def earned(env: TextEnv, words: str, plan: list[str]) -> float:
    total = 0.0
    for answer in plan:
        told = env.step(answer)
        assert told.info["invalid_answers"] == 0
        total += told.reward
    assert told.terminated
    return total


@pytest.mark.parametrize("world_id", ["Lights-v0", "SlidingTiles-v0", "Morph-v0"])
def test_a_player_of_strings_reaches_the_reference(world_id: str) -> None:
    world: World = load_world(world_id, **({"size": 2} if "Sliding" in world_id else {}))
    env = world.text(transcript=False)
    for seed in range(6):
        words = env.reset(seed=seed)
        plan = chase(words) if "Lights" in world_id else Reader(words).shortest()
        best = solve(world, (env.batch.w, int(env.batch.w.core["level"][0])))
        assert best.method == "exact"
        assert earned(env, words, plan) == pytest.approx(best.return_)


def test_cells_and_rules_have_short_names() -> None:
    env = load_world("Minesweeper-v0").text()
    menu = env.menu()
    assert env.parse("click 2 3") == menu.index("reveal row 2 column 3")
    assert env.parse("flag 0 7") == menu.index("flag row 0 column 7")
    assert load_world("Probe-v0").text().parse("I answer rule 3") == 4 + 3


def test_the_manual_tells_what_can_be_seen() -> None:
    lights, mines = (
        load_world(world_id).text().manual().split("# All factors")[0]
        for world_id in ("Lights-v0", "Minesweeper-v0")
    )
    assert "a mine" not in lights
    assert "- * (code 4): a mine" in mines
    assert "do not match" not in mines


def test_an_incomplete_description_is_refused() -> None:
    text = load_world("Lights-v0").text().text
    with pytest.raises(ValueError, match="holds no line such as"):
        text.rebuild("Left to do: 3.")
