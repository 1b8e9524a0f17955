"""The manual of a bandit: everything that is true of it, in words."""

from __future__ import annotations

from collections.abc import Iterator

from adaptarium.envs.bandit.rules import Rules, verbs
from adaptarium.envs.core.manual import laid_out, told_factors, told_levels, told_purpose
from adaptarium.envs.core.world import World

_DEEDS = {
    "pull": "pull arm {arm}: it pays by chance.",
    "watch": "pull the arm that you hold once more, and see what arm {arm} would have paid.",
    "declare": "declare arm {arm} the best one; this ends the inner episode.",
}


def menu(world: World) -> list[str]:
    """The names of the actions, in the order of their numbers: ``pull 0``, ``pull 1``, ..."""
    words, arms = verbs(_rules(world)), world.sizes()["arms"]
    return [f"{verb} {arm}" for arm in range(arms) for verb in words]


def _rules(world: World) -> Rules:
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id}: expected the rules of the bandit family")
    return rules


def manual(world: World) -> str:
    """The manual of ``world``, with the present value of every factor."""
    rules = _rules(world)
    sections = (
        (world.id, _goal(world)),
        ("Actions", _actions(world, rules)),
        ("What you see", _view(world, rules)),
        ("What the arms pay", _dynamics(world, rules)),
        ("Rewards", _rewards(rules)),
        ("Time", _time(rules)),
        ("All factors", told_factors(rules)),
    )
    return laid_out(sections)


def _goal(world: World) -> Iterator[str]:
    yield from told_purpose(world)
    yield told_levels(world, "set of arms", "sets of arms")


def _actions(world: World, rules: Rules) -> Iterator[str]:
    names, words = menu(world), verbs(rules)
    yield "Answer each observation with one action, by its name or its number:"
    order = rules.action.order
    for number, name in enumerate(names):
        entry = order[number] if number < len(order) else number
        arm, mode = divmod(entry, len(words))
        deed = _DEEDS[words[mode]].format(arm=arm) if entry < len(names) else "nothing."
        yield f"- {name} ({number}): {deed}"
    if list(order) != list(range(len(order))):
        yield "The names are mixed up here: each does what its line says, not what it is called."
    if rules.action.watch:
        yield (
            f"Each inner episode lets you watch {rules.transition.extra_observations} times; you "
            "must hold another arm, the one that you pulled last."
        )


def _view(world: World, rules: Rules) -> Iterator[str]:
    yield "Your last action, and the results that the last step told: which arm paid what."
    if rules.observation.one_sided:
        yield "What arm 0 pays is never shown."
    yield (
        "Signals: start (1 before the first step of an inner episode), elapsed (share of time), "
        "observations (share of the extra ones that is left), discount (how much what follows is "
        "to count for a learner)."
    )
    if world.sizes()["features"]:
        yield "The features of the present context, which decides with each arm what it pays."
    if rules.trial.memory != "none":
        since = "this inner episode" if rules.trial.memory == "episode" else "the whole trial"
        yield f"A tally of the results told of each arm in {since}, and their mean."
    if rules.observation.reveal:
        yield "What every arm pays on average now."


def _dynamics(world: World, rules: Rules) -> Iterator[str]:
    change = rules.transition
    if change.payoff == "bernoulli":
        yield "An arm pays 1 with a probability of its own, its mean, and else 0."
    else:
        yield (
            "An arm pays its mean with normal noise of standard deviation "
            f"{change.noise}, times the arm's own."
        )
    if change.restless:
        yield (
            "Every arm is in a good or a bad state with a mean each; it changes its state with "
            "probabilities of its own at each step, pulled or not."
        )
    if change.recharge:
        yield (
            "The mean of an arm follows the steps since it was left, or, while it is pulled, the "
            "pulls in a row."
        )
    if world.sizes()["features"]:
        yield (
            "The features of the context times the coefficients of an arm are added to its mean. "
            "Each step has one of the contexts, all equally likely; the first is always the same."
        )
        yield f"The coefficients turn by {change.drift} radians a step, in pairs of features."
    if world.sizes()["hidden"]:
        yield (
            "A hidden state adds to what every arm pays. Each pull moves it, by arm, and it fades; "
            f"its noise has standard deviation {change.hidden_noise} a step."
        )
    moving = world.sizes()["features"] or world.sizes()["hidden"]
    if not (change.restless or change.recharge or moving):
        yield "Means stay what they are."


def _rewards(rules: Rules) -> Iterator[str]:
    reward, feedback = rules.reward, rules.feedback
    yield f"Payoffs of the arms that you pull count {reward.payoff} times."
    yield (
        f"Each pull costs {reward.pull_cost}; pulling another arm than the last one costs "
        f"{reward.switch_cost} more."
    )
    if rules.action.declare:
        yield (
            f"Declaring the arm with the highest mean pays {reward.declared}; declaring another "
            f"costs {reward.mistaken}."
        )
    if feedback.delay or feedback.batch > 1:
        yield (
            f"Payoffs are told and paid together every {feedback.batch} steps, {feedback.delay} "
            "steps later; what is still due at the end of an inner episode is paid then."
        )
    else:
        yield "Payoffs are told and paid at once."


def _time(rules: Rules) -> Iterator[str]:
    episode, trial = rules.episode, rules.trial
    limit = f"{episode.max_steps} steps" if episode.max_steps else "the limit of its set of arms"
    yield f"An inner episode is cut off after {limit}."
    if episode.inner_episodes > 1:
        keep = "keep their numbers" if trial.structure else "are shuffled anew"
        yield (
            f"A trial has {episode.inner_episodes} inner episodes with the same arms, which {keep} "
            f"each time. The discount announced between them is {trial.credit}."
        )
    else:
        shuffled = "" if trial.structure else " The arms are shuffled when it begins."
        yield f"A trial is one inner episode.{shuffled}"
