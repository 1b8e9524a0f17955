"""Factors: the fields of a family's rules, each declared live or structural.

A *live* factor may differ between sub-environments and change while a batch runs. A *structural*
one fixes array shapes for the life of a batch.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adaptarium.envs.core.errors import FactorError, nearest, unknown_name

Kind = Literal["live", "structural"]


class Group(BaseModel):
    """A group of factors (transition, observation, reward, episode)."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def live(default: Any, doc: str, *, tests: tuple[Any, ...], **bounds: Any) -> Any:
    """A live factor.

    Args:
        default: Its default value.
        doc: One sentence with the unit.
        tests: At least two other values that the contract kit takes it to.
        **bounds: Pydantic constraints (``ge``, ``le``, ``gt``, ``lt``, ``max_length`` ...).
    """
    extra: dict[str, Any] = {"kind": "live", "tests": list(tests)}
    return Field(default, description=doc, json_schema_extra=extra, **bounds)


def structural(default: Any, doc: str, *, tests: tuple[Any, ...], **bounds: Any) -> Any:
    """A structural factor; arguments as for :func:`live`."""
    extra: dict[str, Any] = {"kind": "structural", "tests": list(tests)}
    return Field(default, description=doc, json_schema_extra=extra, **bounds)


class EpisodeFactors(Group):
    """Factors of time, common to every family."""

    max_steps: int = live(
        0,
        "Time limit of an inner episode in steps; 0 takes the level's own limit.",
        tests=(7, 3),
        ge=0,
        le=1_000_000,
    )
    inner_episodes: int = live(
        1,
        "Inner episodes of a trial: the agent is put back on the same level without a reset.",
        tests=(2, 3),
        ge=1,
        le=1_000_000,
    )


class RulesBase(Group):
    """Base of a family's rules: groups of factors."""

    episode: EpisodeFactors = EpisodeFactors()


def known_once(value: tuple[str, ...], known: Collection[str], what: str) -> tuple[str, ...]:
    """A validator's check of a vocabulary: every word is known, and there once.

    Raises:
        ValueError: the first word that is not, with the nearest that are.
    """
    for name in value:
        if name not in known:
            close = nearest(name, known) or list(known)
            raise ValueError(f"unknown {what} {name!r}, expected one of {', '.join(close)}")
    if len(set(value)) != len(value):
        raise ValueError(f"expected each {what} once")
    return value


def check_order(order: tuple[int, ...], count: int) -> None:
    """A validator's check of a permutation of ``count`` things; nothing stands for the identity.

    Raises:
        ValueError: it is none.
    """
    if order and sorted(order) != list(range(count)):
        raise ValueError(f"order: expected a permutation of 0..{count - 1}")


@dataclass(frozen=True)
class Factor:
    """One factor as the schema declares it."""

    name: str  # dotted: "transition.slip"
    kind: Kind
    default: Any
    doc: str
    tests: tuple[Any, ...]


@functools.cache
def factors_of(rules: type[RulesBase]) -> Mapping[str, Factor]:
    """Every factor of a rules model by dotted name, in declaration order."""
    return MappingProxyType({factor.name: factor for factor in _walk(rules)})


def _walk(rules: type[RulesBase]) -> Iterator[Factor]:
    for group_name, group in rules.model_fields.items():
        model = group.annotation
        if not (isinstance(model, type) and issubclass(model, Group)):
            raise TypeError(f"{rules.__name__}.{group_name} is not a group of factors")
        for name, info in model.model_fields.items():
            extra = info.json_schema_extra
            if not isinstance(extra, dict):
                raise TypeError(f"factor {group_name}.{name} is neither live nor structural")
            default = info.get_default(call_default_factory=True)
            tests = extra["tests"]
            yield Factor(
                name=f"{group_name}.{name}",
                kind="live" if extra["kind"] == "live" else "structural",
                default=default,
                doc=info.description or "",
                tests=tuple(tests) if isinstance(tests, list) else (),
            )


def with_factors(rules: RulesBase, values: Mapping[str, Any]) -> RulesBase:
    """A validated copy of ``rules`` with dotted factors replaced.

    Raises:
        UnknownNameError: a name is not a factor.
        FactorError: a value is outside its factor's domain.
    """
    known = factors_of(type(rules))
    data = rules.model_dump()
    for name, value in values.items():
        if name not in known:
            raise unknown_name("factor", name, known)
        group, leaf = name.split(".", 1)
        data[group][leaf] = value
    return validated(type(rules), data, "factor")


def validated(model: type[Any], data: Any, what: str) -> Any:
    """``model`` built from ``data``; pydantic's complaint becomes one clear error."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise FactorError(explain(error, what, model)) from None


def explain(error: ValidationError, what: str, model: type[BaseModel]) -> str:
    """One line for the first complaint of ``error``: name, value, expectation."""
    first = _telling(error)
    name = ".".join(str(part) for part in first["loc"]) or model.__name__
    if first["type"] == "extra_forbidden":
        siblings = _siblings(model, first["loc"])
        return str(unknown_name(what, str(first["loc"][-1]), siblings))
    if first["type"] == "union_tag_invalid":
        context = first["ctx"]
        field = f"{what} {name[:100]}.{context['discriminator'].strip(chr(39))}"
        choices = re.findall(r"'([^']*)'", context["expected_tags"])
        return str(unknown_name(field, context["tag"], choices))
    expectation = first["msg"].removeprefix("Value error, ")
    if first["type"] == "union_tag_not_found":
        expectation = f"expected a field {first['ctx']['discriminator']} that says which it is"
    expectation = expectation[0].lower() + expectation[1:]
    if not first["loc"]:  # about the whole, which would say little if it were shown
        return f"{what}s: {expectation[:400]}"
    given = repr(first["input"])
    given = given if len(given) <= 200 else f"{given[:180]}… ({len(given)} characters)"
    return f"{what} {name[:100]} = {given}: {expectation[:400]}{_nearest_valid(first)}"


def _nearest_valid(complaint: Any) -> str:
    """What a refused value could have been: the bound that it passed, or a name like it."""
    context = complaint.get("ctx", {})
    if complaint["type"] in ("greater_than_equal", "less_than_equal"):
        return f"; the nearest valid is {context.get('ge', context.get('le'))}"
    if complaint["type"] == "literal_error" and isinstance(complaint["input"], str):
        close = nearest(complaint["input"], re.findall(r"'([^']*)'", context["expected"]))
        return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
    return ""


def _telling(error: ValidationError) -> Any:
    """The complaint to show: of a missing name and an unknown one beside it, the unknown one."""
    complaints = error.errors()
    first = complaints[0]
    if first["type"] == "missing":
        for other in complaints:
            if other["type"] == "extra_forbidden" and other["loc"][:-1] == first["loc"][:-1]:
                return other
    return first


def _siblings(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """The valid names beside the last part of ``path``; parts are names, indices and kinds."""
    found: list[Any] = [model]
    for part in path[:-1]:
        if isinstance(part, int):
            continue
        inner = [m for one in found for m in _models(_field(one, part))]
        found = inner or [one for one in found if _is_kind(one, part)]
    return [field.alias or name for one in found for name, field in one.model_fields.items()]


def _field(model: type[BaseModel], name: str) -> Any:
    for own, field in model.model_fields.items():
        if name in (own, field.alias):
            return field.annotation
    return None


def _is_kind(model: type[BaseModel], tag: str) -> bool:
    """Whether a model is the member of a union that ``tag`` stands for."""
    return any(field.default == tag for field in model.model_fields.values())


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models in an annotation: those of a union, of a tuple's elements."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
