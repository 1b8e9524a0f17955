"""The manual of a creator market: everything that is true of it, in words."""

from __future__ import annotations

from collections.abc import Iterator

from adaptarium.envs.core.manual import laid_out, told_factors, told_levels, told_purpose
from adaptarium.envs.core.world import World
from adaptarium.envs.creators import codes
from adaptarium.envs.creators.rules import Rules


def menu(world: World) -> list[str]:
    """The names of the actions by number: choices of the platform, then work of a creator."""
    sizes = world.sizes()
    choices = [
        f"rank by {scorer}" if reranker == "none" else f"rank by {scorer}, re-rank by {reranker}"
        for scorer in codes.SCORERS
        for reranker in codes.RERANKERS
    ]
    works = ["rest"]
    works += [
        f"make genre {g} {effort}" for g in range(sizes["genres"]) for effort in codes.EFFORTS
    ]
    return choices[: sizes["choices"]] + works[: sizes["works"]]


def rules_of(world: World) -> Rules:
    """The factors of ``world``.

    Raises:
        TypeError: it is a world of another family.
    """
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id} is a world of family {world.family.name!r}, not of creators")
    return rules


def manual(world: World) -> str:
    """The manual of ``world``, with the present value of every factor."""
    rules = rules_of(world)
    sections = (
        (world.id, _goal(world)),
        ("Seats and actions", _actions(world, rules)),
        ("What you see", _view(world, rules)),
        ("What a round is", _round(rules)),
        ("Users", _users(rules)),
        ("Creators", _creators(rules)),
        ("Rankers", _rankers(rules)),
        ("Rewards", _rewards(rules)),
        ("Time", _time(rules)),
        ("All factors", told_factors(rules)),
    )
    return laid_out(sections)


def _goal(world: World) -> Iterator[str]:
    yield from told_purpose(world)
    yield told_levels(world, "market", "markets")


def _actions(world: World, rules: Rules) -> Iterator[str]:
    seats = {
        "all": "player_0 is the platform, player_1 the first creator, and so on.",
        "platform": "You are the platform; all creators are built in.",
        "creator": "You are the first creator; the platform and all other creators are built in.",
    }
    yield seats[rules.players.outside]
    sizes = world.sizes()
    if sizes["choices"]:
        yield (
            f"The platform chooses each round what to rank by ({', '.join(codes.SCORERS)}) and how "
            f"to re-rank ({', '.join(codes.RERANKERS[1:])}, or not): rank by random (0) to "
            f"{menu(world)[codes.CHOICES - 1]} ({codes.CHOICES - 1}). Any other action keeps the "
            "choice of the round before."
        )
    if sizes["works"]:
        first = sizes["choices"]
        yield (
            f"A creator rests ({first}), or makes an item of a genre with light, steady or full "
            f"effort: make genre 0 light ({first + 1}) to {menu(world)[-1]} "
            f"({first + sizes['works'] - 1}). Who cannot act in a round can only rest, and any "
            "other action is to rest."
        )


def _view(world: World, rules: Rules) -> Iterator[str]:
    sizes = world.sizes()
    if sizes["choices"]:
        yield (
            "The platform sees of the market: whether it starts, the share of the time gone, the "
            "shares of users and creators who stay, clicks and exposures of the last round divided "
            "by the users. Of each genre its share of all items made, and the last round's share "
            "of the exposures and clicks an exposure. Of each creator whether it stays, its items "
            "divided by the rounds, the last round's shares of exposures and clicks, and how many "
            "of its last items have no click, in tenths. And what was ranked by."
        )
    if sizes["works"]:
        yield (
            "A creator sees of itself: whether the market starts, the share of the time gone, "
            "whether it can act in the coming round, its items in hundreds, the clicks of the last "
            "round and of its last item, divided by the users there are for each creator, and "
            "how many of its last items have no click, in tenths. Of its work in each genre its "
            "skill, its items in hundreds, and the clicks an item."
        )
    if sizes["works"] and rules.observation.information == "full":
        yield (
            "Creators also see of all work in each genre the mean preference of the users who "
            "stay, and the clicks an item has had on average."
        )
    elif sizes["works"]:
        yield "Of the market as a whole creators see nothing: All work is zero."


def _round(rules: Rules) -> Iterator[str]:
    catalogue = rules.catalogue
    shown = min(catalogue.recency, catalogue.window)
    yield (
        "Creators upload, the platform ranks, users who come go down their slates of "
        f"{catalogue.slate} items. An item can be shown in {shown} rounds, the first being that of "
        "its upload; what a user has clicked is not shown to it again. Feedback is kept for "
        f"{catalogue.window} rounds."
    )


def _users(rules: Rules) -> Iterator[str]:
    change = rules.transition
    yield (
        "A user looks at place j, from 1, with probability "
        f"j ** -{change.position_bias}, and clicks on what it looks at with probability "
        "1 / (1 + exp(-v)), where v is"
    )
    yield (
        f"{change.affinity} * (preference for the genre + tastes . topics) + {change.quality} * "
        f"quality - {change.satiation} * satiation with the genre - {change.reluctance}."
    )
    yield (
        "A click adds 1 to the satiation with its genre; with each round all satiation loses the "
        f"share {change.recovery}. Every preference moves by {change.drift} a round, up or down, "
        f"within -1 and 1. Genre g is liked as the level has it for genre g + {change.taste}, "
        "counted round."
    )
    yield (
        "A user leaves when so many visits in a row have had no click as its hidden patience is, "
        f"and after any round with probability {change.churn}."
    )


def _creators(rules: Rules) -> Iterator[str]:
    change, players = rules.transition, rules.players
    yield (
        f"An item's quality is its creator's skill in the genre, times 1 - {change.effort} * lack, "
        "where light effort lacks 1, steady effort 0.5 and full effort nothing. Its topics lie "
        f"within {change.variety} of the creator's style."
    )
    yield (
        f"From round {change.grace} on a creator leaves when its last {change.streak} items have "
        f"no click together. With probability {change.entry} a round the place of a built-in one "
        "who has left is taken by a new one."
    )
    ways = "as the level says" if players.creators == "level" else f"all as {players.creators}"
    knowing = "the clicks an item of each genre gets" if players.informed else "their own items"
    yield (
        f"Built-in creators decide {ways}, and know {knowing}: at random; by feature dynamics "
        f"(cfd) or local better responses (lbr) with step {players.learning}; or by beliefs, "
        f"staying with the best known genre with log-odds {players.curiosity} plus the value of "
        "what their last item has gained or lost."
    )


def _rankers(rules: Rules) -> Iterator[str]:
    platform, players = rules.platform, rules.players
    clicks = "over the chance that its place is looked at" if platform.unbiased else "once"
    yield (
        "Models learn from the feedback that is kept, when they are used and were last trained "
        f"{platform.retrain} rounds ago or never; a click counts {clicks}. mf and bpr have "
        f"{platform.factors} factors, {platform.epochs} passes, rate {platform.rate} and weight "
        f"decay {platform.regularisation}; linucb adds {platform.exploration} standard deviations."
    )
    yield (
        f"Re-rankers weigh by {platform.weight}, from round {platform.rerank_from} on. A built-in "
        f"platform ranks by {players.platform} and re-ranks by {players.reranker}; any other "
        "begins with that."
    )
    if players.proxy != "nobody":
        yield f"In the place of player_0 acts {players.proxy}, if that is of its role."


def _rewards(rules: Rules) -> Iterator[str]:
    reward = rules.reward
    yield (
        f"The platform gets {reward.click} for a click, less {reward.user} for a user who leaves, "
        f"divided by the users; and {reward.creator} less, divided by the creators, for a creator "
        "who leaves."
    )
    yield (
        f"A creator gets {reward.audience} for a click, divided by the users there are for each "
        f"creator, and pays {reward.work} times its own cost for an item made with full effort, "
        "half of that for steady effort, nothing for light effort."
    )


def _time(rules: Rules) -> Iterator[str]:
    episode = rules.episode
    limit = f"{episode.max_steps} rounds" if episode.max_steps else "the limit of its level"
    yield (
        "An inner episode ends for a creator who leaves, and for everybody when no user or no "
        f"creator is left; it is cut off after {limit}."
    )
    if episode.inner_episodes > 1:
        yield f"A trial has {episode.inner_episodes} inner episodes on the same market."
    else:
        yield "A trial is one inner episode."
