"""The identity of levels that were written rather than generated: content hash and split.

Both come from the same kernels that generation uses, so that a level read from a file lies in the
same split as the generator's.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.compiling import Entry, source_digest, specialise, unbound
from adaptarium.envs.core.draws import below, fold
from adaptarium.envs.core.driver import split_of
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.layout import Workspace

content_hash: Any = unbound  # stand-in for the family's kernel


def identify(w, lo, hi):  # type: ignore[no-untyped-def]
    """Fill content and split of level rows ``lo`` to ``hi``; a nameless level is its content."""
    for k in range(lo, hi):
        found = content_hash(w, k)
        w.info[k].content = found
        w.info[k].split = split_of(below(fold(found, 10), 10))
        if w.info[k].name == 0:
            w.info[k].name = found


@functools.cache
def _entry(family: Family) -> Entry:
    kernels = {"content_hash": family.module("kernels").KERNELS["content_hash"]}
    bound = specialise(sys.modules[__name__], ("identify",), kernels)
    digest = source_digest([__name__, *family.kernel_modules()])
    return Entry(bound["identify"], f"the {family.name} level hash", digest)


def identify_levels(family: Family, w: Workspace, lo: int, hi: int) -> npt.NDArray[np.uint64]:
    """Fill ``info.content``, ``info.split`` (and an unset ``info.name``) of written level rows.

    Args:
        family: The family whose levels these are.
        w: A workspace with written level rows.
        lo: First row.
        hi: One past the last row.

    Returns:
        (hi - lo,) content hashes.
    """
    _entry(family).bind(w, 0, 0)(lo, hi)
    return np.array(w.info["content"][lo:hi])
