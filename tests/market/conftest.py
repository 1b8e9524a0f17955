"""What the tests of the market family share."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def user() -> ModuleType:
    """The user model in plain Python: tests are no package, so it is loaded by its file."""
    spec = importlib.util.spec_from_file_location("market_user", Path(__file__).parent / "user.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["market_user"] = module
    spec.loader.exec_module(module)
    return module
