"""``adaptarium play``: a world in a window, played with the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, resolve_world

# Key name (as pygame names it) -> what it means. The second player has the letters.
FIRST_PLAYER = {
    "up": "forward north",
    "down": "south",
    "left": "left west",
    "right": "right east",
    "space": "toggle load stay",
    "page up": "pickup",
    "page down": "drop",
    "return": "stay",
}
SECOND_PLAYER = {"w": "north", "s": "south", "a": "west", "d": "east", "e": "load", "q": "stay"}
HELP = "R: again   N: next level   Esc: quit"


@dataclass
class Game:
    """One slot of a batch that keys are played into.

    Attributes:
        world: The world.
        seed: The seed of the level on the board.
    """

    world: World
    seed: int = 0

    def __post_init__(self) -> None:
        self.batch = Batch([self.world], 1, autoreset="disabled")
        self.names = _vocabulary(self.world)
        self.total = 0.0
        self.begin()

    def begin(self, step: int = 0) -> None:
        """Begin the level ``step`` seeds on."""
        self.seed += step
        self.total = 0.0
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
        idle = self.names.index("stay") if "stay" in self.names else 0
        self.batch.w.actions[0] = idle
        for a, move in enumerate(moves):
            if move is not None:
                self.batch.w.actions[0, a] = move
        self.batch.step()
        self.total += float(self.batch.w.reward[0].sum())
        return True

    def _action(self, key: str, keys: Mapping[str, str]) -> int | None:
        for name in keys.get(key, "").split():
            if name in self.names:
                return self.names.index(name)
        return None

    def title(self) -> str:
        """The window's title."""
        end = "  over, press R or N" if self.over else ""
        return f"{self.world.id}  level {self.seed}  return {self.total:.3f}{end}   {HELP}"


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
) -> float:
    """Play a world in a window until Escape is pressed or the window is closed.

    Args:
        world: A world's id, file or object.
        overrides: Generator knobs and factors.
        seed: The first level.
        events: Gives the names of the keys pressed since it was last called; ``"escape"`` ends.
            None reads the keyboard.

    Returns:
        The return of the last episode.

    Raises:
        MissingExtraError: pygame is not installed.
    """
    from adaptarium.envs.core.drawing import pygame, surface_of

    game, library = Game(resolve_world(world, **(overrides or {})), seed), pygame()
    frame = game.world.family.module("render").frame
    library.display.init()
    first = surface_of(frame(game.batch, 0))
    screen = library.display.set_mode(first.get_size())
    clock, read = library.time.Clock(), events or (lambda: _keys(library))
    try:
        while True:
            for key in read():
                if key == "escape":
                    return game.total
                if key in ("r", "n"):
                    game.begin(1 if key == "n" else 0)
                else:
                    game.press(key)
            library.display.set_caption(game.title())
            screen.blit(surface_of(frame(game.batch, 0)), (0, 0))
            library.display.flip()
            clock.tick(30)
    finally:
        library.display.quit()


def _keys(library: Any) -> list[str]:
    """The keys pressed since the last call; closing the window is an escape."""
    found = []
    for event in library.event.get():
        if event.type == library.QUIT:
            found.append("escape")
        elif event.type == library.KEYDOWN:
            found.append(library.key.name(event.key))
    return found
