"""The manual of a market: everything that is true of it, in words."""

from __future__ import annotations

from collections.abc import Iterator

from adaptarium.envs.core.manual import laid_out, told_factors, told_levels, told_purpose
from adaptarium.envs.core.world import World
from adaptarium.envs.market import codes
from adaptarium.envs.market.players import slate_of
from adaptarium.envs.market.rules import Rules, slates


def menu(world: World) -> list[str]:
    """The names of the actions by number: ``show 0 1 2`` and so on, ``ask topic 0`` and so on."""
    action = rules_of(world).action
    numbers = range(slates(action.candidates, action.slate))
    shown = (slate_of(number, action.candidates, action.slate) for number in numbers)
    asks = [f"ask {subject}" for subject in subjects(world.sizes()["asks"])]
    return [f"show {' '.join(map(str, slate))}" for slate in shown] + asks


def subjects(asks: int) -> list[str]:
    """What can be asked about, in the order of the questions' numbers: topics, then genres."""
    topics = [f"topic {topic}" for topic in range(codes.MAX_TOPICS)]
    return [*topics, *(f"genre {genre}" for genre in range(asks - codes.MAX_TOPICS))][:asks]


def rules_of(world: World) -> Rules:
    """The factors of ``world``.

    Raises:
        TypeError: it is a world of another family.
    """
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id} is a world of family {world.family.name!r}, not of market")
    return rules


def manual(world: World) -> str:
    """The manual of ``world``, with the present value of every factor."""
    rules = rules_of(world)
    sections = (
        (world.id, _goal(world)),
        ("Actions", _actions(world, rules)),
        ("What you see", _view(rules)),
        ("What the user does", _user(rules)),
        ("How the user changes", _change(rules)),
        ("Rewards", _rewards(rules)),
        ("Time", _time(rules)),
        ("All factors", told_factors(rules)),
    )
    return laid_out(sections)


def _goal(world: World) -> Iterator[str]:
    yield from told_purpose(world)
    yield told_levels(world, "user and catalogue", "users and catalogues")


def _actions(world: World, rules: Rules) -> Iterator[str]:
    action = rules.action
    example = " ".join(map(str, range(action.slate)))
    count = slates(action.candidates, action.slate)
    yield "Answer each observation with one action, by its name or its number:"
    names = "one" if action.slate == 1 else f"{action.slate} different ones"
    yield (
        f"- show {example} (0) and so on: a slate of candidates, the first one in the first place. "
        f"It names {names} of candidates 0 to {action.candidates - 1}."
    )
    if asks := world.sizes()["asks"]:
        yield (
            f"- ask topic 0 ({count}) to ask {subjects(asks)[-1]} ({count + asks - 1}): a question "
            "whether the user likes that topic or genre; yes is a preference above 0. Nothing is "
            "shown then. What is known, or what the level lacks, cannot be asked."
        )
    yield f"The {count} slates are numbered as in a sorted list, from 0 to {count - 1}."
    fresh = min(rules.catalogue.recency, action.candidates)
    yield (
        "One item is uploaded a step: candidate 0 is the newest, and each grows older by one with "
        f"every step. Only candidates 0 to {fresh - 1} can be shown; an answer with an older one "
        "shows nothing."
    )


def _view(rules: Rules) -> Iterator[str]:
    yield (
        "Of each candidate its genre, its quality, its topics, how often it was shown, and whether "
        "it was clicked."
    )
    words = " or overlooked, which is not looked at" if rules.observation.examined else ""
    yield f"What became of each place of the last slate: clicked, passed{words}."
    if not rules.observation.examined:
        yield "Passed is also what was not looked at: you cannot tell the two apart."
    yield (
        "Signals: start (1 before the first step), elapsed (share of time), fruitless (slates in a "
        f"row without a click, of {codes.MAX_PATIENCE})."
    )
    yield "Of each genre its share of what you have shown, and the clicks an exposure."
    if rules.action.ask:
        yield "What the user has told of each topic and genre."
    if rules.observation.reveal:
        yield "The user's preferences, tastes, satiation, and chances of a click on each candidate."


def _user(rules: Rules) -> Iterator[str]:
    change = rules.transition
    yield (
        "The user looks at place j of a slate, from 1, with probability "
        f"j ** -{change.position_bias}, and clicks on what it looks at with probability "
        "1 / (1 + exp(-v)), where v is"
    )
    yield (
        f"{change.affinity} * (preference for the genre + tastes . topics) + {change.quality} * "
        f"quality - {change.satiation} * satiation with the genre - {change.reluctance}."
    )
    yield "It never clicks twice on one item."
    if change.accept:
        yield "With its first click it has got what it came for: the inner episode ends."
    yield (
        "It leaves when so many steps in a row have had no click as its hidden patience is, and "
        f"after any step with probability {change.churn}."
    )


def _change(rules: Rules) -> Iterator[str]:
    change = rules.transition
    yield (
        "A click adds 1 to the satiation with its genre; with each step all satiation loses the "
        f"share {change.recovery}."
    )
    yield (
        f"A click moves the preference p for its genre by {change.influence} * (1 - |p|) * "
        "(1 - p), up with probability (1 + p) / 2, else down."
    )
    yield (
        f"With each step every preference moves by {change.drift}, up or down with equal chance, "
        "within -1 and 1."
    )
    yield f"Genre g is liked as the level has it for genre g + {change.taste}, counted round."


def _rewards(rules: Rules) -> Iterator[str]:
    reward = rules.reward
    yield f"A click pays {reward.click}, and {reward.quality} times the quality of its item."
    yield f"A user who leaves out of patience costs {reward.leave}; every step costs {reward.turn}."
    if rules.action.ask:
        yield f"A question that is answered with yes pays {reward.yes}."


def _time(rules: Rules) -> Iterator[str]:
    episode = rules.episode
    limit = f"{episode.max_steps} steps" if episode.max_steps else "the limit of its level"
    yield f"An inner episode ends with the user, and is cut off after {limit}."
    if episode.inner_episodes > 1:
        yield f"A trial has {episode.inner_episodes} inner episodes, all with the user as at first."
    else:
        yield "A trial is one inner episode."
