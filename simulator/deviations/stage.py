"""Plays deviations: how they change the question and the answer."""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.account import Account
from simulator.deviations.base import NO_LIMIT, SEARCHES, Answer, Logged, Question, Scene, kind_of
from simulator.deviations.table import DEVIATIONS
from simulator.endpoints import Endpoints

if TYPE_CHECKING:
    from decimal import Decimal

    from simulator.desk import Desk
    from simulator.deviations.accounts import Played
    from simulator.model import Chat, Customer

_OK, _REFUSED = 200, 400


class Stage:
    """Answers for a desk, while its lock is held."""

    def __init__(self, desk: Desk) -> None:
        """Play the desk's `deviations`, as they are at the time of each request."""
        self._desk = desk
        self._past: tuple[object, Endpoints] | None = None
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
        question = Question(kind, logged.path[3:], dict((logged.body or {}) if kind in SEARCHES else logged.params))
        due = [played for played in desk.deviations if played.sees(question) and played.due]
        # A changed question has another answer, so deviations of the answer come after those of the question.
        for played in sorted(due, key=lambda played: DEVIATIONS[played.deviation].only_says):
            changed, other = self._changed(played, question, answer, logged)
            if other != answer:
                played.played += 1
                logged.deviations += (played.deviation,)
            question, answer = changed, other
        self._said[logged.path] = answer
        return answer

    def _changed(self, played: Played, question: Question, answer: Answer, logged: Logged) -> tuple[Question, Answer]:
        """Return the question and the answer after this deviation."""
        desk, deviation = self._desk, DEVIATIONS[played.deviation]

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
            *(changed, desk.account, desk.dialect, desk.measures),
            ask=lambda other: answered(desk.endpoints, other),
            whole=lambda other: answered(self._whole, other),
            past=lambda: answered(self._before(), changed),
            before=self._said.get(logged.path),
            rng=random.Random(f"{desk.seed} {played.deviation} {played.kind} {played.seen}"),
        )
        return changed, deviation.say(answer, scene)

    def _before(self) -> Endpoints:
        """Return the endpoints of the account as it was a while ago; kept until the account changes."""
        account, seconds = self._desk.account, self._desk.measures.stale
        key = (id(account), account.version, account.now, seconds)
        if self._past is None or self._past[0] != key:
            self._past = key, Endpoints(account_before(account, seconds))
        return self._past[1]


def account_before(account: Account, seconds: int) -> Account:
    """Return the account without the chats, messages, customers and closings of the last seconds.

    The account does not remember other changes and deleted rows: they are as they are now.
    """
    past = Account(account.now - seconds)
    past.small, past.organization = account.small, account.organization
    for number, chat in account.chats.items():
        if chat.created_at <= past.now:
            thread = account.threads[number]
            past.threads[number] = thread[: bisect_right(thread, past.now, key=lambda message: message.created_at)]
            past.chats[number] = _chat(past, chat) if chat.updated_at > past.now else chat
    writers = {chat.customer for chat in past.chats.values()}
    for number, customer in account.customers.items():
        if number in writers or customer.first_seen is None or customer.first_seen <= past.now:
            past.customers[number] = _customer(customer, past.now)
    return past


def _chat(past: Account, chat: Chat) -> Chat:
    """Return the chat as it was after its messages of that time."""
    was = replace(chat)
    past.summarise(was)
    was.updated_at = max(was.created_at, was.last_message_at or was.created_at)
    if was.closed_at is not None and was.closed_at > past.now:
        was.status, was.closed_by, was.closed_at = "opened", None, None
    return was


def _customer(customer: Customer, now: Decimal) -> Customer:
    """Return the customer without visits since then; only the first visit is known from before."""
    first = None if customer.first_seen is None or customer.first_seen > now else customer.first_seen
    late = customer.last_seen is not None and customer.last_seen > now
    return replace(customer, first_seen=first, last_seen=first if late else customer.last_seen)
