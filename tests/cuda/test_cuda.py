"""The kernels on a GPU: PTX without one, and agreement, simulated or where there is one."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pytest
from numba import types
from numba.extending import intrinsic

from adaptarium.envs.core import registry
from adaptarium.envs.core.banks import level_workspace
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world

pytest.importorskip("numba_cuda", reason="numba-cuda is not installed: `make test-cuda` does it")

HERE = Path(__file__).parent
IDS = [spec.id for spec in registry.world_specs()]
PARAMETER_LIMIT = 4096  # bytes, on every GPU and driver
PLAN: dict[str, Any] = {
    "overrides": {"episode.max_steps": 13},  # several episodes of each world
    "steps": 24,
    "autoreset": "same_step",
    "seed": 5,
    "mirror": True,
    "shift": {"reward.step_cost": 0.25},  # a reward that every step pays
}
SHIFTS = {
    "bandit": {"reward.payoff": 0.25},
    "navigation": {"transition.thrust": 2.0},
    "negotiation": {"reward.no_deal": 0.25},
    "market": {"reward.click": 0.25},
    "skirmish": {"reward.growth": 0.25},
    "creators": {"reward.click": 0.25},
}


def _gpu() -> bool:
    from numba import cuda

    return bool(cuda.is_available())


def _simulate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("simulate", HERE / "simulate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _plans(**changes: Any) -> list[dict[str, Any]]:
    """One plan a family: all its worlds mixed in one batch."""
    families: dict[str, list[str]] = {}
    for world_id in IDS:
        families.setdefault(registry.world_spec(world_id).family, []).append(world_id)
    return [
        {**PLAN, "shift": SHIFTS.get(family, PLAN["shift"]), "worlds": ids, "num_envs": len(ids)}
        | changes
        for family, ids in families.items()
    ]


def _assert_equal(found: Any, expected: dict[str, np.ndarray], floats: float) -> None:
    for name, array in expected.items():
        if array.dtype.kind == "f":
            assert np.allclose(found[name], array, rtol=floats, atol=floats), name
        else:
            assert np.array_equal(found[name], array), name


# ---- PTX, without a GPU ----


@pytest.fixture(scope="module")
def programs() -> dict[tuple[str, Any], tuple[World, str]]:
    """PTX for sm_90 of every registered world; worlds of one workspace type share it."""
    from adaptarium.envs.core.cuda import compile_ptx, workspace_type

    found: dict[tuple[str, Any], tuple[World, str]] = {}
    for world_id in IDS:
        world = load_world(world_id)
        key = (world.family.name, workspace_type(world))
        if key not in found:
            found[key] = world, compile_ptx(world)
    return found


@pytest.mark.full
def test_every_world_compiles_for_a_gpu(programs: dict[Any, tuple[World, str]]) -> None:
    """The step, the views, the resets and the generators of every world are in the program."""
    from adaptarium.envs.core.cuda import workspace_type

    for world_id in IDS:
        world = load_world(world_id)
        _, ptx = programs[world.family.name, workspace_type(world)]
        assert ".target sm_90" in ptx
        assert ptx.count(".visible .entry") == 1
        for generator in world.family.generator_module().GENERATORS:
            module = generator.kernel.__module__.rsplit(".", 1)[-1]
            assert module in ptx, f"the generator {generator.name} is missing"


@pytest.mark.full
def test_the_parameters_are_few_and_nothing_is_left_to_link(
    programs: dict[Any, tuple[World, str]],
) -> None:
    for _, ptx in programs.values():
        parameters = re.search(r"\.visible \.entry \S+\((.*?)\)", ptx, re.S)
        assert parameters is not None
        sizes = [int(bits) // 8 for bits in re.findall(r"\.param \.[a-z](\d+)", parameters[1])]
        assert 0 < sum(sizes) <= PARAMETER_LIMIT
        assert ".extern" not in ptx


@pytest.mark.full
def test_the_program_assembles(programs: dict[Any, tuple[World, str]]) -> None:
    """NVIDIA's own assembler takes the PTX and makes machine code for sm_90 of it."""
    nvjitlink = pytest.importorskip("cuda.bindings.nvjitlink")
    for _, ptx in programs.values():
        code = ptx.encode()
        link = nvjitlink.create(1, ["-arch=sm_90"])
        try:
            nvjitlink.add_data(link, nvjitlink.InputType.PTX, code, len(code), "advance.ptx")
            nvjitlink.complete(link)
            assert nvjitlink.get_linked_cubin_size(link) > 0
        finally:
            nvjitlink.destroy(link)


@intrinsic
def _unpack(typingctx, words):  # type: ignore[no-untyped-def]
    """The CPU's twin of what the GPU's entry point does with the table of headers."""
    from adaptarium.envs.core.packed import PackedType

    packed = PackedType(numba.typeof(level_workspace(load_world("Foraging-v0"), 1)))

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        table = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.bitcast(table.data, context.get_value_type(packed))

    return packed(words), codegen


@numba.njit
def _touch(words):  # type: ignore[no-untyped-def]
    w = _unpack(words)
    w.core[0].seed = 7
    w.levels.cells[1, 2] = 11
    w.state.agents[0, 1].x = 13
    w.metrics[0].moves = 17
    w.measures[1][0, 0] = 19
    w.out[0].length = 23
    w.rows[0][0, 0] = w.rows[0].shape[1]
    return w.reward.shape[1]


def test_the_table_of_headers_is_what_the_compiler_reads() -> None:
    """Machine code finds every array through the table: order, strides and shared memory."""
    from adaptarium.envs.core.cuda_batch import DeviceMemory

    class HostMemory(DeviceMemory):
        def __init__(self, w: Any) -> None:
            self._host = w

        def pointer(self, array: np.ndarray) -> int:
            return int(array.ctypes.data)

    w = level_workspace(load_world("Foraging-v0"), 2)
    assert _touch(HostMemory(w).table()) == w.reward.shape[1] == 2
    assert w.core["seed"][0] == 7
    assert w.levels.cells[1, 2] == 11
    assert w.state.agents["x"][0, 1] == 13
    assert w.metrics["moves"][0] == 17
    assert w.final_metrics.view(np.uint64).flat[0] == 19
    assert w.out["length"][0] == 23
    assert w.state.cells[0, 0] == w.rows[0].shape[1]


def test_an_absent_package_is_named_with_its_command() -> None:
    code = (
        "import sys; sys.modules['numba_cuda'] = None\n"
        "from adaptarium.envs.core.errors import MissingExtraError\n"
        "try:\n    import adaptarium.envs.core.cuda\n"
        "except MissingExtraError as problem:\n    print(problem)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "numba-cuda is not installed" in done.stdout
    assert "pip install 'adaptarium[cuda13]'" in done.stdout


# ---- agreement with the CPU ----


def _on_the_simulator(plan: dict[str, Any], folder: Path) -> Any:
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    subprocess.run(
        [sys.executable, HERE / "simulate.py", folder / "plan.json", folder / "out.npz"],
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"},
        check=True,
        timeout=600,
    )
    return np.load(folder / "out.npz")


def _check_on_the_simulator(plan: dict[str, Any], folder: Path) -> None:
    simulate = _simulate()
    expected = simulate.record(simulate.make(Batch, plan), plan)
    _assert_equal(_on_the_simulator(plan, folder), expected, floats=1e-12)
    assert expected["episode"][-1].max() >= 1  # levels were generated on the way


def test_the_simulated_gpu_plays_as_the_cpu_does(tmp_path: Path) -> None:
    for plan in _plans():
        _check_on_the_simulator(plan, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("autoreset", ["same_step", "next_step", "disabled"])
@pytest.mark.parametrize("mirror", [True, False])
def test_the_simulated_gpu_plays_long_as_the_cpu_does(
    tmp_path: Path, autoreset: str, mirror: bool
) -> None:
    for plan in _plans(steps=200, autoreset=autoreset, mirror=mirror, seed=17):
        _check_on_the_simulator(plan, tmp_path)


def test_the_simulator_needs_python_kernels(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(_plans()[0]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, HERE / "simulate.py", tmp_path / "plan.json", tmp_path / "out.npz"],
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode != 0
    assert "set NUMBA_ENABLE_CUDASIM=1 and NUMBA_DISABLE_JIT=1" in done.stderr


@pytest.mark.full
@pytest.mark.parametrize("mirror", [True, False])
def test_the_gpu_plays_as_the_cpu_does(mirror: bool) -> None:
    """Integers exactly; floats to 1e-5, as a GPU contracts `a * b + c`."""
    if not _gpu():
        pytest.skip("no GPU here")
    from adaptarium.envs.core.cuda_batch import CudaBatch

    simulate = _simulate()
    for plan in _plans(steps=300, num_envs=301):
        expected = simulate.record(simulate.make(Batch, plan), plan)
        found = simulate.record(simulate.make(CudaBatch, plan, mirror=mirror), plan)
        _assert_equal(found, expected, floats=1e-5)


@pytest.mark.full
def test_device_arrays_are_read_without_a_copy() -> None:
    if not _gpu():
        pytest.skip("no GPU here")
    from adaptarium.envs.core.cuda_batch import CudaBatch, cuda

    batch = CudaBatch([load_world("DoorKey-v0")], 70, mirror=False)
    batch.reset(seed=1)
    seen = cuda.as_cuda_array(batch.device_obs["image"]).copy_to_host()
    batch.pull()
    assert np.array_equal(seen, batch.obs["image"])
    assert seen.any()


def test_widening_is_the_same_on_both_targets() -> None:
    """A device function is resolved with integers as wide as the CPU's, literals included."""
    from adaptarium.envs.core.compiling import _Widened, kernel
    from adaptarium.envs.core.cuda import _Twins

    @kernel
    def double(x):  # type: ignore[no-untyped-def]
        return x + x

    twins = _Twins()
    device = twins.of(double)
    assert twins.of(double) is device
    assert device is not double
    assert isinstance(device.get_call_template, _Widened)
    assert twins.of(types.int64) is types.int64
