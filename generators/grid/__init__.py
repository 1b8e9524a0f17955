"""Generators of grid levels."""

from __future__ import annotations

from typing import Any

from adaptarium.generators.core.spec import dispatch
from adaptarium.generators.grid.bsp import BSP
from adaptarium.generators.grid.caves import CAVES
from adaptarium.generators.grid.cleanup import CLEANUP
from adaptarium.generators.grid.darkroom import DARKROOM
from adaptarium.generators.grid.dist_shift import DIST_SHIFT
from adaptarium.generators.grid.doorkey import DOORKEY
from adaptarium.generators.grid.empty import EMPTY
from adaptarium.generators.grid.foraging import FORAGING
from adaptarium.generators.grid.four_rooms import FOUR_ROOMS
from adaptarium.generators.grid.frozen_lake import FROZEN_LAKE
from adaptarium.generators.grid.gameable import GAMEABLE
from adaptarium.generators.grid.gap import GAP
from adaptarium.generators.grid.gauntlet import GAUNTLET
from adaptarium.generators.grid.go_to_door import GO_TO_DOOR
from adaptarium.generators.grid.harvest import HARVEST
from adaptarium.generators.grid.ice_maze import ICE_MAZE
from adaptarium.generators.grid.key_corridor import KEY_CORRIDOR
from adaptarium.generators.grid.knobs import KNOBS_DTYPE
from adaptarium.generators.grid.knobs import flatten as _flatten
from adaptarium.generators.grid.lava_crossing import LAVA_CROSSING
from adaptarium.generators.grid.locked_room import LOCKED_ROOM
from adaptarium.generators.grid.maze import MAZE
from adaptarium.generators.grid.memory import MEMORY
from adaptarium.generators.grid.moving_obstacles import MOVING_OBSTACLES
from adaptarium.generators.grid.multi_room import MULTI_ROOM
from adaptarium.generators.grid.obstructed_maze import OBSTRUCTED_MAZE
from adaptarium.generators.grid.pursuit import PURSUIT
from adaptarium.generators.grid.recipes import RECIPES
from adaptarium.generators.grid.red_blue_doors import RED_BLUE_DOORS
from adaptarium.generators.grid.sokoban import SOKOBAN
from adaptarium.generators.grid.things import THINGS
from adaptarium.generators.grid.trash import TRASH
from adaptarium.generators.grid.two_rooms import TWO_ROOMS

# The order numbers the generators inside kernels: append only.
GENERATORS = (
    EMPTY,
    DOORKEY,
    FOUR_ROOMS,
    MAZE,
    LAVA_CROSSING,
    FROZEN_LAKE,
    DARKROOM,
    FORAGING,
    GAUNTLET,
    TWO_ROOMS,
    KEY_CORRIDOR,
    OBSTRUCTED_MAZE,
    MULTI_ROOM,
    GAP,
    DIST_SHIFT,
    MEMORY,
    GO_TO_DOOR,
    THINGS,
    RED_BLUE_DOORS,
    LOCKED_ROOM,
    MOVING_OBSTACLES,
    TRASH,
    HARVEST,
    CLEANUP,
    PURSUIT,
    SOKOBAN,
    GAMEABLE,
    BSP,
    CAVES,
    ICE_MAZE,
    RECIPES,
)

generate = dispatch(GENERATORS)


def flatten(number: int, knobs: Any) -> Any:
    """The knobs record of generator ``number``."""
    return _flatten(number, knobs, GENERATORS[number].needs(knobs))


__all__ = ["GENERATORS", "KNOBS_DTYPE", "flatten", "generate"]
