"""What a result needs to be made again: the command, the versions, the kind of machine."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

PACKAGES = ("adaptarium", "numpy", "numba", "gymnasium", "pettingzoo", "torch", "stable-baselines3")


def command_line(argv: Sequence[str] | None = None) -> str:
    """The command as it can be typed again; the program without the folder it lies in."""
    words = list(sys.argv if argv is None else argv)
    return shlex.join([Path(words[0]).name, *words[1:]]) if words else ""


def package_versions() -> dict[str, str]:
    """Versions of Python and of the installed ones among the packages that matter."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def platform_line() -> str:
    """Operating system, machine and number of CPUs; no host or user names."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs"
