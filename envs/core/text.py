"""The text face: a world played in strings alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from adaptarium.envs.core.answers import Invalid, plain
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import ActionError, ResetNeededError, unknown_name
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.shift_infos import shift_info
from adaptarium.envs.core.shiftable import Shiftable
from adaptarium.envs.core.shifting import Keyframe
from adaptarium.envs.core.skinned import SkinnedText
from adaptarium.envs.core.world import World

SCHEMA = 1


class TextStep(NamedTuple):
    """What one answer led to. In a world of several agents each part but ``info`` is a dict."""

    text: Any  # str
    reward: Any  # float
    terminated: Any  # bool
    truncated: Any  # bool
    info: dict[str, Any]


class TextEnv(Shiftable):
    """One slot of a batch, played in text; the same seed gives the Gymnasium face's episode.

    A world with one seat takes and gives a string a step; one with several takes and gives
    dictionaries by agent (``player_0`` ...). An answer that is no action changes nothing: it is
    answered with the reason and what was expected, and counted.

    Args:
        world: The world.
        transcript: Keep every exchange for :meth:`save_transcript`.
        capacity: Spare structural sizes, so that shifts may grow within them.
        skin: What things are called, where the family has skins; nothing for its own words.

    Attributes:
        batch: The batch of one slot behind it.
        possible_agents: The names of the seats.
        invalid_answers: How many answers of the episode were no action.
    """

    def __init__(
        self,
        world: World,
        *,
        transcript: bool = True,
        capacity: Mapping[str, int] | None = None,
        skin: str = "",
    ) -> None:
        self.batch = Batch([world], 1, autoreset="disabled", capacity=capacity)
        self.possible_agents = [f"player_{a}" for a in range(self.batch.w.reward.shape[1])]
        self.invalid_answers = 0
        self._keep, self._skin = transcript, skin
        self._records: list[dict[str, Any]] = []
        self._running = False
        self._steps = 0
        self._world = world
        self._frame: Keyframe | None = None
        self._text: Any = words_of(world, skin)

    def _attached(self) -> None:
        self._running = False

    @property
    def world(self) -> World:
        """The world as it is now, with the factors of the batch."""
        self._refresh()
        return self._world

    def _refresh(self) -> None:
        """After a shift of the batch's factors, speak of the world that it has become."""
        shifter = self.batch.shifter
        frame = None if shifter is None else shifter.frame(0)
        if frame is self._frame and (frame or self.batch.rules[0] is self._world.rules):
            return
        self._world, self._frame = self.batch.present_world(0), frame
        self._text = words_of(self._world, self._skin)
        if frame and (frame.words or frame.signs):
            self._text = SkinnedText(self._text, frame.words, frame.signs)

    @property
    def text(self) -> Any:
        """The family's ``Text`` of the present world."""
        self._refresh()
        return self._text

    @property
    def agents(self) -> list[str]:
        """The agents that still play, in the order of their seats."""
        if not self._running:
            return []
        return [name for a, name in enumerate(self.possible_agents) if self.batch.w.alive[0, a]]

    def manual(self) -> str:
        """The world and its rules, completely."""
        return str(self.text.manual())

    def menu(self) -> list[str]:
        """The names of the actions."""
        return list(self.text.menu())

    def describe(self) -> Any:
        """The present observation in words, without what the last step brought.

        Returns:
            A string; for several seats a dict by agent, of those that play. After the end of an
            episode the one agent of a single seat sees its last observation still.

        Raises:
            ResetNeededError: before the first ``reset``.
        """
        if not self.batch.seeded[0]:
            raise ResetNeededError("describe was called before reset; call reset(seed=...)")
        names = self.agents if len(self.possible_agents) > 1 else self.possible_agents
        return self._own({name: self._describe(name) for name in names})

    def parse(self, text: object, agent: str | None = None) -> Any:
        """The action that ``text`` names, as ``step`` reads it; nothing is played.

        Args:
            text: One agent's answer.
            agent: Its name; the first seat's by default.

        Returns:
            The action: an index into :meth:`menu`, or, where actions are continuous, an array of
            the action space; or an :class:`~adaptarium.envs.core.answers.Invalid` that holds the
            reason and what was expected. Never raises.
        """
        seat = self._seat(agent) if agent else 0
        return read_answer(self.text, text, self._seen(seat), seat)

    def reset(self, seed: int | None = None) -> Any:
        """Begin an episode; returns the first description (a dict by agent for several seats).

        Args:
            seed: As in Gymnasium; None goes on to the next episode of the same seed.
        """
        self.batch.reset(seed=seed)
        self._running, self._steps, self.invalid_answers = True, 0, 0
        core = self.batch.w.core[0]
        start = opening(self.batch, 0)
        self._records = []
        self._record(
            schema=SCHEMA,
            world=self.world.to_data(),
            seed=int(core["seed"]),
            episode=int(core["episode"]),
            manual=self.manual(),
        )
        told = {name: f"{start}\n{self._describe(name)}" for name in self.agents}
        self._record(step=0, text=told)
        return self._own(told)

    def step(self, answer: Any) -> TextStep:
        """Play one step.

        Args:
            answer: The action in words; for several seats a dict by agent, of the living ones.

        Raises:
            ResetNeededError: before ``reset``, or after the end of the episode.
        """
        if not self._running:
            raise ResetNeededError("step was called with no episode running; call reset(seed=...)")
        playing = self.agents
        answers = self._answers(answer, playing)
        actions = {name: self.parse(answers.get(name), name) for name in playing}
        wrong = {name: act for name, act in actions.items() if isinstance(act, Invalid)}
        if wrong:
            return self._refuse(answers, wrong, playing)
        for name, action in actions.items():
            self.batch.w.actions[0, self._seat(name)] = action
        self.batch.step()
        self._steps += 1
        return self._outcome(answers, actions, playing)

    def _answers(self, answer: Any, playing: list[str]) -> Mapping[str, Any]:
        if len(self.possible_agents) == 1:
            return {playing[0]: answer}
        if not isinstance(answer, Mapping):
            raise ActionError(
                f"got {type(answer).__name__}, expected a dict of answers by agent: "
                f"{', '.join(playing)}"
            )
        return answer

    def _seat(self, name: str) -> int:
        return self.possible_agents.index(name)

    def _describe(self, name: str) -> str:
        seat = self._seat(name)
        return str(self.text.describe(self._seen(seat), agent=seat))

    def _seen(self, seat: int) -> dict[str, Any]:
        return {key: view[0, seat] for key, view in self.batch.obs.items()}

    def _own(self, by_agent: Mapping[str, Any]) -> Any:
        """The one agent's part, or the whole dict where there are several seats."""
        if len(self.possible_agents) > 1:
            return dict(by_agent)
        return by_agent[self.possible_agents[0]]

    def _refuse(
        self, answers: Mapping[str, Any], wrong: Mapping[str, Invalid], playing: list[str]
    ) -> TextStep:
        """Answer malformed actions; nothing has happened in the world."""
        self.invalid_answers += len(wrong)
        told = {name: f"{fault} Nothing has happened yet." for name, fault in wrong.items()}
        waiting = f"Your answer is fine, but {', '.join(wrong)} must answer again. Answer anew."
        told |= {name: waiting for name in playing if name not in wrong}
        self._record(step=self._steps, answer=_shown(answers), refused=told)
        nothing = dict.fromkeys(playing, False)
        none = dict.fromkeys(playing, 0.0)
        own = self._own
        return TextStep(own(told), own(none), own(nothing), own(nothing), self._info())

    def _outcome(
        self, answers: Mapping[str, Any], actions: Mapping[str, Any], playing: list[str]
    ) -> TextStep:
        w = self.batch.w
        seats = {name: self._seat(name) for name in playing}
        reward = {name: float(w.reward[0, a]) for name, a in seats.items()}
        terminated = {name: bool(w.terminated[0, a]) for name, a in seats.items()}
        truncated = {name: bool(w.truncated[0, a]) for name, a in seats.items()}
        told = {
            name: f"{news(self.batch, 0, seat, self._steps)}\n{self._describe(name)}"
            for name, seat in seats.items()
        }
        if w.core[0]["ended"]:
            self._running = False
        for name in self.agents if self.batch.shifter is not None else ():
            if name not in playing:
                told[name] = f"You join the episode in step {self._steps}.\n{self._describe(name)}"
        self._record(
            step=self._steps,
            answer=_shown(answers),
            action={name: plain(action) for name, action in actions.items()},
            text=told,
            reward=reward,
            terminated=terminated,
            truncated=truncated,
        )
        own = self._own
        return TextStep(own(told), own(reward), own(terminated), own(truncated), self._info())

    def _info(self) -> dict[str, Any]:
        return {
            "step": self._steps,
            "invalid_answers": self.invalid_answers,
            "agents": self.agents,
            "return": self._own(
                dict(zip(self.possible_agents, self.batch.w.returns[0].tolist(), strict=True))
            ),
            **shift_info(self.batch),
        }

    # ---- transcripts ----

    def _record(self, **fields: Any) -> None:
        if self._keep:
            self._records.append(fields)

    def transcript(self) -> str:
        """The episode so far as JSON Lines: a header (world, seed, manual), then a step a line."""
        lines = [json.dumps(one, ensure_ascii=False, allow_nan=False) for one in self._records]
        return "".join(f"{line}\n" for line in lines)

    def save_transcript(self, path: str | Path) -> None:
        """Write :meth:`transcript` to ``path``, whole or not at all."""
        write_atomically(path, self.transcript())

    def close(self) -> None:
        """Release the batch."""
        self._running = False
        self.batch.close()


def words_of(world: World, skin: str = "") -> Any:
    """The family's ``Text`` of a world, under one of the skins that its text module lists.

    Raises:
        UnknownNameError: the family has no such skin.
    """
    module = world.family.module("text")
    if not skin:
        return module.Text(world)
    known = getattr(module, "SKINS", ())
    if skin not in known:
        raise unknown_name("skin", skin, known)
    return module.Text(world, skin)


def read_answer(text: Any, answer: object, seen: Mapping[str, Any], seat: int) -> Any:
    """The action that an answer names, or why it names none; never raises.

    Args:
        text: The family's ``Text``. Where what can be said depends on what a seat sees, it has
            ``parse_here(answer, observation, agent)`` beside ``parse``.
        answer: The answer.
        seen: The observation of the seat that gives it.
        seat: That seat.
    """
    own = getattr(text, "parse_here", None)
    return text.parse(answer) if own is None else own(answer, seen, agent=seat)


def opening(batch: Batch, slot: int) -> str:
    """What is said when an episode begins."""
    words = f"A new episode begins: at most {int(batch.w.core[slot]['limit'])} steps"
    inner = int(batch.w.rules[slot]["inner_episodes"])
    return f"{words} in each of {inner} inner episodes." if inner > 1 else f"{words}."


def news(batch: Batch, slot: int, seat: int, step: int) -> str:
    """What the last step brought to a seat, in words; ``step`` counts from 1."""
    w = batch.w
    words = f"Step {step}. Reward {float(w.reward[slot, seat])!r}."
    if w.terminated[slot, seat]:
        return f"{words} Your episode has ended."
    if w.truncated[slot, seat]:
        core = w.core[slot]
        late = core["elapsed"] >= core["limit"]
        return f"{words} Time is up." if late else f"{words} You leave the episode: others go on."
    if w.out[slot]["inner_end"]:
        words += " The inner episode has ended: the next one begins on the same level."
    return words


def _shown(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as JSON holds them: what is no string is kept by its kind."""
    return {
        str(name): one if isinstance(one, str) else f"({type(one).__name__})"
        for name, one in answers.items()
    }
