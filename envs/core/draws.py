"""Addressed random draws: value = hash(seed, stream, episode, step, purpose, agent, k).

No generator state advances, so switching one mechanic on or off never moves another's draws, and
an episode depends on its seed, its episode number and the actions alone. Only this module holds
``uint64`` values (Numba turns ``uint64`` with ``int64`` into ``float64``).

Chance that changes a state goes through :func:`chance`, :func:`choose` and :func:`pick3`. A solver
may *script* them: the slot then takes the branches written in ``script.choice`` and reports how
many branches each chance node had and the probability of the path, so that outcomes are enumerated
on the very same step function.

The mixer is the finaliser of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
"""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel, small

STREAM_DYNAMICS = 1
STREAM_LEVELS = 2
STREAM_OBSERVATION = 3
STREAM_PARTNERS = 4

# Core purposes; families number theirs from 16 (one table per family).
PURPOSE_BANK_ROW = 1

SCRIPT_DEPTH = 64

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_STRIDE = np.uint64(0xD1342543DE82EF95)
_ADDRESS = np.uint64(0x2545F4914F6CDD1D)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11, _S32 = (np.uint64(s) for s in (30, 27, 31, 11, 32))
_TO_UNIT = 2.0**-53


@kernel
def mix(x):
    """Scramble 64 bits (a bijection)."""
    x = (x ^ (x >> _S30)) * _MIX_A
    x = (x ^ (x >> _S27)) * _MIX_B
    return x ^ (x >> _S31)


@kernel
def fold(h, value):
    """Absorb one integer into the running hash ``h``."""
    return mix((h ^ np.uint64(value)) * _ADDRESS + _GOLDEN)


@kernel
def episode_key(seed, stream, episode):
    """The key of one stream of one episode."""
    return fold(fold(fold(_GOLDEN, seed), stream), episode)


@small
def address(purpose, agent, k):
    """Pack (purpose < 2**16, agent < 2**8, k < 2**24) into one address."""
    return (purpose << 32) | (agent << 24) | k


@kernel
def bits_at(key, step, where):
    """The 64 random bits of ``key`` at ``step`` and address ``where``."""
    return mix(key + np.uint64(step) * _STRIDE + np.uint64(where) * _ADDRESS)


@small
def unit(bits):
    """Bits to a float64 in [0, 1); exact on both targets."""
    return np.float64(np.int64(bits >> _S11)) * _TO_UNIT


@small
def below(bits, n):
    """Bits to an integer in [0, n), n < 2**31."""
    return np.int64(((bits >> _S32) * np.uint64(n)) >> _S32)


@kernel
def dynamics_unit(w, i, purpose, agent, k):
    """A uniform float64 of the dynamics stream. Not enumerable: for continuous noise only."""
    return unit(bits_at(w.core[i].key_dynamics, w.core[i].clock, address(purpose, agent, k)))


@kernel
def observation_bits(w, i, purpose, agent, k):
    """64 bits of the observation stream: the same for every look at the same step."""
    return bits_at(w.core[i].key_observation, w.core[i].clock, address(purpose, agent, k))


@kernel
def level_bits(w, i, purpose, k):
    """64 bits for generating the level of slot ``i``."""
    return bits_at(w.core[i].key_level, 0, address(purpose, 0, k))


@kernel
def level_below(w, i, purpose, k, n):
    """An integer in [0, n) for generating the level of slot ``i``."""
    return below(level_bits(w, i, purpose, k), n)


@kernel
def level_unit(w, i, purpose, k):
    """A float64 in [0, 1) for generating the level of slot ``i``."""
    return unit(level_bits(w, i, purpose, k))


@kernel
def _scripted(w, i, width):
    """The scripted branch of the next chance node, which has ``width`` branches."""
    depth = w.script[i].depth
    w.script[i].depth = depth + 1
    if depth >= SCRIPT_DEPTH:
        return 0
    w.script[i].width[depth] = width
    return np.int64(w.script[i].choice[depth])


@kernel
def chance(w, i, probability, purpose, agent, k):
    """True with ``probability``."""
    if probability <= 0.0:
        return False
    if probability >= 1.0:
        return True
    if w.core[i].scripted:
        branch = _scripted(w, i, 2)
        w.script[i].probability *= probability if branch == 1 else 1.0 - probability
        return branch == 1
    return dynamics_unit(w, i, purpose, agent, k) < probability


@kernel
def choose(w, i, n, purpose, agent, k):
    """An integer in [0, n), each equally likely."""
    if n <= 1:
        return 0
    if w.core[i].scripted:
        branch = _scripted(w, i, n)
        w.script[i].probability /= n
        return branch
    where = address(purpose, agent, k)
    return below(bits_at(w.core[i].key_dynamics, w.core[i].clock, where), n)


@kernel
def pick3(w, i, first, second, purpose, agent, k):
    """1 with probability ``first``, 2 with probability ``second``, else 0."""
    if first + second <= 0.0:
        return 0
    if w.core[i].scripted:
        branch = _scripted(w, i, 3)
        part = first if branch == 1 else second if branch == 2 else 1.0 - first - second
        w.script[i].probability *= part
        return branch
    u = dynamics_unit(w, i, purpose, agent, k)
    if u < first:
        return 1
    return 2 if u < first + second else 0


def run_seed(seed: int) -> int:
    """Hash a run's seed into a batch's seed, so that runs 0, 1, 2 share no sub-environment."""
    with np.errstate(over="ignore"):
        x = np.uint64(seed & 0xFFFF_FFFF_FFFF_FFFF) * _STRIDE + _GOLDEN
        x = (x ^ (x >> _S30)) * _MIX_A
        x = (x ^ (x >> _S27)) * _MIX_B
        return int((x ^ (x >> _S31)) >> np.uint64(2))
