"""A language model plays in words: a script stands in where OPENAI_BASE_URL names no endpoint."""

import json
import os
import re
from urllib import request

import adaptarium

BASE_URL, MODEL, KEY = (os.environ.get(f"OPENAI_{x}", "") for x in ("BASE_URL", "MODEL", "API_KEY"))


def scripted(manual: str, text: str) -> str:
    """Walk to the goal where it is in sight, else turn."""
    goal = re.search(r"goal \((.*?)\)", text)
    where = goal[1] if goal else "left"
    return "forward" if "ahead" in where else where.split()[-1]


def endpoint(manual: str, text: str) -> str:
    """What an OpenAI-compatible chat endpoint answers."""
    words = [{"role": "system", "content": manual}, {"role": "user", "content": text}]
    body = json.dumps({"model": MODEL, "messages": words}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    with request.urlopen(request.Request(f"{BASE_URL}/chat/completions", body, headers)) as reply:
        return json.load(reply)["choices"][0]["message"]["content"]


def main(answers: int = 40) -> None:
    """Play one episode with at most so many answers."""
    env = adaptarium.world("Empty-v0").text()
    ask, text = endpoint if BASE_URL else scripted, env.reset(seed=3)
    while env.agents and answers:
        print(text, "\n>", answer := ask(env.manual(), text))
        text, answers = env.step(answer).text, answers - 1
    print(text)


if __name__ == "__main__":
    main()
