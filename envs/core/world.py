"""Worlds as data: a family, its factors and a source of levels."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adaptarium.envs.core import registry
from adaptarium.envs.core.errors import (
    AdaptariumError,
    FactorError,
    WorldFileError,
    nearest,
    unknown_name,
)
from adaptarium.envs.core.factors import RulesBase, factors_of, validated, with_factors
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.worldfile import read_world_file, write_world_file

if TYPE_CHECKING:
    import gymnasium

    from adaptarium.envs.core.parallel import ParallelFace
    from adaptarium.envs.core.text import TextEnv
    from adaptarium.envs.core.vector import MultiAgentVector, VectorEnv

SCHEMA: Final = 1
Split = Literal["all", "train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("all", "train", "validation", "test")


class LevelSource(BaseModel):
    """Where a world's levels come from.

    Attributes:
        generator: Name of a generator of the family; empty where ``records`` are given.
        knobs: Its knobs.
        split: The part of the level space that is used.
        num_levels: 0 generates a fresh level for every episode; else a fixed set of that size.
        start_level: Seed of the first level of a fixed set.
        records: Explicit levels in the family's readable form, instead of a generator.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    generator: str = ""
    knobs: dict[str, Any] = {}
    split: Split = "all"
    num_levels: int = Field(0, ge=0, le=10_000_000)
    start_level: int = Field(0, ge=0, le=2**62)
    records: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> LevelSource:
        if bool(self.generator) == bool(self.records):
            raise ValueError("expected either a generator or explicit records of levels")
        return self


class WorldFile(BaseModel):
    """The schema of a world file and of a ``worlds.toml`` table."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    schema_version: Literal[1] = SCHEMA
    id: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z][A-Za-z0-9_.]*-v\d+$")
    family: str
    preset: str = ""
    rules: dict[str, Any] = {}
    levels: LevelSource
    seats: int | None = Field(None, ge=1, le=255)  # stated for the catalog, which loads no family
    mission: str = ""
    description: str = ""
    source: str = ""
    history: dict[str, str] = {}


@dataclass(frozen=True)
class World:
    """One world: everything that an environment needs to be made, as data.

    Attributes:
        id: Its name with a version, without the namespace: ``"DoorKey-v0"``.
        family: The family whose kernels run it.
        rules: Its factors, validated.
        levels: Where its levels come from.
        mission: What the agent is told to do; may be empty.
    """

    id: str
    family: Family
    rules: RulesBase
    levels: LevelSource
    mission: str = ""
    description: str = ""
    source: str = ""
    history: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> World:
        """A world from the plain data of a world file.

        Raises:
            FactorError: a value is outside its domain.
            UnknownNameError: a family, preset, factor, generator or knob does not exist.
        """
        file = validated(WorldFile, dict(data), "world field")
        found = registry.family(file.family)
        module = found.module("rules")
        if file.preset and file.preset not in module.PRESETS:
            raise unknown_name("preset", file.preset, module.PRESETS)
        base = with_factors(module.Rules(), module.PRESETS.get(file.preset, {}))
        rules = with_factors(base, _dotted(file.rules))
        world = cls(
            id=file.id,
            family=found,
            rules=rules,
            levels=file.levels,
            mission=file.mission,
            description=file.description,
            source=file.source,
            history=file.history,
        )
        world.knobs()
        if file.seats is not None and file.seats != world.seats:
            raise FactorError(
                f"world field seats = {file.seats}: its levels seat {world.seats}; state that, or "
                "nothing"
            )
        return world

    def to_data(self) -> dict[str, Any]:
        """The plain data of a world file; ``from_data`` gives an equal world."""
        return {
            "schema_version": SCHEMA,
            "id": self.id,
            "family": self.family.name,
            "rules": self.rules.model_dump(mode="json"),
            "levels": self.levels.model_dump(mode="json"),
            "seats": self.seats,
            "mission": self.mission,
            "description": self.description,
            "source": self.source,
            "history": dict(self.history),
        }

    @classmethod
    def load(cls, path: str | Path) -> World:
        """Read a world file (``.toml`` or ``.json``).

        Raises:
            WorldFileError: the file is not valid TOML or JSON, or does not describe a world.
        """
        data = read_world_file(path)
        try:
            return cls.from_data(data)
        except AdaptariumError as problem:
            raise WorldFileError(f"{path}: {problem}") from None

    def save(self, path: str | Path) -> None:
        """Write a world file, as TOML or JSON by its suffix; ``load`` gives an equal world.

        Folders on the way are made.

        Raises:
            WorldFileError: the suffix is neither ``.toml`` nor ``.json``, ``load`` would refuse the
                world, or the file cannot be written. The file is then as it was before.
        """
        data = self.to_data()
        try:
            World.from_data(data)
        except AdaptariumError as problem:
            raise WorldFileError(f"{path}: not written, load would refuse it: {problem}") from None
        write_world_file(path, data)

    @staticmethod
    def sample(family: str, seed: int = 0) -> World:
        """A world that nobody wrote, drawn from what ``family`` declares and tried before.

        Raises:
            UnknownNameError: there is no such family.
            FactorError: the seed is no integer from 0 to 2**63 - 1.
            AdaptariumError: no draw of this seed gave a world that can be solved.
        """
        from adaptarium.envs.core.sampling import sample_world

        return sample_world(family, seed)

    # ---- faces ----

    def gym(self, **options: Any) -> gymnasium.Env[Any, Any]:
        """The Gymnasium environment of this world; options as for ``gymnasium.make``.

        In a world of several seats it is that of the first seat, see :meth:`alone`.

        Raises:
            AdaptariumError: the world has several seats, and its family no built-in players.
        """
        import gymnasium

        name = f"{registry.NAMESPACE}/World-v0"
        return gymnasium.make(name, world=self.to_data(), **options)

    def vec(self, num_envs: int, **options: Any) -> VectorEnv | MultiAgentVector:
        """A batch of this world; options as for :func:`adaptarium.vec`."""
        from adaptarium.envs.core.vector import make_vector

        return make_vector(self, num_envs, **options)

    def parallel(self, **options: Any) -> ParallelFace:
        """The PettingZoo environment in which all agents act at once."""
        from adaptarium.envs.core.parallel import ParallelFace

        return ParallelFace(self, **options)

    def aec(self, **options: Any) -> Any:
        """The PettingZoo environment in which agents act in turn."""
        from adaptarium.envs.core.aec import aec

        return aec(self, **options)

    def text(self, **options: Any) -> TextEnv:
        """The environment in which observations and actions are text."""
        from adaptarium.envs.core.text import TextEnv

        return TextEnv(self, **options)

    def alone(self) -> World:
        """The world for one player: the first seat is played from outside, others are built in.

        A world of one seat is that already.

        Raises:
            AdaptariumError: the world has several seats, and its family no built-in players.
        """
        if self.seats == 1:
            return self
        if not self.family.alone:
            raise AdaptariumError(
                f"{self.id} has {self.seats} seats and family {self.family.name!r} no built-in "
                "players, a Gymnasium environment has one player: use World.parallel(), "
                "World.aec() or World.vec()"
            )
        return self.override(**dict(self.family.alone))

    # ---- what it needs ----

    def knobs(self) -> Any:
        """The validated knobs of the generator; None for explicit levels."""
        if not self.levels.generator:
            return None
        _, generator = self.family.generator(self.levels.generator)
        return validated(generator.knobs, self.levels.knobs, "knob")

    def needs(self) -> dict[str, int]:
        """Structural sizes that the levels may need."""
        if self.levels.generator:
            _, generator = self.family.generator(self.levels.generator)
            return dict(generator.needs(self.knobs()))
        level = self.family.module("level")
        each = [level.needs(record) for record in self.levels.records]
        return {name: max(needs[name] for needs in each) for name in each[0]}

    def sizes(self) -> dict[str, int]:
        """The structural sizes of this world alone."""
        return dict(self.family.module("layout").structure(self.rules, self.needs()))

    @property
    def seats(self) -> int:
        """How many agents its levels seat at most."""
        found: int = self.family.module("layout").layout(self.sizes()).num_agents
        return found

    def distinct_levels(self) -> int | None:
        """How many levels its generator can make; None for 10,000 or more."""
        if self.levels.records:
            return len(self.levels.records)
        _, generator = self.family.generator(self.levels.generator)
        count: int | None = generator.distinct(self.knobs())
        return count

    def is_split(self) -> bool:
        """False where the level space is so small (under 100) that every split is all of it."""
        distinct = self.distinct_levels()
        return distinct is None or distinct >= 100

    # ---- changing ----

    def override(self, /, **overrides: Any) -> World:
        """A world with factors, knobs or its level source replaced.

        Dotted names are factors (``{"transition.slip": 0.2}``), plain ones generator knobs
        (``size=8``) or the fields ``split``, ``num_levels``, ``start_level`` of the level source.

        Raises:
            UnknownNameError: a name is neither.
            FactorError: a value is outside its domain.
        """
        factors = {name: value for name, value in overrides.items() if "." in name}
        plain = {name: value for name, value in overrides.items() if "." not in name}
        rules = with_factors(self.rules, factors) if factors else self.rules
        levels = self._override_levels(plain) if plain else self.levels
        world = replace(self, rules=rules, levels=levels)
        world.knobs()
        return world

    def _override_levels(self, plain: dict[str, Any]) -> LevelSource:
        data = self.levels.model_dump()
        own = {"split", "num_levels", "start_level", "records", "generator"}
        if "records" in plain:
            data.update(generator="", knobs={})
        if plain.get("generator", data["generator"]) != data["generator"]:
            data["knobs"] = {}
        for name in [name for name in plain if name in own]:
            data[name] = plain.pop(name)
        self._check_knob_names(data["generator"], plain)
        data["knobs"] = {**data["knobs"], **plain}
        source: LevelSource = validated(LevelSource, data, "level source field")
        return source

    def _check_knob_names(self, generator: str, plain: Mapping[str, Any]) -> None:
        known: set[str] = set()
        if generator:
            known = set(self.family.generator(generator)[1].knobs.model_fields)
        factors = factors_of(type(self.rules))
        own = {"split", "num_levels", "start_level"}
        for name in plain:
            if name in known:
                continue
            leaf = [full for full in factors if full.endswith(f".{name}")]
            if leaf:
                raise FactorError(f"factor {name!r} needs its group: write {leaf[0]!r}")
            choices = {*known, *own, *factors}
            if not nearest(name, choices):
                choices = {*known, *own}
            raise unknown_name("knob or factor", name, choices)


def _dotted(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Factors by dotted name; groups may be nested tables or dotted keys."""
    flat: dict[str, Any] = {}
    for name, value in rules.items():
        if isinstance(value, Mapping) and "." not in name:
            flat.update({f"{name}.{leaf}": inner for leaf, inner in value.items()})
        else:
            flat[name] = value
    return flat


def load_world(world_id: str, /, **overrides: Any) -> World:
    """The registered world ``world_id`` with overrides as in :meth:`World.override`."""
    spec = registry.world_spec(world_id)
    data = {"id": spec.id, "family": spec.family, **spec.data}
    world = World.from_data(data)
    return world.override(**overrides) if overrides else world


def _no_world(given: Any) -> FactorError:
    """The error for what is no world in any form."""
    names = [spec.id for spec in registry.world_specs()]
    told = "no world was given" if given is None else f"world = {given!r:.60}"
    return FactorError(
        f"{told}: expected world= a World, the id of a registered one (such as {names[0]!r}), the "
        "path of a world file (.toml, .json) or level file (.jsonl, .npz, .xsb), or a world's dict"
    )


def resolve_world(
    world: World | str | os.PathLike[str] | Mapping[str, Any], /, **overrides: Any
) -> World:
    """A world given in any way that the faces accept.

    Args:
        world: A world, the id of a registered one, a world file (``.toml`` or ``.json``), a level
            file (``.jsonl``, ``.npz``, or a Sokoban collection, ``.xsb`` or ``.sok``) for the world
            that has those levels, or the plain data of a world.
        **overrides: As for :meth:`World.override`.

    Raises:
        UnknownNameError: an id, factor or knob does not exist.
        WorldFileError: a file does not describe a world.
        LevelError: a level file is malformed.
        FactorError: a value is outside its domain, or ``world`` is nothing of the above.
    """
    if not isinstance(world, World | Mapping | str | os.PathLike):
        raise _no_world(world)
    if isinstance(world, World):
        found = world
    elif isinstance(world, Mapping):
        found = World.from_data(world)
    elif reader := registry.level_file_reader(os.fspath(world)):
        found = reader(os.fspath(world))
    elif isinstance(world, os.PathLike) or world.endswith((".toml", ".json")):
        found = World.load(os.fspath(world))
    else:
        found = load_world(world)
    return found.override(**overrides) if overrides else found
