"""What the Gymnasium faces share: reading observations, checking actions, writing infos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import logger, spaces

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import (
    ActionError,
    AdaptariumError,
    FactorError,
    ResetNeededError,
    unknown_name,
)

RENDER_MODES = ("human", "rgb_array", "ansi")
RENDER_FPS = 8

Mask = npt.NDArray[np.bool_]


def checked_render_mode(mode: str | None) -> str | None:
    """``mode``, where it is one of ours or None.

    Raises:
        UnknownNameError: there is no such render mode.
    """
    if mode is not None and mode not in RENDER_MODES:
        raise unknown_name("render mode", mode, RENDER_MODES)
    return mode


def check_alone(batch: Batch) -> None:
    """Refuse a batch for several players: a Gymnasium environment has one.

    Raises:
        AdaptariumError: its worlds have one seat, and spare capacity makes room for more.
    """
    seats = batch.w.reward.shape[1]
    if seats > 1 and all(world.seats == 1 for world in batch.worlds):
        raise AdaptariumError(
            f"{batch.worlds[0].id} has {seats} seats, a Gymnasium environment has one player: "
            "use World.parallel(), World.aec() or World.vec()"
        )


def check_mapping(options: Mapping[str, Any] | None) -> None:
    """Refuse reset options that are no options by name.

    Raises:
        FactorError: ``options`` is neither a mapping nor None.
    """
    if options is not None and not isinstance(options, Mapping):
        raise FactorError(
            f"options = {_shown(options)}: expected a dict of reset options by name, or None"
        )


def check_options(options: Mapping[str, Any] | None, known: Sequence[str]) -> None:
    """Refuse reset options that do not exist: a dropped one would be a silent surprise.

    Raises:
        FactorError: ``options`` is neither a mapping nor None.
        UnknownNameError: an option is none of ``known``.
    """
    check_mapping(options)
    for name in options or ():
        if name not in known:
            raise unknown_name("reset option", name, known)


def draw(batch: Batch, i: int, mode: str) -> Any:
    """The picture of slot ``i``: (H, W, 3) uint8, or a string where ``mode`` is ``"ansi"``."""
    render = batch.family.module("render")
    return render.ansi(batch, i) if mode == "ansi" else render.frame(batch, i)


class Screen:
    """What ``render()`` of slot 0 of a batch gives: a picture, a string, or a window.

    Args:
        batch: The batch.
        mode: One of :data:`RENDER_MODES`, or None.
        title: The caption of a window.
    """

    def __init__(self, batch: Batch, mode: str | None, title: str) -> None:
        self._batch, self._mode, self._title = batch, mode, title
        self._window: Any = None

    def show(self) -> Any:
        """(H, W, 3) uint8, a string in mode ``ansi``, None (and a window) in mode ``human``.

        Raises:
            ResetNeededError: before the first reset.
        """
        if self._mode is None:
            logger.warn(
                "render() gives nothing without a render mode; make the environment with "
                f"render_mode= one of {', '.join(RENDER_MODES)}"
            )
            return None
        if not self._batch.seeded[0]:
            raise ResetNeededError("render was called before reset; call reset() first")
        picture = draw(self._batch, 0, self._mode)
        if self._mode != "human":
            return picture
        if self._window is None:
            from adaptarium.envs.core.window import Window

            self._window = Window(self._title, RENDER_FPS)
        self._window.show(picture)
        return None

    def close(self) -> None:
        """Close the window; may be called again."""
        if self._window is not None:
            self._window.close()
            self._window = None


class ActionCheck:
    """Checks actions against a space before any slot moves, and writes them.

    Args:
        space: One agent's action space: Discrete, MultiDiscrete or Box.
        target: The action buffer, (*lead, *space shape).
    """

    def __init__(self, space: spaces.Space[Any], target: npt.NDArray[Any]) -> None:
        self._space = space
        self._target = target
        self._integers = not isinstance(space, spaces.Box)
        self._low, self._high = _bounds(space)
        self._limit = int(space.n) if isinstance(space, spaces.Discrete) else 0

    def write(self, actions: Any) -> None:
        """Check ``actions`` and copy them into the buffer.

        Raises:
            ActionError: wrong shape, wrong type, or a value outside the space.
        """
        try:
            array = np.asarray(actions)
        except ValueError:  # rows of several lengths
            raise ActionError(f"actions {_shown(actions)}: expected {self._what()}") from None
        if array.shape != self._target.shape:
            raise ActionError(
                f"actions of shape {array.shape}, expected {self._target.shape}: {self._what()}"
            )
        if array.dtype.kind not in ("iu" if self._integers else "iuf"):
            if array.ndim:
                raise ActionError(f"actions of type {array.dtype}, expected {self._what()}")
            raise ActionError(f"action {_shown(actions)}: expected {self._what()}")
        if not self._inside(array):
            self._refuse(array)
        self._target[...] = array

    def _inside(self, array: npt.NDArray[Any]) -> bool:
        if self._limit and array.dtype == np.int64:
            # Read as unsigned, negative numbers are large: one pass finds both.
            return bool(array.view(np.uint64).max() < self._limit)
        return bool(((array >= self._low) & (array <= self._high)).all())

    def _refuse(self, array: npt.NDArray[Any]) -> None:
        wrong = ~((array >= self._low) & (array <= self._high))
        first = tuple(int(j) for j in np.argwhere(wrong)[0])
        place = f" at {first[0] if len(first) == 1 else list(first)}" if first else ""
        hint = ""
        if self._integers:
            low, high = (np.broadcast_to(bound, array.shape) for bound in (self._low, self._high))
            close = min(max(int(array[first]), int(low[first])), int(high[first]))
            hint = f"; the nearest valid is {close}"
        raise ActionError(f"action {array[first].item()!r}{place}: expected {self._what()}{hint}")

    def _what(self) -> str:
        if isinstance(self._space, spaces.Discrete):
            return f"integers from 0 to {self._space.n - 1}"
        return f"values in {self._space}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}… ({len(text)} characters)"


def _bounds(space: spaces.Space[Any]) -> tuple[Any, Any]:
    if isinstance(space, spaces.Discrete):
        return int(space.start), int(space.start + space.n - 1)
    if isinstance(space, spaces.MultiDiscrete):
        return space.start, space.start + space.nvec - 1
    if isinstance(space, spaces.Box):
        return space.low, space.high
    raise TypeError(f"action space {space}: expected Discrete, MultiDiscrete or Box")


def reader(
    views: Mapping[str, npt.NDArray[Any]], space: spaces.Space[Any], *, copy: bool
) -> Callable[[], Any]:
    """A function that hands out the present observation.

    Args:
        views: Buffers by name; a view without dimensions is handed out as a Python number.
        space: A Dict of the names, or the space of the only view.
        copy: Hand out fresh memory, else the buffers themselves.
    """
    parts = [(name, _getter(view, copy)) for name, view in views.items()]
    if isinstance(space, spaces.Dict):
        return lambda: {name: get() for name, get in parts}
    ((_, only),) = parts
    return only


def _getter(view: npt.NDArray[Any], copy: bool) -> Callable[[], Any]:
    if view.ndim == 0:
        return view.item
    return view.copy if copy else lambda: view


class Infos:
    """Writes the info dictionaries of a vector environment as Gymnasium's own ones do.

    Every array under ``key`` comes with a (num_envs,) bool mask under ``_key`` that says which
    slots it speaks of; dictionaries nest.
    """

    def __init__(self, num_envs: int) -> None:
        self._n = num_envs

    def put(
        self, infos: dict[str, Any], slots: npt.NDArray[np.int64], values: Mapping[str, Any]
    ) -> None:
        """Add ``values``, which hold one entry for each of ``slots``, to ``infos``."""
        for key, value in values.items():
            if isinstance(value, Mapping):
                part = infos.setdefault(key, {})
                self.put(part, slots, value)
            else:
                self._put_array(infos, key, slots, value)
            mask = infos.setdefault(f"_{key}", np.zeros(self._n, np.bool_))
            mask[slots] = True

    def _put_array(
        self, infos: dict[str, Any], key: str, slots: npt.NDArray[np.int64], value: Any
    ) -> None:
        if key not in infos:
            if value.dtype == object:
                infos[key] = np.full(self._n, None, dtype=object)
            else:
                infos[key] = np.zeros((self._n, *value.shape[1:]), value.dtype)
        infos[key][slots] = value


def missions(batch: Batch, slots: Sequence[int]) -> list[str]:
    """What each of ``slots`` is told to do: its level's mission, else its world's; may be empty."""
    told = [batch.worlds[number].mission for number in batch.world_of[slots].tolist()]
    of_levels = getattr(batch.family.module("layout"), "missions", None)
    if of_levels is None:
        return told
    return [own or general for own, general in zip(of_levels(batch.w, slots), told, strict=True)]


def begun(batch: Batch, slots: npt.NDArray[np.int64]) -> dict[str, Any]:
    """What is told when an episode begins: ``level``, the content hash of each slot's level."""
    return {"level": batch.w.info["content"][batch.w.core["level"][slots]]}


def ended(batch: Batch, slots: npt.NDArray[np.int64]) -> dict[str, Any]:
    """What is told when an inner episode ends: its measures by name."""
    measures = batch.w.final_metrics[slots]
    return {"metrics": {name: _plain(measures[name]) for name in measures.dtype.names or ()}}


def inner(batch: Batch, slots: npt.NDArray[np.int64], alone: bool) -> dict[str, Any]:
    """What is told besides when the trial goes on: return and length of the inner episode.

    The return of the first seat where it is played ``alone``, else (slots, A) those of all.
    """
    returns = batch.w.inner_returns[slots]
    if alone:
        returns = returns[:, 0]
    return {"episode": {"r": returns, "l": _plain(batch.w.out["inner_length"][slots])}}


def _plain(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The dtype that Python's own numbers have: int64 or float64."""
    return values.astype(np.float64 if values.dtype.kind == "f" else np.int64)
