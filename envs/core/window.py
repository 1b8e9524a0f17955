"""The window of render mode ``human``."""

from __future__ import annotations

from typing import Any

from adaptarium.envs.core.drawing import Frame, pygame, surface_of


class Window:
    """Shows frames at a steady pace.

    Args:
        title: Its caption.
        fps: Most frames a second; :meth:`show` waits for its time.

    Raises:
        MissingExtraError: pygame-ce is not installed.
    """

    def __init__(self, title: str, fps: int) -> None:
        display = pygame().display
        display.init()
        display.set_caption(title)
        self._fps = fps
        self._clock = pygame().time.Clock()
        self._surface: Any = None

    def show(self, frame: Frame) -> None:
        """Show one frame.

        Args:
            frame: (height, width, 3) uint8.
        """
        size = (frame.shape[1], frame.shape[0])
        if self._surface is None or self._surface.get_size() != size:
            self._surface = pygame().display.set_mode(size)
        self._surface.blit(surface_of(frame), (0, 0))
        pygame().event.pump()  # keeps the window alive for the desktop
        pygame().display.flip()
        self._clock.tick(self._fps)

    def close(self) -> None:
        """Close the window; may be called again."""
        if self._clock is None:
            return
        self._clock = self._surface = None
        pygame().display.quit()
