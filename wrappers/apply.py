"""The one public door to shifts: any environment, or a world, shifted as a plan says."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from adaptarium.envs.core.aec import AECFace, aec
from adaptarium.envs.core.errors import ShiftError, unknown_name
from adaptarium.envs.core.parallel import ParallelFace
from adaptarium.envs.core.room import merged_sizes
from adaptarium.envs.core.shifting import needed_sizes
from adaptarium.envs.core.single import SingleEnv
from adaptarium.envs.core.text import TextEnv
from adaptarium.envs.core.vector import MultiAgentVector, VectorEnv, make_vector
from adaptarium.envs.core.world import World, resolve_world
from adaptarium.wrappers.physics import PhysicsProgram, compile_plan, is_physics
from adaptarium.wrappers.spec import Shift, ShiftPlan, as_plan

Plan = ShiftPlan | Shift | str | Path | dict[str, Any]

_OWN = (SingleEnv, VectorEnv, MultiAgentVector, ParallelFace, AECFace, TextEnv)
_MAKERS: Mapping[str, Callable[..., Any]] = {
    "gym": World.gym,
    "vec": make_vector,
    "parallel": ParallelFace,
    "aec": aec,
    "text": TextEnv,
}


def apply(env: Any, plan: Plan, *, face: str = "", **options: Any) -> Any:
    """An environment, or a world, that changes as a plan says.

    Physics shifts (factors, levels, population) happen inside the environment that is given, which
    must be one of ours and has to be reset anew; interface shifts are wrappers around it, and work
    on any Gymnasium or PettingZoo environment. ``info["shift"]`` holds the position of every shift.

    Args:
        env: An environment: Gymnasium (single or vector), PettingZoo (parallel or AEC), a
            multi-agent batch or a text environment. Or a world in any form that the faces accept
            (an id, a file, a ``World``), of which one is then made.
        plan: A plan, one shift, the path of a shift file, or its plain data.
        face: Of a world, which environment to make: ``"gym"``, ``"vec"``, ``"parallel"``,
            ``"aec"`` or ``"text"``. By default ``"vec"`` where ``num_envs`` is given, else
            ``"gym"`` for one seat and ``"parallel"`` for several.
        **options: Of a world, options of that environment, and overrides.

    Returns:
        The environment with its physics shifted, inside the wrappers of the interface shifts.

    Raises:
        ShiftError: the plan is malformed or does not fit, or a physics shift is asked of somebody
            else's environment.
        UnknownNameError: a world has no such factor or knob.
        FactorError: a value is outside its domain.
        StructuralShiftError: there is no room for a shift; the message says which ``capacity``.
        SplitError: a split that the plan asks for holds no level. Nothing has been changed then.
    """
    found = as_plan(plan)
    physics, interface = split_plan(found)
    if _is_world(env):
        env = _made(env, physics, face, options)
    elif face or options:
        given = ", ".join([*(["face"] if face else []), *options])
        raise ShiftError(f"{given}: an environment is given, which is made already")
    elif physics is not None:
        attach(env, physics)
    return _wrapped(env, interface)


def split_plan(plan: ShiftPlan) -> tuple[ShiftPlan | None, ShiftPlan | None]:
    """The physics shifts and the interface shifts of a plan; None where there are none."""
    parts = [[shift for shift in plan if is_physics(shift) is kind] for kind in (True, False)]
    physics, interface = (ShiftPlan(shift=tuple(part)) if part else None for part in parts)
    return physics, interface


def attach(env: Any, plan: ShiftPlan) -> None:
    """Let one of our environments follow a plan of physics shifts.

    Raises:
        ShiftError: the environment is somebody else's, or the plan does not fit.
    """
    ours = _ours(env)
    if ours is None:
        names = ", ".join(repr(shift.name) for shift in plan)
        raise ShiftError(
            f"shifts {names} change the physics of a world, {type(env).__name__} is no environment "
            "of ours: shift its observations, actions or rewards instead"
        )
    ours.attach(compile_plan(ours.batch.worlds, plan))


def room_for(worlds: Sequence[World], program: PhysicsProgram) -> dict[str, int]:
    """The capacity that a program needs, where it changes no space; else nothing.

    Larger maps are the batch's own affair; a larger view or more actions are the agent's too, and
    are made only where ``capacity`` asks for them.
    """
    own, wanted = merged_sizes(worlds, None), needed_sizes(program)
    sizes = merged_sizes(worlds, {name: max(own[name], size) for name, size in wanted.items()})
    layout = worlds[0].family.module("layout")
    same = all(
        make(own) == make(sizes) for make in (layout.observation_space, layout.action_space)
    ) and (layout.layout(own).num_agents == layout.layout(sizes).num_agents)
    return {name: size for name, size in sizes.items() if size > own[name]} if same else {}


def _ours(env: Any) -> Any:
    """Our own environment inside any wrappers; None where there is none."""
    while env is not None and not isinstance(env, _OWN):
        env = vars(env).get("env") if hasattr(env, "__dict__") else None
    return env


def _is_world(env: Any) -> bool:
    return isinstance(env, World | str | os.PathLike | Mapping) or (
        isinstance(env, Sequence) and all(_is_world(one) for one in env)
    )


def _made(given: Any, physics: ShiftPlan | None, face: str, options: dict[str, Any]) -> Any:
    """The face of a world, made with the room that its physics shifts need."""
    several = isinstance(given, Sequence) and not isinstance(given, str)
    name = face or ("vec" if "num_envs" in options or several else "")
    overrides = {key: options.pop(key) for key in [*options] if key not in _FACE_OPTIONS}
    worlds = [resolve_world(one, **overrides) for one in (given if several else [given])]
    name = name or ("gym" if worlds[0].seats == 1 else "parallel")
    if name not in _MAKERS:
        raise unknown_name("face", name, _MAKERS)
    if name == "gym":
        worlds = [world.alone() for world in worlds]
    program = compile_plan(worlds, physics) if physics is not None else None
    if program is not None:
        room = {**room_for(worlds, program), **(options.get("capacity") or {})}
        options |= {"capacity": room} if room else {}
    env = _MAKERS[name](worlds if several else worlds[0], **options)
    if program is not None:
        _ours(env).attach(program)
    return env


_FACE_OPTIONS = frozenset(
    {"num_envs", "autoreset_mode", "num_threads", "copy", "capacity", "render_mode", "transcript"}
)


def _wrapped(env: Any, interface: ShiftPlan | None) -> Any:
    if interface is None:
        return env
    from adaptarium.wrappers.interface import wrap

    return wrap(env, interface)
