"""Writes the reference, from the docstrings, into a folder: ``make docs``."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pdoc

import adaptarium

# The front desk, and the modules whose objects it hands out or takes.
MODULES = (
    "adaptarium",
    "adaptarium.agents.protocol",
    "adaptarium.agents.rl.sb3",
    "adaptarium.envs.core.aec",
    "adaptarium.envs.core.batch",
    "adaptarium.envs.core.errors",
    "adaptarium.envs.core.parallel",
    "adaptarium.envs.core.single",
    "adaptarium.envs.core.text",
    "adaptarium.envs.core.vector",
    "adaptarium.testing",
)


def build(folder: Path) -> None:
    """Write ``index.html`` and a page for each module; a warning is an error."""
    for name in adaptarium.__all__:  # they are loaded on first use, and pdoc only looks
        getattr(adaptarium, name)
    pdoc.render.configure(docformat="google", show_source=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # A NamedTuple's constructor has no module in which its annotations could be looked up.
        warnings.filterwarnings("ignore", r"Error parsing type annotation .*\.TextStep\.__init__")
        pdoc.pdoc(*MODULES, output_directory=folder)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
