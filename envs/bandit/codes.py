"""Numbers of the bandit family: bounds, draw purposes and the bits of the mechanics in use."""

from __future__ import annotations

MAX_ARMS = 32
MAX_MODES = 3  # pull, watch, declare
MAX_ACTIONS = MAX_ARMS * MAX_MODES
MAX_FEATURES = 16
MAX_CONTEXTS = 256
MAX_SPAN = 64
MAX_HIDDEN = 8
MAX_STEPS = 1_000_000
MAX_DELAY = 128

# Parameters of levels are multiples of this, so that text, arrays and content hash agree.
RESOLUTION = 1e-4
MAX_MEAN = 100.0
MAX_COEFFICIENT = 10.0
MAX_SPREAD = 10.0
# What is shown of a payoff is cut to this; no payoff without a hidden state comes near it.
PAYOFF_LIMIT = 10_000.0

# Purposes of the draws; the core numbers its own below 16.
D_PAYOFF, D_NOISE, D_CHAIN, D_CONTEXT, D_SHUFFLE, D_HIDDEN = range(16, 22)

PAYOFFS = ("bernoulli", "gaussian")
MEMORIES = ("none", "episode", "trial")
MEMORY_NONE, MEMORY_EPISODE, MEMORY_TRIAL = range(3)

PULL, WATCH, DECLARE = range(3)
VERBS = ("pull", "watch", "declare")

# Which mechanics a world uses, as bits of `rules.active`.
USES_ORDER = 1
USES_RECHARGE = 2
USES_RESTLESS = 4
USES_COSTS = 8
USES_QUEUE = 16
USES_MEMORY = 32
USES_DECLARE = 64
USES_DRIFT = 128
USES_REVEAL = 256
USES_WATCH = 512
