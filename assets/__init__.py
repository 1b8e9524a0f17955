"""Data files that ship with the package.

``MICROBAN`` is David W. Skinner's collection of 155 Sokoban puzzles for beginners (revised April
2000), which he lets everybody distribute as long as it is properly credited.
"""

from pathlib import Path

if __name__ != "adaptarium.assets":
    # Two names would load every module twice: two registries, two sets of compiled kernels.
    raise ImportError(
        f"The folder 'assets' is the package 'adaptarium.assets', not {__name__!r}: "
        "install the project and use 'import adaptarium.assets'.",
        name=__name__,
    )

MICROBAN = Path(__file__).with_name("microban.xsb")
