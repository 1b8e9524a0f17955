"""Negotiators that take advice, critics that give it, and games between which they talk.

The loop of GPT-Bargaining (in-context learning from AI feedback: Fu et al., arXiv 2305.10142): a
player negotiates, a critic reads what was said and advises it, and it plays again. The rule-based
player and critic need no model; a language model fits either place::

    import adaptarium
    from adaptarium.agents.negotiation import Bargainer, RuleCritic, coach

    for game in coach(adaptarium.world("Price-v0"), Bargainer(demand=0.3), RuleCritic(), games=5):
        print(game.deal, game.utility, game.advice)

On the command line ``--agents bargainer,coached``, or agent files with their settings.

With models, ``coach(world, Advised("llm:MODEL@BASE_URL"), LanguageCritic("llm:MODEL@BASE_URL"))``.
"""

from adaptarium.agents.negotiation.advised import Advised
from adaptarium.agents.negotiation.bargainer import Bargainer
from adaptarium.agents.negotiation.coached import coached
from adaptarium.agents.negotiation.coaching import (
    Coached,
    Critic,
    Game,
    coach,
    coach_many,
    relationship,
)
from adaptarium.agents.negotiation.critics import LanguageCritic, RuleCritic

__all__ = [
    "Advised",
    "Bargainer",
    "Coached",
    "Critic",
    "Game",
    "LanguageCritic",
    "RuleCritic",
    "coach",
    "coach_many",
    "coached",
    "relationship",
]
