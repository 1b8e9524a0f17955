"""Numbers of the negotiation family: bounds, action numbers, kinds of players, draw purposes."""

from __future__ import annotations

MAX_PARTIES = 4
MAX_ISSUES = 8
MAX_OUTCOMES = 1024
MAX_ROUNDS = 64
MAX_STEPS = 1_000_000
LONGEST = MAX_PARTIES * MAX_ROUNDS  # turns of the longest negotiation

# A utility of 1: utilities are whole numbers of this fixed-point scale.
UNIT = 10_000

# Actions: what can be said without an offer comes first, so that an offer keeps its number beside
# levels with more of them.
WAIT, ACCEPT, WALK, ASK, INFORM, BLUFF, ARGUE, THREATEN = range(8)
MESSAGES = ("ask", "inform", "bluff", "argue", "threaten")
VERBS = ("wait", "accept", "walk away", *MESSAGES)
FIRST_OFFER = len(VERBS)

# Kinds of built-in players, in the order of their numbers: append only.
KINDS = (
    ("boulware", "linear", "conceder", "aspiration", "tough", "nice", "random")
    + ("naive tit-for-tat", "nice tit-for-tat", "micro", "frequency")
)  # fmt: skip
BOULWARE, LINEAR, CONCEDER, ASPIRATION, TOUGH, NICE, RANDOM, NAIVE, FORGIVING, MICRO = range(10)
FREQUENCY = 10
# Those that look at time and the offer on the table alone; the others answer what they have heard.
SELF_WILLED = KINDS[:NAIVE]
# Exponents of u_max * (1 - t ** e); that of "aspiration" is a factor.
EXPONENTS = (4.0, 1.0, 0.25)
CURVES = len(EXPONENTS) + 1

# Ways in which the built-in players may differ from their kind, and the strongest intensity.
TRAITS = ("impatience", "scepticism", "confusion", "incoherence")
MOST_INTENSE = 3

LEVEL = -1  # the level says which kind plays
NOBODY = -2  # no built-in player takes the learner's place

FIRSTS = ("level", "player_0", "last")

# How the values of issues are told: as they are, or as the number of items that one gets.
TERMS = ("values", "shares")

# Bits of a word of the record of offers heard.
WORD = 16

# Purposes of the draws; the core numbers its own below 16.
D_BREAKDOWN, D_OFFER, D_MISTAKES, D_MISTAKEN, D_STRAYS, D_STRAYED = range(16, 22)
D_TIE = 24
