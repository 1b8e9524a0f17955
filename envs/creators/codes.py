"""Numbers of creator markets: bounds, names in the order of their numbers, draw purposes."""

from __future__ import annotations

MAX_USERS = 4_000
MAX_CREATORS = 200  # seats of a world: 254 creators beside the platform would be the core's bound
MAX_GENRES = 16
TOPICS = 2  # of every item and every user
MAX_SLATE = 10
MAX_WINDOW = 20
MAX_PATIENCE = 100
MAX_STREAK = 10
MAX_FACTORS = 64
MAX_STEPS = 1_000_000

# Preferences, skills and shares of levels, qualities and topics of items are whole thousandths.
UNIT = 1000

# What the platform chooses each round: what it ranks by, and how it re-ranks. The clairvoyant is no
# choice of a seat: it looks at the users.
SCORERS = ("random", "popularity", "mf", "bpr", "linucb")
RANDOM, POPULARITY, MF, BPR, LINUCB, CLAIRVOYANT = range(6)
BUILT_IN_SCORERS = (*SCORERS, "clairvoyant")
RERANKERS = ("none", "tfrom", "p-mmf", "fairrec", "cpfair", "fairco", "mmr", "dpp", "apdr")
NONE, TFROM, P_MMF, FAIRREC, CPFAIR, FAIRCO, MMR, DPP, APDR = range(9)
CHOICES = len(SCORERS) * len(RERANKERS)
FACTORISED = 2  # models with factors: mf, bpr

# What a creator does in a round: nothing, or an item of a genre with an effort.
REST = 0
EFFORTS = ("light", "steady", "full")

# Built-in creators.
KINDS = ("random", "cfd", "lbr", "belief")
AT_RANDOM, CFD, LBR, BELIEF = range(4)
NOBODY = -1  # and: as the level says

# Who is played from outside.
OUTSIDE = ("all", "platform", "creator")
ALL, PLATFORM, CREATOR = range(3)

# Purposes of the draws; the core numbers its own below 16.
(
    D_ACTIVE_USER,
    D_ACTIVE_CREATOR,
    D_CLICK,
    D_CHURN,
    D_DRIFT,
    D_TOPIC,
    D_SCORE,
    D_WORK,
    D_DIRECTION,
    D_EXPLOIT,
    D_ENTRY,
    D_NEGATIVE,
    D_FACTOR,
) = range(16, 29)

# A score that no item reaches: what must not be shown.
NEVER = -1e30
SHUT = -1e29  # below it nothing is shown
