"""Mechanics: the next context, and coefficients that drift."""

from __future__ import annotations

from adaptarium.envs.bandit.codes import D_CONTEXT
from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import choose


@kernel
def context(w, i):
    """Draw the context of the next step from the level's, each equally likely."""
    count = w.state.now[i, 0].contexts
    if count > 1:
        w.state.now[i, 0].context = choose(w, i, count, D_CONTEXT, 0, 0)


@kernel
def drift(w, i):
    """Turn the coefficients of every arm in each pair of features."""
    rules, head = w.rules[i], w.levels.head[w.core[i].level]
    for b in range(head.num_arms):
        for j in range(0, head.num_features - 1, 2):
            x, y = w.state.coefficients[i, b, j], w.state.coefficients[i, b, j + 1]
            w.state.coefficients[i, b, j] = rules.turn_cos * x - rules.turn_sin * y
            w.state.coefficients[i, b, j + 1] = rules.turn_sin * x + rules.turn_cos * y
