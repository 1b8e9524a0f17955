"""The manual of a puzzle: everything that is true of it, in words."""

from __future__ import annotations

from collections.abc import Iterator

from adaptarium.envs.core.manual import laid_out, told_factors, told_levels, told_purpose
from adaptarium.envs.core.world import World
from adaptarium.envs.puzzle import codes
from adaptarium.envs.puzzle.rules import Rules, has_answer, has_goal

ACTIONS = {
    "press": "add one to the value of every cell of the press pattern around it; the highest value "
    "goes round to 0.",
    "reveal": "open a covered cell that has no flag.",
    "flag": "put a flag on a covered cell, or take it away.",
    "flip": "turn a card up that lies face down.",
    "up": "the gap moves up: the tile above it slides down.",
    "right": "the gap moves right: the tile to its right slides left.",
    "down": "the gap moves down: the tile below it slides up.",
    "left": "the gap moves left: the tile to its left slides right.",
    "apply": "every cell takes the value of its source plus an amount, as the rule states.",
    "answer": "name the hidden rule.",
}
_SPECIAL = (
    "no cell of the board",
    "covered",
    "covered, with your flag",
    "covered, and safe to begin with",
    "a mine",
)


def meaning(rules: Rules, code: int) -> str:
    """What the code of a cell means in a puzzle with these rules."""
    if code < codes.FIRST_VALUE:
        return _SPECIAL[code]
    value, verbs = code - codes.FIRST_VALUE, set(rules.action.vocabulary)
    if "reveal" in verbs:
        return f"open, with {value} mine{'' if value == 1 else 's'} beside it"
    if "flip" in verbs:
        return f"a card with face {value}" if value else "no card"
    if verbs & set(codes.MOVES):
        return f"tile {value}" if value else "the gap"
    if "press" in verbs and "apply" not in verbs:
        return f"on ({value})" if value else "off"
    return f"value {value}"


def manual(world: World) -> str:
    """The manual of ``world``, with the present value of every factor."""
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id}: expected the rules of the puzzle family")
    sections = (
        (world.id, _goal(world)),
        ("Actions", _actions(rules)),
        ("What you see", _view(world, rules)),
        ("What happens in a step", _dynamics(rules)),
        ("Rewards", _rewards(rules)),
        ("Time", _time(rules)),
        ("All factors", told_factors(rules)),
    )
    return laid_out(sections)


def _goal(world: World) -> Iterator[str]:
    yield from told_purpose(world)
    yield told_levels(world, "board", "boards")


def _actions(rules: Rules) -> Iterator[str]:
    vocabulary = rules.action.vocabulary
    order = rules.action.order or range(len(vocabulary))
    yield "Answer each observation with one action, by its name or its number:"
    for place, entry in enumerate(order):
        verb = vocabulary[place]
        target = ""
        if verb in codes.CELL_VERBS:
            target = " row R column C"
        elif verb in codes.RULE_VERBS:
            target = " rule N"
        yield f"- {verb}{target}: {ACTIONS[vocabulary[entry]]}"
    yield (
        "Rows and columns count from 0 at the upper left. Numbers count through the verbs in this "
        "order, and through the targets of each row by row."
    )
    if list(order) != list(range(len(vocabulary))):
        yield "The names are mixed up here: each does what its line says, not what it is called."


def _view(world: World, rules: Rules) -> Iterator[str]:
    high = codes.FIRST_VALUE + world.sizes()["values"]
    yield "The board as rows of signs, upper row first, with a legend. The signs:"
    for code in [*_specials(rules), *range(codes.FIRST_VALUE, high)]:
        yield f"- {codes.SIGNS[code]} (code {code}): {meaning(rules, code)}"
    if rules.observation.show_goal:
        yield "The goal: the board that is to be reached, in the same signs."
    if world.sizes()["rules"]:
        yield from _stated(rules)
    if rules.observation.noise > 0:
        yield (
            f"Each cell is read as a random value, and the lamp as its opposite, at odds of "
            f"{rules.observation.noise}."
        )
    if rules.observation.left_visible:
        yield f"How much is left to do: {_left(rules)}."
    else:
        yield "How much is left to do is hidden: it reads 0."


def _specials(rules: Rules) -> list[int]:
    """The codes of what is no open value, where they can occur."""
    verbs = set(rules.action.vocabulary)
    found = [codes.NOTHING]
    if verbs & {"reveal", "flip"}:
        found.append(codes.COVERED)
    if "flag" in verbs:
        found.append(codes.FLAGGED)
    if "reveal" in verbs:
        found += [codes.MARKED, codes.MINE_SHOWN]
    return found


def _stated(rules: Rules) -> Iterator[str]:
    if has_answer(rules):
        yield (
            "The rules one of which is the hidden one: for each cell what it asks of that switch "
            "(any, off, on)."
        )
    else:
        yield (
            "The rules of the operators: for each cell, row by row, its source S or S+M: the cell "
            "takes the value that cell S had (counted from 1), plus M; the highest value goes "
            "round to 0."
        )


def _left(rules: Rules) -> str:
    parts = ["cells that differ from the goal"] if has_goal(rules) else []
    verbs = rules.action.vocabulary
    if "reveal" in verbs:
        parts.append("covered cells without a mine")
    elif "flip" in verbs:
        parts.append("pairs not yet found")
    if has_answer(rules):
        parts.append("the right answer")
    return " and ".join(parts)


def _dynamics(rules: Rules) -> Iterator[str]:
    change, verbs = rules.transition, set(rules.action.vocabulary)
    if change.slip > 0:
        yield f"With probability {change.slip} a random valid action takes the place of yours."
    else:
        yield "Actions do what they are meant to."
    if "press" in verbs:
        yield f"The press pattern, as three rows around the pressed cell: {change.press_pattern}."
    if change.wrap:
        yield "The edges of the board are joined: what leaves on one side comes in on the other."
    else:
        yield "Nothing lies beyond the edges of the board."
    if "reveal" in verbs:
        yield from _mines(rules)
    if "flip" in verbs:
        yield (
            "Two cards that are equal stay up. Two that differ are turned down again by your next "
            f"step, and change places unseen with probability {change.swap}."
        )
    if has_answer(rules):
        yield (
            f"The lamp is lit where the hidden rule says yes: {_LOGIC[change.logic]}. A wrong "
            f"answer {'ends' if change.failure_ends else 'does not end'} the episode."
        )


_LOGIC = {
    "all": "where all its conditions hold",
    "any": "where any of its conditions holds",
    "odd": "where an odd number of its conditions holds",
}
_FIRST = {
    "as_is": "may be a mine, unless it is marked",
    "safe": "is none: a mine there moves away",
    "opening": "and those around it are none: mines there move away",
}


def _mines(rules: Rules) -> Iterator[str]:
    change = rules.transition
    yield f"The first cell revealed {_FIRST[change.first_click]}."
    if change.cascade:
        yield "Revealing a cell without mines beside it reveals those beside it, and so on."
    else:
        yield "Each cell is revealed on its own."
    yield f"Revealing a mine {'ends' if change.failure_ends else 'does not end'} the episode."


def _rewards(rules: Rules) -> Iterator[str]:
    reward, verbs = rules.reward, set(rules.action.vocabulary)
    yield f"Solving it: {reward.solved}, times (1 - {reward.solved_decay} x steps taken / limit)."
    if reward.progress:
        yield (
            f"All that there is to do is worth {reward.progress}, share by share; what is undone "
            "costs it again."
        )
    yield f"Each step costs {reward.step_cost}; one that is not valid {reward.idle_cost} more."
    if verbs & {"reveal", "answer"}:
        yield f"A mine or a wrong answer costs {reward.failure_cost}."
    if "flip" in verbs:
        yield f"Two cards that do not match cost {reward.mismatch_cost}."


def _time(rules: Rules) -> Iterator[str]:
    episode = rules.episode
    limit = f"{episode.max_steps} steps" if episode.max_steps else "the limit of its level"
    yield f"An inner episode is cut off after {limit}."
    if episode.inner_episodes > 1:
        yield (
            f"A trial has {episode.inner_episodes} inner episodes on the same board: when one ends "
            "the board is as at the start, and what you learnt about it stays true."
        )
    else:
        yield "A trial is one episode."
