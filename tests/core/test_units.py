"""A world compiles the play of its family and its own generator, no other."""

from __future__ import annotations

import numpy as np
import pytest

from adaptarium.envs.core import compiling, driver, registry
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import SplitError
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.world import load_world

pytestmark = pytest.mark.skipif(
    bool(compiling.numba_config.DISABLE_JIT), reason="plain Python calls no address"
)
PUZZLES = ("Lights-v0", "SlidingTiles-v0", "MemoryCards-v0")


@pytest.mark.parametrize("family", registry.families(), ids=lambda family: family.name)
def test_the_program_of_a_familys_play_holds_no_generator(family: Family) -> None:
    """So a cold start takes as long as the play, however many generators there are."""
    play = compiling._reachable([driver.__name__, *family.kernel_modules()])
    for generator in family.generator_module().GENERATORS:
        own = compiling.modules_of([generator.program()])
        assert generator.kernel.__module__ in own
        assert not {*compiling._reachable([generator.kernel.__module__])} <= {*play}


def test_a_batch_has_the_generators_of_its_own_worlds_alone() -> None:
    worlds = [load_world(name) for name in PUZZLES[:2]]
    numbers = {world.family.generator(world.levels.generator)[0] for world in worlds}
    assert set(np.flatnonzero(Batch(worlds, 4).w.units)) == numbers
    fixed = worlds[0].override(num_levels=3)  # its levels are made before the batch
    assert not Batch([fixed], 4).w.units.any()


def test_generators_side_by_side_make_the_levels_that_each_makes_alone() -> None:
    worlds = [load_world(name) for name in PUZZLES]
    mixed = Batch(worlds, 9)
    mixed.generate(np.arange(9))
    for slot in range(9):
        alone = Batch([worlds[slot % 3]], 1)
        alone.generate(np.array([slot]))
        assert alone.w.info["content"][0] == mixed.w.info["content"][slot]


def test_two_generators_of_one_source_file_share_no_machine_code() -> None:
    world = load_world("Bernoulli-v0")
    programs = [generator.program() for generator in world.family.generator_module().GENERATORS]
    assert len({plain.__name__ for plain in programs}) == len(programs)


@pytest.mark.parametrize("number", [-1, 3, 99])
def test_a_generator_that_is_not_at_hand_makes_no_level(number: int) -> None:
    batch = Batch([load_world("Lights-v0")], 2)
    batch.w.knobs["generator"] = number
    with pytest.raises(SplitError, match="made no level"):
        batch.reset(seed=0)
