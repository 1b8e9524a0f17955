"""The manual of a negotiation: everything that is true of it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adaptarium.envs.core.manual import laid_out, told_factors, told_levels, told_purpose
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.rules import Rules
from adaptarium.envs.negotiation.sentences import ISSUES, ITEMS, told_outcome

_PLAYERS = {
    "boulware": "demands u_max * (1 - t ** 4), where t is the share of its turns that is gone",
    "linear": "demands u_max * (1 - t)",
    "conceder": "demands u_max * (1 - t ** 0.25)",
    "aspiration": "demands u_max * (1 - t ** {exponent})",
    "tough": "demands its best outcome to the end",
    "nice": "takes whatever is not worse for it than no deal, and offers as much",
    "random": "demands the utility of an outcome drawn anew each turn",
    "naive tit-for-tat": "concedes as much as the last offer that it had did, by its own utility",
    "nice tit-for-tat": "concedes as much as the best offer that it had, and all at its last turn",
    "micro": "goes one outcome down its order for each different offer that it had",
    "frequency": "demands u_max * (1 - t ** {exponent}), and offers, of all that is worth as much "
    "to it, what has the values that it was offered most often",
}


def menu(world: World) -> list[str]:
    """The names of the actions, in the order of their numbers."""
    offers = [f"offer {outcome}" for outcome in range(world.sizes()["outcomes"])]
    return [*codes.VERBS, *offers]


def parties_of(world: World) -> int:
    """How many parties a negotiation of ``world`` may have."""
    return int(world.sizes()["parties"])


def rules_of(world: World) -> Rules:
    """The factors of ``world``.

    Raises:
        TypeError: it is a world of another family.
    """
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id} is a world of family {world.family.name!r}, not negotiation")
    return rules


def manual(world: World) -> str:
    """The manual of ``world``, with the present value of every factor."""
    rules = rules_of(world)
    sections = (
        (world.id, _goal(world)),
        ("Actions", _actions(world)),
        ("What you see", _view(world, rules)),
        ("How it goes", _protocol(world, rules)),
        ("Players", _players(world, rules)),
        *((("Messages", _messages(rules)),) if rules.speech.allowed else ()),
        ("Rewards", _rewards(rules)),
        ("Time", _time(rules)),
        ("All factors", told_factors(rules)),
    )
    return laid_out(sections)


def _goal(world: World) -> Iterator[str]:
    yield from told_purpose(world)
    yield told_levels(world, "domain", "domains")


def _actions(world: World) -> Iterator[str]:
    outcomes = world.sizes()["outcomes"]
    yield "Answer each observation with one action, by its name or its number:"
    yield "- wait (0): say nothing. It is the only action while it is not your turn."
    yield "- accept (1): accept the offer on the table, if it is not your own."
    yield "- walk away (2): end the negotiation without a deal."
    first = codes.FIRST_OFFER
    messages = ", ".join(f"{name} ({codes.VERBS.index(name)})" for name in codes.MESSAGES)
    speech = rules_of(world).speech.allowed
    yield f"- {messages}: messages, {'as told below' if speech else 'which nobody says here'}."
    yield (
        f"- offer 0 to offer {outcomes - 1} ({first} to {first + outcomes - 1}): put that outcome "
        "on the table."
    )
    yield (
        "Outcomes are numbered as the digits of a number, one an issue, the last one fastest; with "
        "one issue, a price say, the number is its value. What is not valid counts as waiting."
    )
    if world.sizes()["issues"] > 1:
        yield from _words(rules_of(world).observation.terms == "shares")


def _words(shares: bool) -> Iterator[str]:
    """How offers are said in words."""
    if not shares:
        yield f"The issues are called {', '.join(ISSUES)}, in their order, as far as there are any."
        yield "You can name all their values instead of the number: 'I offer price 2, delivery 0'."
        return
    yield (
        f"Each issue is a type of items ({', '.join(ITEMS)}, in their order), its value the number "
        "of them that player_0 gets; the other party gets the rest. You are told your own share."
    )
    yield (
        "You can say who gets what instead of the number: 'I take 2 books and a hat', 'you get the "
        "ball and I keep the rest'. Types that you leave out go to the other one."
    )


def in_words(sizes: Sequence[int], shares: bool) -> str:
    """What a valid offer in words looks like, where issues have so many values."""
    least = ", ".join(f"{size - 1}" for size in sizes)
    verb = "I take" if shares else "I offer"
    example = told_outcome([size // 2 for size in sizes], shares)
    return f"Make an offer like '{verb} {example}', with at most {least}; or give its number."


def _view(world: World, rules: Rules) -> Iterator[str]:
    yield "The offer on the table, your last offer, and the last offer of each other party."
    yield (
        "Signals: start (1 before the first step), elapsed (share of the turns gone), worth (what "
        "is left of a payment), turn (1 if it is yours), acceptable (1 if you can accept), "
        "reservation (your utility of no deal), standing (your utility of the offer on the table)."
    )
    yield "Your utility of each outcome, in the order of their numbers."
    if world.sizes()["issues"] > 1:
        whose = "shares" if rules.observation.terms == "shares" else "values"
        yield f"How many values each issue has, and the {whose} of the offer on the table."
    if parties_of(world) > 2:
        yield "Which parties consent to the offer on the table."
    if rules.observation.reveal:
        yield "The utilities of the other parties."
    if rules.speech.allowed:
        eighths = ", ".join(f"{n / 8:g} {name}" for n, name in enumerate(codes.MESSAGES, 1))
        yield (
            "Messages: whether you have spoken in this turn, whether a threat of yours was empty; "
            f"of each other party its last message ({eighths}), whether it has claimed what no "
            "deal is worth to it, and what it claims."
        )


def _protocol(world: World, rules: Rules) -> Iterator[str]:
    change, parties = rules.transition, parties_of(world)
    whose = "all parties consent" if change.consent == "all" else "more than half consent"
    yield (
        f"Up to {parties} parties take turns, for {change.deadline} rounds at most. The offer on "
        f"the table is the deal once {whose} to it; who waits takes consent back."
        if change.offers == "in turn"
        else f"Up to {parties} parties act at once, for {change.deadline} rounds at most, each of "
        "which counts as one turn for what follows. The last offer of a party binds it until it "
        "makes another one. To accept is to consent to the best for you of what the others offered "
        "in earlier rounds. It is the deal once "
        f"{whose} to it, by their offers or by accepting; of several, chance picks one."
    )
    who = {"level": "the party that the domain names", "player_0": "player_0"}
    if change.offers == "in turn":
        yield f"The first turn has {who.get(change.first, 'the last party')}."
    yield f"After each turn the negotiation breaks down with probability {change.breakdown}."
    yield "Before somebody from outside has had a turn, nothing breaks down and nothing is agreed."
    yield f"With each turn {change.discount} is left of whatever is paid."


def _players(world: World, rules: Rules) -> Iterator[str]:
    players, seats = rules.players, world.sizes()["seats"]
    yield f"Seats played from outside, from the first on: {seats}."
    kinds = _PLAYERS if players.built_in == "level" else (players.built_in, players.proxy)
    yield (
        "Built-in players take the others. Such a player accepts what is worth its demand to it, "
        "and else offers the outcome that is worth least to it among those; never less than its "
        "reservation value."
    )
    if players.built_in == "level":
        yield "Which kind a party is, the domain says."
    else:
        yield f"All are of the kind {players.built_in}."
    for kind in kinds:
        if kind in _PLAYERS:
            yield f"- {kind}: {_PLAYERS[kind].format(exponent=players.exponent)}."
    yield from _traits(rules)
    if players.proxy != "nobody":
        yield f"A player of the kind {players.proxy} acts for player_0; its own actions do nothing."


_TRAITS = {
    "impatience": "They lack the patience for {} of 4 parts of the rounds: they concede as if so "
    "much less time were left, and then walk away.",
    "scepticism": "They distrust offers that are good enough at {} turns in a row, and wait for "
    "another such before they accept.",
    "confusion": "At {} of 4 turns, from the second on, they take the offer on the table for "
    "another one, drawn among all.",
    "incoherence": "At {} of 4 turns, from the second on, they offer an outcome drawn among those "
    "that are not worse for them than no deal.",
}


def _traits(rules: Rules) -> Iterator[str]:
    for name, words in _TRAITS.items():
        intensity = getattr(rules.traits, name)
        if intensity:
            told = words.format(intensity)
            yield f"They show {name} ({intensity} of {codes.MOST_INTENSE}). {told}"


def _messages(rules: Rules) -> Iterator[str]:
    yield "You may say one message in each of your turns before you act; it takes a step, no turn."
    answer = "its reservation value" if rules.speech.honest else "more than its reservation value"
    yield f"- ask: each built-in player claims {answer}."
    yield "- inform: you claim your reservation value."
    yield "- bluff: you claim halfway between that and your best outcome, which is a lie."
    yield (
        "- argue: a built-in player whose last offer brings it more over no deal than you concedes "
        "a twentieth of what it can gain."
    )
    yield (
        "- threaten: built-in players concede two of those steps. The threat is empty if you "
        "neither walk away nor accept in the same turn, and nobody heeds you after that."
    )
    yield (
        "A built-in player that has heard claims demands the best for itself that leaves the "
        "others as much as they claim, if it can have its reservation value then. Sceptical ones "
        "heed nothing."
    )


def _rewards(rules: Rules) -> Iterator[str]:
    reward = rules.reward
    yield f"A deal pays {reward.deal} times your utility of it."
    yield (
        f"Without a deal you get {reward.no_deal} times your reservation value, or "
        f"{reward.outside} times if it was you who walked away."
    )
    costs = {
        "a message": reward.message,
        "telling your reservation value truthfully": reward.secrets,
        "a lie, an empty threat or an offer that takes a concession back": reward.norms,
        "a threat": reward.relationship,
    }
    for what, cost in costs.items():
        if cost:
            yield f"What you pay at once for {what}: {cost}."


def _time(rules: Rules) -> Iterator[str]:
    episode = rules.episode
    limit = f"{episode.max_steps} steps" if episode.max_steps else "the limit of its domain"
    yield f"An inner episode is cut off after {limit}, without any payment."
    if episode.inner_episodes > 1:
        yield f"A trial has {episode.inner_episodes} negotiations with the same utilities."
    else:
        yield "A trial is one negotiation."
