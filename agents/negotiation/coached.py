"""A player that a critic has coached before it plays: what ``--agents coached`` names."""

from __future__ import annotations

from adaptarium.agents.loading import load_agent
from adaptarium.agents.negotiation.advised import Advised
from adaptarium.agents.negotiation.coaching import Coached, coach_many
from adaptarium.agents.negotiation.critics import LanguageCritic, RuleCritic
from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.core.world import load_world

RULE = "rule"


def coached(
    world: str = "Price-v0",
    domains: int = 2,
    games: int = 2,
    critic: str = RULE,
    player: str = "bargainer",
    seed: int = 0,
) -> Coached:
    """Coach a player on some domains; it then plays with all that it was told.

    Args:
        world: A negotiation, by its id; its split ``train`` is taken.
        domains: Domains, one after the other.
        games: Games on each, with advice between them.
        critic: ``"rule"``, or ``"llm:MODEL@BASE_URL"``.
        player: The name of an agent: one that takes advice (``"bargainer"``, or an agent file of
            it), or one that reads, such as a language model.
        seed: Decides the domains and all chance.

    Raises:
        FactorError: a number is too small or none, or the world is no negotiation.
        AgentError: the player can neither take advice nor read, or the critic's name is malformed.
    """
    for name, value, least in (("domains", domains, 1), ("games", games, 2), ("seed", seed, 0)):
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise FactorError(f"{name} = {value!r}: expected a whole number from {least} on")
    found = load_agent(player)
    learner: Coached = found if hasattr(found, "take") else Advised(found)
    adviser = RuleCritic() if critic == RULE else LanguageCritic(critic)
    taught = load_world(world, split="train")
    coach_many(taught, [learner] * domains, adviser, games=games, seed=seed)
    return learner
