"""Numbers of the corridor: draw purposes, and the defects of its broken twins."""

from __future__ import annotations

D_SLIP, D_FOG = 16, 17

(
    SHARED,
    STALE,
    MASK,
    IGNORED,
    PADDING,
    IMPURE,
    TOUCHES,
    NOT_A_NUMBER,
    OUTSIDE,
    SPLIT,
    HIDDEN,
    OBS_PADDING,
    DEAD,
    MODE,
    CANONICAL,
) = range(1, 16)
