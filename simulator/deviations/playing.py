"""Plays deviations: decides which concern a request, and changes what is understood and said."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.deviations.past import Past
from simulator.deviations.registry import DEVIATIONS
from simulator.deviations.shapes import NO_LIMIT, SEARCHES, Answer, Question, Scene, kind_of
from simulator.endpoints import Endpoints

if TYPE_CHECKING:
    from simulator.deviations.shapes import Deviation
    from simulator.handler import Logged
    from simulator.server import Server

_OK = 200
_REFUSED = 400


@dataclass
class Played:
    """One deviation that is played.

    Attributes:
        deviation: Its name in DEVIATIONS.
        kind: The kind of request, of KINDS.
        after: How many answers of the kind are left alone first.
        times: How often it is played; None is always.
        played: How often it was; where it finds nothing to change it is not.
        seen: How many answers of the kind there were.
        path: Plays only to this path, such as /chats/7/messages; only its answers are counted.
    """

    deviation: str
    kind: str
    after: int = 0
    times: int | None = None
    played: int = 0
    seen: int = 0
    path: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be played."""
        known = DEVIATIONS.get(self.deviation)
        if known is None:
            raise ValueError(f"no deviation is named {self.deviation!r}")
        if self.kind not in known.kinds:
            raise ValueError(
                f"{self.deviation} can be played to {', '.join(sorted(known.kinds))}, not to {self.kind!r}"
            )
        if self.after < 0 or (self.times is not None and self.times < 1):
            raise ValueError("a deviation is played after 0 or more answers, 1 or more times")

    @classmethod
    def read(cls, text: str) -> Played:
        """Read NAME:KIND[:AFTER[:TIMES]]."""
        name, kind, after, times, *rest = *text.split(":"), *[""] * 3
        if any(rest):
            raise ValueError("too many parts")
        return cls(name, kind, int(after or 0), int(times) if times else None)

    @property
    def due(self) -> bool:
        """Whether it concerns the answer that was seen last."""
        return self.seen > self.after and (self.times is None or self.played < self.times)


class Stage:
    """Answers for a server; the server's lock is held meanwhile."""

    def __init__(self, server: Server) -> None:
        """Play what the server's `deviations` say at the time of each request."""
        self._server = server
        self._past = Past()
        self._whole = Endpoints(server.account, server.seed, most=NO_LIMIT)
        self._said: dict[str, Answer] = {}

    def answer(self, logged: Logged, raw: bytes, headers: dict[str, str]) -> Answer:
        """Answer a request whose key is right, and note in it what was played."""
        server = self._server
        status, body = server.endpoints.answer(server.dialect, logged.method, logged.path[3:], logged.params, raw)
        answer = Answer(status, body, headers)
        kind = kind_of(logged) if server.deviations else None
        if kind is None:
            return answer
        asked = (logged.body or {}) if kind in SEARCHES else logged.params
        answer = self._play(logged, Question(kind, logged.path[3:], dict(asked)), answer)
        self._said[logged.path] = answer
        return answer

    def _play(self, logged: Logged, question: Question, answer: Answer) -> Answer:
        due = []
        for played in self._server.deviations:
            if played.kind == question.kind and played.path in (None, question.path):
                played.seen += 1
                if played.due:
                    due.append((played, DEVIATIONS[played.deviation]))
        # A question that is understood otherwise has another answer: what is said otherwise comes after it.
        due.sort(key=lambda pair: pair[1].only_says)
        for played, deviation in due:
            changed, other = self._changed(deviation, question, answer, logged, played)
            if other != answer:
                played.played += 1
                logged.deviations += (played.deviation,)
            question, answer = changed, other
        return answer

    def _changed(
        self, deviation: Deviation, question: Question, answer: Answer, logged: Logged, played: Played
    ) -> tuple[Question, Answer]:
        """Return the question as it is understood now, and the answer as it is said now."""
        server = self._server

        def answered(endpoints: Endpoints, question: Question) -> Answer:
            status, body = endpoints.answer(server.dialect, logged.method, question.path, question.asked, question.raw)
            return Answer(status, body, answer.headers)

        # A refused question is understood as it is: its values may be of any kind.
        changed = deviation.ask(question) if answer.status == _OK else question
        if changed != question:
            other = answered(server.endpoints, changed)
            # Where a limit is refused, a smaller one cannot be meant either.
            changed, answer = (question, answer) if other.status == _REFUSED else (changed, other)
        scene = Scene(
            question=changed,
            account=server.account,
            dialect=server.dialect,
            ask=lambda other: answered(server.endpoints, other),
            whole=lambda other: answered(self._whole, other),
            past=lambda: answered(self._past.endpoints(server.account, server.measures.stale), changed),
            before=self._said.get(logged.path),
            rng=random.Random(f"{server.seed} {played.deviation} {played.kind} {played.seen}"),
        )
        return changed, deviation.say(answer, scene)
