"""``adaptarium list``: the worlds, and the factors of their families."""

from __future__ import annotations

from typing import Any

from adaptarium.envs.core import registry
from adaptarium.envs.core.factors import factors_of
from adaptarium.envs.core.registry import WorldSpec


def list_worlds(family: str | None = None) -> dict[str, Any]:
    """Every registered world, and every family with its factors.

    Args:
        family: Only this family and its worlds.

    Returns:
        ``{"worlds": [...], "families": [...]}``. A family's factors say whether they are
        ``"live"`` (may differ between slots and change while a batch runs) or ``"structural"``.

    Raises:
        UnknownNameError: there is no such family.
    """
    families = registry.families() if family is None else [registry.family(family)]
    names = {one.name for one in families}
    specs = [spec for spec in registry.world_specs() if spec.family in names]
    return {
        "worlds": [_world(spec) for spec in specs],
        "families": [
            {"name": one.name, "title": one.title, "factors": factor_table(one)} for one in families
        ],
    }


def factor_table(family: Any) -> list[dict[str, Any]]:
    """A family's factors as plain data, in declaration order."""
    return [
        {"name": factor.name, "kind": factor.kind, "default": factor.default, "doc": factor.doc}
        for factor in factors_of(family.module("rules").Rules).values()
    ]


def _world(spec: WorldSpec) -> dict[str, Any]:
    levels = spec.data.get("levels", {})
    return {
        "id": spec.id,
        "family": spec.family,
        "seats": spec.seats,
        "summary": spec.summary,
        "generator": levels.get("generator", ""),
        "knobs": dict(levels.get("knobs", {})),
        "source": spec.data.get("source", ""),
    }
