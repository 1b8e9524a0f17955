"""``adaptarium play``: a world in a window, played with the keyboard and the mouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gymnasium import spaces

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, resolve_world

# Key name (as pygame names it) -> what it means. The second player has the letters.
FIRST_PLAYER = {
    "up": "forward north up",
    "down": "south down",
    "left": "left west",
    "right": "right east",
    "space": "toggle load stay",
    "page up": "pickup",
    "page down": "drop",
    "return": "stay",
}
SECOND_PLAYER = {"w": "north", "s": "south", "a": "west", "d": "east", "e": "load", "q": "stay"}
CONTROLS = {"r": "again", "n": "next level", "h": "help", "escape": "quit"}
BOARD = 640  # pixels that the longer side of a board has at most, where its tiles allow it
TILES = (16, 64)  # smallest and largest tile
STRIP = 48  # height of the strip of words under the board
INK, PAPER, SOFT = (24, 27, 36), (250, 250, 247), (166, 175, 192)


@dataclass
class Game:
    """One slot of a batch that keys are played into.

    Attributes:
        world: The world.
        seed: The seed of the level on the board.
        actions: What has been played since it began, one a step.
        attempts: How often the level of a seed has been begun.
    """

    world: World
    seed: int = 0

    def __post_init__(self) -> None:
        self.batch = Batch([self.world], 1, autoreset="disabled")
        self.names = _vocabulary(self.world)
        self.total = 0.0
        self.actions: list[Any] = []
        self.attempts: dict[int, int] = {}
        self.begin()

    def begin(self, step: int = 0) -> None:
        """Begin the level ``step`` seeds on."""
        self.seed += step
        self.total = 0.0
        self.actions = []
        self.attempts[self.seed] = self.attempts.get(self.seed, 0) + 1
        self.batch.reset(seed=self.seed)

    @property
    def over(self) -> bool:
        """Whether the episode has ended."""
        return bool(self.batch.w.core["ended"][0])

    def press(self, key: str) -> bool:
        """Play a key; False where it means nothing here or the episode is over."""
        moves = [self._action(key, FIRST_PLAYER)]
        if self.batch.w.reward.shape[1] > 1:
            moves.append(self._action(key, SECOND_PLAYER))
        if self.over or all(move is None for move in moves):
            return False
        # No vocabulary has a number this high: an agent that is not moved stays.
        idle = self.names.index("stay") if "stay" in self.names else len(self.names)
        self.batch.w.actions[0] = self._played(idle)
        for a, move in enumerate(moves):
            if move is not None:
                self.batch.w.actions[0, a] = self._played(move)
        self._step()
        return True

    def _step(self) -> None:
        """Play the actions that the batch holds, and remember them."""
        actions = self.batch.w.actions[0].tolist()
        self.actions.append(actions if len(actions) > 1 else actions[0])
        self.batch.step()
        self.total += float(self.batch.w.reward[0].sum())

    def click(self, x: int, y: int, button: int) -> bool:
        """Play a click on the picture, where the family knows what it means; False for nothing."""
        meaning = getattr(self.world.family.module("render"), "action_at", None)
        if self.over or meaning is None:
            return False
        left, tile = _board(self)
        action = meaning(self.batch, 0, x - left, y, tile, button)
        if action is None:
            return False
        self.batch.w.actions[0] = action
        self._step()
        return True

    def _action(self, key: str, keys: Mapping[str, str]) -> int | None:
        for name in keys.get(key, "").split():
            if name in self.names:
                return self.names.index(name)
        return None

    def _played(self, number: int) -> Any:
        """The action of an entry of the menu; no entry does nothing."""
        if isinstance(self.batch.action_space, spaces.Discrete):
            return number
        text = self.world.family.module("text").Text(self.world)
        return text.parse(text.menu()[number]) if number < len(self.names) else 0.0

    def status(self) -> str:
        """Level, steps and return, in one line."""
        steps, limit = int(self.batch.w.core["clock"][0]), int(self.batch.w.core["limit"][0])
        return f"level {self.seed}   step {steps} of {limit}   return {self.total:.3f}"

    def advice(self) -> str:
        """What to press next."""
        if self.over:
            solved = bool(self.batch.w.metrics["success"][0])
            return f"{'Done!' if solved else 'Over.'}  R: again   N: next level   Esc: quit"
        return "H: help   R: again   N: next level   Esc: quit"

    def help(self) -> list[str]:
        """Every key that means something in this world, one line each."""
        players = [("", FIRST_PLAYER)]
        if self.batch.w.reward.shape[1] > 1:
            players = [("player 0: ", FIRST_PLAYER), ("player 1: ", SECOND_PLAYER)]
        lines = [
            f"{key}   {who}{self.names[action]}"
            for who, keys in players
            for key in keys
            if (action := self._action(key, keys)) is not None
        ]
        if hasattr(self.world.family.module("render"), "action_at"):
            lines.append("mouse   act on what is clicked; the right button takes the other verb")
        return [*lines, *(f"{key}   {meaning}" for key, meaning in CONTROLS.items())]


def _vocabulary(world: World) -> list[str]:
    """The names of the actions, in the order of their numbers."""
    menu: Sequence[str] = world.family.module("text").Text(world).menu()
    return [entry.split()[0].strip(":,") for entry in menu]


def play(
    world: Any,
    *,
    overrides: Mapping[str, Any] | None = None,
    seed: int = 0,
    events: Callable[[], list[str]] | None = None,
    record: str | Path | None = None,
    name: str = "",
) -> float:
    """Play a world in a window until Escape is pressed or the window is closed.

    Args:
        world: A world's id, file or object.
        overrides: Generator knobs and factors.
        seed: The first level.
        events: Gives the names of the keys pressed since it was last called; ``"escape"`` ends,
            ``"click X Y BUTTON"`` is a click on a pixel of the window. None reads keyboard and
            mouse.
        record: A file to which every finished game is added, as a human reference
            (:mod:`adaptarium.evaluation.humans`); games that are given up are not.
        name: The player's name in that file.

    Returns:
        The return of the last episode.

    Raises:
        MissingExtraError: pygame is not installed.
        ResultsError: the file cannot be written.
    """
    from adaptarium.envs.core.drawing import pygame

    game, library = Game(resolve_world(world, **(overrides or {})), seed), pygame()
    clock, read = library.time.Clock(), events or (lambda: _keys(library))
    library.display.init()
    library.display.set_caption(game.world.id)
    helping = False
    try:
        while True:
            for key in read():
                if key == "escape":
                    return game.total
                if key in ("r", "n"):
                    game.begin(1 if key == "n" else 0)
                elif key == "h":
                    helping = not helping
                elif _played(game, key) and game.over and record is not None:
                    _save(game, record, name)
            _show(library, picture(game, helping))
            clock.tick(30)
    finally:
        library.display.quit()


def _played(game: Game, key: str) -> bool:
    """Play a key or a click; False where it means nothing."""
    if key.startswith("click "):
        x, y, button = (int(number) for number in key.split()[1:])
        return game.click(x, y, button)
    return game.press(key)


def _save(game: Game, path: str | Path, player: str) -> None:
    """Add the game that has just ended to a file."""
    from adaptarium.evaluation.humans import game_of, save_game

    attempt = game.attempts[game.seed]
    save_game(path, game_of(game.world, game.batch, game.seed, game.actions, player, attempt))


def picture(game: Game, helping: bool = False) -> Any:
    """The board with its strip of words, as a surface; with the keys over it when ``helping``."""
    from adaptarium.envs.core.drawing import font, pygame, surface_of

    frame = game.world.family.module("render").frame
    left, tile = _board(game)
    board = surface_of(frame(game.batch, 0, tile))
    lines = [
        font(20).render(game.status(), True, PAPER),
        font(18).render(game.advice(), True, SOFT),
    ]
    width = board.get_width() + 2 * left
    surface = pygame().Surface((width, board.get_height() + STRIP), 0, 32)
    surface.fill(INK)
    surface.blit(board, (left, 0))
    for row, line in enumerate(lines):
        surface.blit(line, (8, board.get_height() + 7 + 20 * row))
    if helping:
        _cover(surface, game.help())
    return surface


def _board(game: Game) -> tuple[int, int]:
    """Where the board begins in the window, and the pixels of a tile.

    A narrow board stands in the middle over its strip of words.
    """
    from adaptarium.envs.core.drawing import font

    frame = game.world.family.module("render").frame
    small, large = TILES
    # Of a larger tile, as parts of a picture may be fractions of one.
    sides = frame(game.batch, 0, large).shape
    tile = min(max(BOARD * large // max(sides[:2]), small), large)
    words = max(font(20).size(game.status())[0], font(18).size(game.advice())[0]) + 16
    return max(words - frame(game.batch, 0, tile).shape[1] + 1, 0) // 2, tile


def _cover(surface: Any, lines: Sequence[str]) -> None:
    """Write lines over a darkened picture, as large as fits."""
    from adaptarium.envs.core.drawing import font, pygame

    veil = pygame().Surface(surface.get_size(), pygame().SRCALPHA, 32)
    veil.fill((*INK, 225))
    surface.blit(veil, (0, 0))
    pitch = min(26, (surface.get_height() - 16) // len(lines))
    for row, line in enumerate(lines):
        ink = font(max(pitch - 4, 8)).render(line, True, PAPER)
        surface.blit(ink, (16, 8 + row * pitch))


def _show(library: Any, surface: Any) -> None:
    """Put a surface on the screen; boards of another size get another window."""
    screen = library.display.get_surface()
    if screen is None or screen.get_size() != surface.get_size():
        screen = library.display.set_mode(surface.get_size())
    screen.blit(surface, (0, 0))
    library.display.flip()


def _keys(library: Any) -> list[str]:
    """The keys and clicks since the last call; closing the window is an escape."""
    found = []
    for event in library.event.get():
        if event.type == library.QUIT:
            found.append("escape")
        elif event.type == library.KEYDOWN:
            found.append(library.key.name(event.key))
        elif event.type == library.MOUSEBUTTONDOWN:
            found.append(f"click {event.pos[0]} {event.pos[1]} {event.button}")
    return found
