"""Numbers of the skirmish family: bounds, action numbers, columns, reasons, draw purposes."""

from __future__ import annotations

PLAYERS = 2
SITES = 8  # places for a base, at most
NODES = 12  # sites, chokes and crossings, at most
BODIES = 40  # kinds of units and structures of a race, at most
THINGS = 62  # with its upgrades: one bit each of a word without its sign
QUEUE = 64  # things under way at a time, of one player
MAX_STEPS = 1_000_000

# Fixed point. Minerals and gas: thousandths. Life: hundredths. Distances: hundredths of a cell.
MILLI, CENTI = 1000, 100
SUPPLY = 2  # supply is counted in halves
MOST_SUPPLY = 200 * SUPPLY
NEVER = 1_000_000_000  # a time that does not come

# Where bodies are: sites first, then the groups of the army.
HOME, STRIKE, RELIEF, SCOUT = range(4)
GROUPS = ("home force", "strike force", "relief", "scout")
PLACES = SITES + len(GROUPS)
# What a group is about: it stands, fights its way, falls back, or looks around.
STAND, FIGHT, RETREAT, LOOK = range(4)
ORDERS = ("standing", "attacking", "falling back", "scouting")

# Actions: those that every race has, then one for each thing of the race.
WAIT, SEND_SCOUT, ATTACK, FALL_BACK, DEFEND, BOOST_ECONOMY, BOOST_ARMY, BOOST_TECHNOLOGY = range(8)
COMMON = (
    ("wait", "scout", "attack", "retreat", "defend")
    + ("boost economy", "boost army", "boost technology")
)  # fmt: skip
FIRST_THING = len(COMMON)
ACTIONS = FIRST_THING + THINGS
MOST_ORDERS = 5  # of one decision

# Why an action is not possible, in the order in which it is looked at.
(POSSIBLE, ABSENT, TECHNOLOGY, DONE, MINERALS, GAS, ROOM, PRODUCER, PLACE, BUSY, NOBODY, ENERGY,
 DECIDED) = range(13)  # fmt: skip
REASONS = (
    "possible",
    "your side has no such action",
    "needs",
    "there already, or under way",
    "not enough minerals",
    "not enough gas",
    "not enough supply",
    "no free producer",
    "no free place",
    "too much is under way",
    "nobody to send",
    "not enough energy, or nothing to boost",
    "your orders of this decision are given",
)

# How a thing is made of its producer.
NOT_MADE, OCCUPIES, RELEASES, CONSUMES, BECOMES = range(5)
MODES = ("", "occupies", "releases", "consumes", "becomes")

# Flags of a body.
LIGHT, ARMORED, BIOLOGICAL, MECHANICAL, PSIONIC, MASSIVE, STRUCTURE, HEROIC = (
    1 << bit for bit in range(8)
)
ATTRIBUTES = (
    ("light", "armored", "biological", "mechanical", "psionic", "massive", "structure", "heroic")
)  # fmt: skip
AIR, HIDDEN, DETECTOR, ARMY, GUARD, WORKER, HALL, REFINERY, DEFENCE, LARVA, SUICIDE, UPGRADE = (
    1 << bit for bit in range(8, 20)
)
ROLES = {
    "worker": WORKER,
    "hall": HALL,
    "refinery": REFINERY,
    "defence": DEFENCE,
    "larva": LARVA,
    "guard": ARMY | GUARD,
    "support": 0,
}

# Columns of what upgrades have added to a body.
ATTACK_UP, ARMOUR_UP, SPEED_UP, RANGE_UP, HASTE_UP, SPLASH_UP, REGENERATION_UP = range(7)
EFFECTS = ("attack", "armour", "speed", "range", "haste", "splash", "regeneration")
# Units of each: tenths of damage levels and of armour, hundredths of cells, tenths of cells,
# percent, hundredths of cells, hundredths of life a second.
EFFECT_SCALE = (10, 10, 100, 10, 1, 100, 100)

# Ground and sky: columns of weapons.
GROUND, SKY = range(2)

# Kinds of boosts: a running production goes on faster; more larvae.
HASTEN, SPAWN = range(1, 3)
BOOSTS = ("", "hasten", "spawn")

RACES = ("crystal", "swarm")
STYLES = ("random", "rush", "timing", "power", "macro", "air")
RANDOM_STYLE = 0
LEVELS = 10
HONEST = 7  # the strongest level that does not cheat
PLAN = 40  # rows of a plan, at most
BY_LEVEL, NO_PROXY = -1, -1
AT_LIMIT = ("draw", "assets")

# Columns of a handicap.
CADENCE, SLIPS, ATTENTION, INCOME, VISION = range(5)
HANDICAPS = ("cadence", "slips", "orders", "income", "vision")

# Purposes of the draws; the core numbers its own below 16.
D_SLIP, D_STYLE = range(16, 18)
