"""Numbers of the market family: bounds, draw purposes and the bits of the mechanics in use."""

from __future__ import annotations

MAX_GENRES = 12
MAX_TOPICS = 4  # all have room in every level and observation
MAX_ITEMS = 1024
MAX_CANDIDATES = 16
MAX_SLATE = 4
MAX_SLATES = 1024  # ordered slates, which are the actions
MAX_PATIENCE = 100
MAX_STEPS = 1_000_000

# Parameters of levels are multiples of this, so that text, arrays and content hash agree.
RESOLUTION = 1e-4
# What is shown of satiation is cut to this.
MAX_SHOWN = 1_000.0

# Purposes of the draws; the core numbers its own below 16.
D_RESPONSE, D_INFLUENCE, D_DRIFT, D_CHURN = range(16, 20)

# What a user makes of a shown item, in the order in which the draw numbers it.
OVERLOOKED, PASSED, CLICKED = range(3)
# The same as it is seen: nothing was shown, no click, a click, not looked at.
ANSWERS = ("nothing", "passed", "clicked", "overlooked")
SEEN_NOTHING, SEEN_PASSED, SEEN_CLICKED, SEEN_OVERLOOKED = range(4)

# What a user has said of a genre.
TOLD = ("unknown", "no", "yes")
UNKNOWN, NO, YES = range(3)

# The trail of clicks that pictures show: bits of one step, and steps.
TRAIL_BITS = 3
TRAIL_STEPS = 20

# Which mechanics a world uses, as bits of `rules.active`.
USES_INFLUENCE = 1
USES_DRIFT = 2
USES_ASK = 4
