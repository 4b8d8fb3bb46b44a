"""Plays deviations: decides which ones apply to a request, and changes the question and the answer."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from simulator.deviations.past import Past
from simulator.deviations.registry import DEVIATIONS
from simulator.deviations.shapes import NO_LIMIT, SEARCHES, Answer, Question, Scene, kind_of
from simulator.endpoints import Endpoints

if TYPE_CHECKING:
    from simulator.desk import Desk
    from simulator.deviations.played import Played
    from simulator.deviations.shapes import Deviation
    from simulator.logged import Logged

_OK = 200
_REFUSED = 400


class Stage:
    """Answers for a desk, while its lock is held."""

    def __init__(self, desk: Desk) -> None:
        """Play the desk's `deviations`, as they are at the time of each request."""
        self._desk = desk
        self._past = Past()
        self._whole = Endpoints(desk.account, desk.seed, most=NO_LIMIT)
        self._said: dict[str, Answer] = {}

    def answer(self, logged: Logged, raw: bytes, headers: dict[str, str]) -> Answer:
        """Answer a request with a valid key, and log in it what was played."""
        desk = self._desk
        status, body = desk.endpoints.answer(desk.dialect, logged.method, logged.path[3:], logged.params, raw)
        answer = Answer(status, body, headers)
        kind = kind_of(logged) if desk.deviations else None
        if kind is None:
            return answer
        asked = (logged.body or {}) if kind in SEARCHES else logged.params
        answer = self._play(logged, Question(kind, logged.path[3:], dict(asked)), answer)
        self._said[logged.path] = answer
        return answer

    def _play(self, logged: Logged, question: Question, answer: Answer) -> Answer:
        due = []
        for played in self._desk.deviations:
            if played.kind == question.kind and played.path in (None, question.path):
                played.seen += 1
                if played.due:
                    due.append((played, DEVIATIONS[played.deviation]))
        # A changed question has another answer, so deviations of the answer come after those of the question.
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
        """Return the question and the answer after this deviation."""
        desk = self._desk

        def answered(endpoints: Endpoints, question: Question) -> Answer:
            status, body = endpoints.answer(desk.dialect, logged.method, question.path, question.asked, question.raw)
            return Answer(status, body, answer.headers)

        # A refused question stays as it is: its values may be of any type.
        changed = deviation.ask(question) if answer.status == _OK else question
        if changed != question:
            other = answered(desk.endpoints, changed)
            # If a limit is refused, a smaller one is refused too.
            changed, answer = (question, answer) if other.status == _REFUSED else (changed, other)
        scene = Scene(
            question=changed,
            account=desk.account,
            dialect=desk.dialect,
            ask=lambda other: answered(desk.endpoints, other),
            whole=lambda other: answered(self._whole, other),
            past=lambda: answered(self._past.endpoints(desk.account, desk.measures.stale), changed),
            before=self._said.get(logged.path),
            rng=random.Random(f"{desk.seed} {played.deviation} {played.kind} {played.seen}"),
        )
        return changed, deviation.say(answer, scene)
