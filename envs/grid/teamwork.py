"""What the manual says of trash, commons, sanctions, evaders and built-in players, where used."""

from __future__ import annotations

from collections.abc import Iterator

from adaptarium.envs.grid import codes
from adaptarium.envs.grid.rules import Rules, has_beams


def told_tiles(rules: Rules) -> Iterator[str]:
    """What floors, food, balls and boxes mean here beside what they always do."""
    if rules.transition.carry_capacity:
        yield "- A ball in state n is loose trash of n units, a box in state n a piece of n units"
        yield "  that has to be split; a yellow floor is a bin."
    if rules.commons.regrowth:
        yield "- Food of level 0 is an apple: you walk onto it and eat it. A green floor is grass,"
        yield "  where apples grow back; a blue floor is clean water, a purple one soiled water."
    if rules.transition.captors:
        yield "- Balls and obstacles that move are evaders."


def told_dynamics(rules: Rules) -> Iterator[str]:
    """What happens beside moving."""
    transition = rules.transition
    if transition.carry_capacity:
        yield (
            f"You hold up to {transition.carry_capacity} units of trash: pickup takes as many from "
            "the heap ahead as you still can, drop puts all into the bin ahead, or onto the empty "
            "cell there. When all trash is in bins the episode ends."
        )
    yield from _commons(rules)
    if has_beams(rules):
        yield from _beams(rules)
    if transition.captors:
        yield (
            f"An evader is caught when {transition.captors} agents stand next to it, not "
            "diagonally, or as many as find room there. When all are caught the episode ends."
        )
    players, seats = rules.players, rules.players.outside
    if seats == 0:
        yield f"All seats are played by {players.built_in} built-in players; no action counts."
    elif seats < codes.MAX_SEATS:
        yield (
            f"The first {seats} seats are played from outside, all others by {players.built_in} "
            "built-in players; when the first are out the episode is over."
        )


def _commons(rules: Rules) -> Iterator[str]:
    commons = rules.commons
    if not commons.regrowth:
        return
    odds = ", ".join(str(one) for one in commons.regrowth)
    yield (
        f"An apple grows back on a cell of grass where nobody stands with probability {odds} a "
        f"step, for 0, 1, ... apples (the last: or more) at most {commons.radius} cells away."
    )
    if commons.pollution > 0:
        yield (
            f"With probability {commons.pollution} a step a cell of clean water is soiled, while "
            f"less than {commons.pollution_limit} of all water is. The more of the water is soiled "
            "the slower apples grow; at that share none grows."
        )


def _beams(rules: Rules) -> Iterator[str]:
    sanction = rules.sanction
    yield (
        f"A beam goes {sanction.reach} cells ahead of you, three cells abreast, up to what stops "
        "the view; in each lane it ends at the first agent (zap) or soiled water (clean)."
    )
    if "zap" in rules.action.vocabulary:
        when = f"{sanction.delay} steps later" if sanction.delay else "at once"
        yield (
            f"Who is zapped pays a fine {when}, the first {sanction.fine}, each further one "
            f"{sanction.growth} of that more, and cannot act for {sanction.freeze} steps then."
        )


def told_rewards(rules: Rules) -> Iterator[str]:
    """What pays and costs beside goals, hazards and food."""
    reward, transition = rules.reward, rules.transition
    if "load" in rules.action.vocabulary and not reward.food_normalised:
        yield f"Here each who loads food gets {reward.food} x own level x level of the food."
    if transition.carry_capacity:
        yield f"All trash together is worth {reward.trash}, to those who put it into bins, by unit."
    if transition.captors:
        yield (
            f"All evaders together are worth {reward.capture}, shared equally by the captors of "
            f"each; a step next to an evader gives {reward.touch} for each."
        )
    if "zap" in rules.action.vocabulary:
        yield f"A zap costs its sender {rules.sanction.cost}."
