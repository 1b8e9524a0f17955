"""Unified spaces: one observation space and one discrete action space for worlds of any family.

Both are sums. An observation has the parts of every family, named ``family_part``; those of the
family that is played are as the world shows them, all others are zero, and ``family`` says which it
is. The actions of the families stand one after another, and a mask says which are valid: those of
the family that is played, where the world allows them. So nothing is lost, nothing that means one
thing in one family means another in the next, and one network with masks plays them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.errors import AdaptariumError, FactorError
from adaptarium.envs.core.room import merged_sizes
from adaptarium.envs.core.world import World

FAMILY = "family"
"""The part of a unified observation that says which family is played."""
MOST_ACTIONS = 1 << 16

Parts = Mapping[str, npt.NDArray[Any]]


class Member:
    """What one family is in unified spaces.

    Args:
        name: The family's name.
        number: Its number among the members.
        observation: One agent's observation space.
        action: One agent's action space: ``Discrete``, or a bounded ``Box`` of one axis.
        begin: The first of its actions.
        levels: Values that each component of a continuous action may take, evenly spaced from its
            lowest to its highest; an action is a choice of all, the last component fastest.

    Attributes:
        parts: The spaces of the observation's parts by their own names.
        count: Number of actions.

    Raises:
        AdaptariumError: a space is of another kind.
        FactorError: there would be too many actions.
    """

    def __init__(
        self,
        name: str,
        number: int,
        observation: spaces.Space[Any],
        action: spaces.Space[Any],
        begin: int,
        levels: int,
    ) -> None:
        if not isinstance(observation, spaces.Dict):
            raise AdaptariumError(f"{name}: observation space {observation}: expected a Dict")
        self.name, self.number, self.begin = name, number, begin
        self.parts = dict(observation.spaces)
        self._choices: npt.NDArray[np.float32] | None = None
        self._start = 0
        if isinstance(action, spaces.Discrete):
            self.count, self._start = int(action.n), int(action.start)
        elif isinstance(action, spaces.Box) and len(action.shape) == 1 and action.is_bounded():
            self._choices = _choices(action, levels)
            self.count = len(self._choices)
        else:
            raise AdaptariumError(
                f"{name}: action space {action}: expected Discrete or a bounded Box of one axis"
            )

    def unified(self, part: str) -> str:
        """The name of a part in unified observations."""
        return f"{self.name}_{part}"

    def own(self, actions: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The family's own actions for unified ones.

        One of another family, which the mask forbids, counts as the remainder by ``count``: so that
        learners without masks can play too.
        """
        mine = (np.asarray(actions) - self.begin) % self.count
        return mine + self._start if self._choices is None else self._choices[mine]

    def named(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """What is known by the parts' own names by their unified ones."""
        return {self.unified(part): value for part, value in parts.items()}

    def write_mask(self, own: npt.NDArray[Any], out: npt.NDArray[np.bool_]) -> None:
        """Write which actions are valid.

        Args:
            own: (..., k) what is valid of the first ``k`` own actions; of none where ``k`` is 0 and
                actions are continuous, which all are valid.
            out: (..., actions) bool, false.
        """
        if self._choices is not None:
            out[..., self.begin : self.begin + self.count] = True
            return
        out[..., self.begin : self.begin + own.shape[-1]] = own


class UnifiedDict(spaces.Dict):
    """A unified observation space that knows whose its parts are.

    Attributes:
        owners: The number of its family, by the name of the part; ``family`` is nobody's.
    """

    def __init__(self, parts: dict[str, spaces.Space[Any]], owners: Mapping[str, int]) -> None:
        super().__init__(parts)
        self.owners = dict(owners)


class UnifiedSpaces:
    """The sum of the spaces of several families.

    Args:
        members: Observation and action space of one agent, by the name of the family.
        levels: As for :class:`Member`.

    Attributes:
        members: The families by name, in the order that they were given in.
        observation_space: The parts of every family and ``family``, the number of the one that
            is played.
        action_space: ``Discrete``: the actions of every family, one after another.

    Raises:
        AdaptariumError: there is no family, or a space is of another kind.
        FactorError: ``levels`` is below 2, or there would be more than ``MOST_ACTIONS`` actions.
    """

    def __init__(
        self,
        members: Mapping[str, tuple[spaces.Space[Any], spaces.Space[Any]]],
        *,
        levels: int = 3,
    ) -> None:
        if not members:
            raise AdaptariumError("unified spaces of no family: expected at least one")
        if isinstance(levels, bool) or not isinstance(levels, int) or levels < 2:
            raise FactorError(f"levels = {levels!r}: expected an integer from 2 up")
        self.levels = levels
        self.members: dict[str, Member] = {}
        begin = 0
        for number, (name, (observation, action)) in enumerate(members.items()):
            member = Member(name, number, observation, action, begin, levels)
            self.members[name] = member
            begin += member.count
        if begin > MOST_ACTIONS:
            raise FactorError(f"{begin} actions: expected at most {MOST_ACTIONS}")
        parts: dict[str, spaces.Space[Any]] = {FAMILY: spaces.Discrete(len(self.members))}
        owners: dict[str, int] = {}
        for member in self.members.values():
            parts |= member.named(member.parts)
            owners |= dict.fromkeys(member.named(member.parts), member.number)
        self.observation_space = UnifiedDict(parts, owners)
        self.action_space = spaces.Discrete(begin)

    @classmethod
    def of(
        cls,
        worlds: Sequence[World],
        *,
        capacity: Mapping[str, Mapping[str, int]] | None = None,
        levels: int = 3,
    ) -> UnifiedSpaces:
        """The unified spaces of worlds, with room for all of them.

        Args:
            worlds: Worlds of any families.
            capacity: Spare structural sizes, by the name of the family.
            levels: As for :class:`Member`.
        """
        members = {}
        for name, group in by_family(worlds).items():
            sizes = merged_sizes(group, (capacity or {}).get(name))
            layout = group[0].family.module("layout")
            members[name] = layout.observation_space(sizes), layout.action_space(sizes)
        return cls(members, levels=levels)

    def empty(self, rows: int) -> dict[str, npt.NDArray[Any]]:
        """Zeros for observations with a leading (rows,) axis."""
        return {
            name: np.zeros((rows, *(space.shape or ())), space.dtype)
            for name, space in self.observation_space.spaces.items()
        }

    def lift(self, member: Member, observation: Mapping[str, Any]) -> dict[str, Any]:
        """One observation of a family as a unified one.

        Its parts may be smaller than the space has them, as in a world that needs less room: they
        are filled up with zeros.
        """
        lifted: dict[str, Any] = {name: part[0] for name, part in self.empty(1).items()}
        lifted[FAMILY] = np.int64(member.number)
        for name, part in member.named(observation).items():
            value = np.asarray(part)
            if value.ndim:
                lifted[name][tuple(slice(size) for size in value.shape)] = value
            else:
                lifted[name] = lifted[name].dtype.type(value)
        return lifted

    def member_of(self, observation: Mapping[str, Any]) -> Member:
        """The family that an observation is of, by the names of its parts.

        Raises:
            AdaptariumError: it is of none of the families, or could be of several.
        """
        names = set(observation)
        found = [each for each in self.members.values() if names and names <= set(each.parts)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(self.members)
        raise AdaptariumError(
            f"an observation of parts {sorted(names)}: expected those of one of the families "
            f"{known}"
        )


def by_family(worlds: Sequence[World]) -> dict[str, list[World]]:
    """Worlds by the names of their families, in the order in which those appear."""
    groups: dict[str, list[World]] = {}
    for world in worlds:
        groups.setdefault(world.family.name, []).append(world)
    return groups


def _choices(action: spaces.Box, levels: int) -> npt.NDArray[np.float32]:
    """(levels ** components, components) every continuous action that can be taken."""
    components = action.shape[0]
    if levels**components > MOST_ACTIONS:
        raise FactorError(
            f"levels = {levels} for {components} components: expected at most {MOST_ACTIONS} "
            "actions"
        )
    axes = [
        np.linspace(low, high, levels, dtype=np.float32)
        for low, high in zip(action.low, action.high, strict=True)
    ]
    grid = np.meshgrid(*axes, indexing="ij")
    return np.stack([each.reshape(-1) for each in grid], axis=-1)
