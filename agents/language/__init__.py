r"""Language models as agents: ``llm:MODEL@BASE_URL``, over the text face.

Any endpoint that answers OpenAI's chat completions will do, the hosted ones as well as a server of
your own (vLLM, llama.cpp, Ollama, ...)::

    export ADAPTARIUM_API_KEY=...        # or OPENAI_API_KEY; only where the endpoint wants one
    adaptarium evaluate --worlds DoorKey-v0 --episodes 20 --out results/llm \
        --agents random,reference,llm:my-model@http://localhost:8000/v1 \
        --concurrency 8 --timeout 60 --prices 0.15,0.60 --request temperature=0

In Python::

    from adaptarium.agents.language import LanguageAgent, Settings

    agent = LanguageAgent("llm:my-model@http://localhost:8000/v1", Settings(concurrency=8))
    adaptarium.evaluate("DoorKey-v0", agent, episodes=20, out="results/llm")

The system message is the world's manual; each turn tells what the last step brought, what is seen
now and how to answer. An answer that names no action is told back with the reason, ``tries`` times
at most; then the world's action for "nothing" is played where it has a valid one, or else the first
valid action, and the transcript says ``"fallback": true``.

``Settings(history=0, summaries=Summaries())`` sends, in place of earlier steps, a summary of what
went on, by rules or by a function of yours (:mod:`adaptarium.agents.language.summary`).

Each evaluation cell has a transcript, ``transcripts/*.jsonl`` in the results folder
(:mod:`adaptarium.agents.language.transcript` describes its lines). What it holds is never asked
again: an evaluation that was killed, or whose endpoint died, goes on where it was when the same
command is given again. The score and its table appear once every episode is finished.

The client is the standard library's: one POST needs no dependency, ``llm:`` works in a plain
installation, and the key passes through no foreign code that might log it. The key is read from the
environment for each request, is never kept, and is blotted out of whatever an endpoint sends back.
"""

from adaptarium.agents.language.agent import LanguageAgent, language_agent
from adaptarium.agents.language.settings import Settings
from adaptarium.agents.language.summary import Summaries, changes
from adaptarium.agents.language.usage import Prices

__all__ = ["LanguageAgent", "Prices", "Settings", "Summaries", "changes", "language_agent"]
