"""The list of packages, computed: the one thing that ``pyproject.toml`` cannot say.

The top-level folders map into one import package (``[tool.setuptools.package-dir]``), and the
discovery of setuptools knows no such prefixes. New sub-packages are found here without an edit.
"""

import atexit
import shutil
import tempfile
import tomllib
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).resolve().parent


def mapped_packages() -> list[str]:
    """Every package under the mapped folders; a folder without ``__init__.py`` is none."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = []
    for package, folder in settings["tool"]["setuptools"]["package-dir"].items():
        names.append(package)
        names.extend(f"{package}.{name}" for name in find_packages(str(ROOT / folder)))
    return sorted(names)


# A build folder kept between builds would put deleted modules into the next wheel.
build_base = tempfile.mkdtemp(prefix="adaptarium-build-")
atexit.register(shutil.rmtree, build_base, ignore_errors=True)

setup(packages=mapped_packages(), options={"build": {"build_base": build_base}})
