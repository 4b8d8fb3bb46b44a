"""Fills an account with about two years of history from a seed."""

from __future__ import annotations

import itertools
import random
from bisect import bisect
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from simulator import people
from simulator.conversations import RATINGS, Line, conversation
from simulator.model import SILENT_TYPES, Chat, Message, whole

if TYPE_CHECKING:
    from simulator.records import Records

_HOUR = 3_600_000
_SPAN = 2 * 365 * 24 * _HOUR
_WEEK = 168 * _HOUR
_MONDAY = 4 * 24 * _HOUR  # the first one of 1970, UTC
_FIRST_IDS = {"chat": 7_001_000, "message": 88_100_000, "customer": 5_500_000}
# When customers write: the weight of each hour of a day, from midnight, and of each day of a week, from Monday.
_HOURS = (1, 1, 1, 1, 1, 2, 4, 9, 18, 26, 30, 29, 22, 24, 29, 28, 25, 19, 12, 9, 8, 6, 4, 2)
_DAYS = (11, 10, 10, 9, 9, 4, 3)
_ENDS = list(itertools.accumulate(day * hour for day in _DAYS for hour in _HOURS))


@dataclass
class _Plan:
    """A chat to be created: its lines and their times, in milliseconds."""

    customer: int | None
    began: int
    closed: bool
    agent: int
    lines: list[Line]
    times: list[int] = field(default_factory=list)


def fill(account: Records, seed: int, chats: int, messages: int, customers: int | None) -> None:
    """Fill an empty account with exactly this many chats, messages and customers."""
    if min(chats, messages, customers or 0) < 0:
        raise ValueError("numbers of chats, messages and customers cannot be negative")
    if messages and not chats:
        raise ValueError("messages need at least one chat")
    rng = random.Random(f"account {seed}")
    for kind, first in _FIRST_IDS.items():
        account.new_id(kind, first)
    people.employ(account)
    count = max(1, chats * 7 // 10) + chats // 20 if customers is None else customers
    for index in range(count):
        account.add_customer(first_seen=None, last_seen=None, **people.describe(rng, index))
    # The last ones never write: they were imported, or only visited.
    writers = list(account.customers)[: max(1, count - count // 12)]
    sizes = _sizes(rng, chats, messages)
    end = int(account.now * 1000) - 2 * _HOUR
    plans = [_plan(account, rng, size, rng.choice(writers) if writers else None, end) for size in sizes]
    plans.sort(key=lambda plan: plan.began)
    _write(account, rng, plans)
    _visits(account, rng, end)
    account.touch()


def _sizes(rng: random.Random, chats: int, messages: int) -> list[int]:
    """Distribute the messages: some chats stay empty, a few are long."""
    spoken = min(messages, chats - max(round(chats * 0.03), 1 if chats >= 20 else 0))  # noqa: PLR2004
    sizes = [1] * spoken + [0] * (chats - spoken)
    if not spoken:
        return sizes
    budget = messages - spoken
    for index, extra in enumerate((250, 160, 130, 115)):
        # A long chat takes at most a quarter of the remaining messages.
        if index < spoken - 1 and extra * 4 <= budget:
            sizes[index] += extra - 1
            budget -= extra - 1
    ordinary = [index for index in range(spoken) if sizes[index] == 1] or [0]
    weights = [min(rng.lognormvariate(0, 0.9), 20.0) for _ in ordinary]
    unit = budget / sum(weights)
    for index, weight in zip(ordinary, weights, strict=True):
        extra = int(weight * unit)
        sizes[index] += extra
        budget -= extra
    for index in itertools.islice(itertools.cycle(ordinary), budget):
        sizes[index] += 1
    rng.shuffle(sizes)
    return sizes


def _plan(account: Records, rng: random.Random, size: int, customer: int | None, end: int) -> _Plan:
    closed = size > 1 and rng.random() < 0.7  # noqa: PLR2004
    agent = rng.choice([number for number in account.agents if number != people.BOT_ID])
    language = "en" if customer is None else account.customers[customer].locale or "en"
    lines = conversation(rng, language, size, closed=closed)
    # The business grows, so the second half has more chats than the first.
    began = working(end - _SPAN + int(_SPAN * rng.random() ** 0.7))
    if rng.random() < 0.05:  # noqa: PLR2004
        # Imports and broadcasts create many chats in the same second.
        began -= began % 2_592_000_000
    plan = _Plan(customer, began, closed, agent, lines)
    moment = began
    for line in lines:
        pause = -300.0  # the system answers fast
        if line.type != "tech":
            pause = rng.expovariate(1 / 90_000) * (1 if rng.random() < 0.97 else 500)  # noqa: PLR2004
        moment += 700 + int(pause)
        plan.times.append(moment)
    late = max(0, moment + 60_000 - end)
    plan.began -= late
    plan.times = [time - late for time in plan.times]
    return plan


def _write(account: Records, rng: random.Random, plans: list[_Plan]) -> None:
    chats = [_chat(account, rng, plan) for plan in plans]
    said = sorted(
        (time, place, position) for place, plan in enumerate(plans) for position, time in enumerate(plan.times)
    )
    latest = {chat.id: chat.created_at for chat in chats}
    for time, place, position in said:
        plan, chat = plans[place], chats[place]
        message = _message(account, rng, plan, plan.lines[position], time)
        message.chat, message.read = chat.id, position < len(plan.lines) - 1 or plan.closed
        account.messages[message.id] = message
        account.threads[chat.id].append(message)
        latest[chat.id] = whole(message.created_at)
    for plan, chat in zip(plans, chats, strict=True):
        account.summarise(chat)
        chat.updated_at = latest[chat.id]
        _finish(rng, plan, chat)


def _chat(account: Records, rng: random.Random, plan: _Plan) -> Chat:
    number = account.new_id("chat", account.new_id("chat") + rng.randrange(3))
    chat = Chat(number, Decimal(plan.began // 1000), plan.customer)
    chat.application_id = rng.choice(list(account.applications))
    chat.department = rng.choice((None, None, *account.departments))
    chat.notes = None if plan.customer is None else account.customers[plan.customer].notes
    if not plan.lines:
        chat.created_with = "public_api"
    elif plan.lines[0].who != "customer":
        chat.created_with = "broadcast_reply" if plan.lines[0].broadcast_type else "agent_message"
    account.chats[number] = chat
    account.threads[number] = []
    return chat


def _message(account: Records, rng: random.Random, plan: _Plan, line: Line, time: int) -> Message:
    sender = "customer" if line.who == "customer" else "agent"
    agent = {"agent": plan.agent, "bot": people.BOT_ID}.get(line.who)
    said = account.new_id("message"), 0, Decimal(time).scaleb(-3), line.text, sender, line.type, agent
    message = Message(*said, broadcast_type=line.broadcast_type, moves_chat=line.type not in SILENT_TYPES)
    if line.text and line.type != "tech" and rng.random() < 0.02:  # noqa: PLR2004
        message.edited, message.updated_at = True, Decimal(time + 500 + rng.randrange(30_000)).scaleb(-3)
    return message


def _finish(rng: random.Random, plan: _Plan, chat: Chat) -> None:
    """Set the state that the conversation left the chat in."""
    if not plan.lines:
        return
    spoke = {line.who for line in plan.lines if line.type != "private"}
    chat.assignee = plan.agent if rng.random() < 0.8 else None  # noqa: PLR2004
    if plan.closed:
        chat.status, chat.closed_at = "closed", chat.updated_at
        chat.closed_by = rng.choice(("agent", "agent", "agent", "customer"))
        if rng.random() < 0.3:  # noqa: PLR2004
            chat.rating = rng.choice(RATINGS)
    elif "customer" not in spoke:
        chat.status = "no communication"
    elif "agent" not in spoke:
        chat.status = "new"
    else:
        chat.status = rng.choice(("opened", "opened", "pending", "onhold"))
        if chat.status == "onhold":
            chat.snoozed_until = chat.updated_at + 86_400
    chat.read_by_agent = plan.closed or rng.random() < 0.5  # noqa: PLR2004
    chat.read_by_customer = rng.random() < 0.7  # noqa: PLR2004


def _visits(account: Records, rng: random.Random, end: int) -> None:
    """Set visits: customers were there when they wrote, and some of the others visited too."""
    for chat in account.chats.values():
        if chat.customer is None or rng.random() < 0.05:  # noqa: PLR2004
            continue
        customer = account.customers[chat.customer]
        last = max(chat.created_at, chat.last_customer_message_at or chat.created_at)
        customer.last_seen = max(customer.last_seen or last, last)
        customer.first_seen = min(customer.first_seen or last, chat.created_at)
    for customer in account.customers.values():
        if customer.last_seen is None and rng.random() < 0.4:  # noqa: PLR2004
            customer.last_seen = Decimal((end - rng.randrange(_SPAN)) // 1000)
            customer.first_seen = customer.last_seen if rng.random() < 0.7 else None  # noqa: PLR2004


def working(moment: int) -> int:
    """Move a moment (milliseconds since 1970) within its week to where the week is busy.

    Evenly spread moments become moments spread like the weights above, in the same order.
    """
    into = (moment - _MONDAY) % _WEEK
    wanted = into / _WEEK * _ENDS[-1]
    hour = bisect(_ENDS, wanted)
    before = _ENDS[hour - 1] if hour else 0
    return moment - into + int((hour + (wanted - before) / (_ENDS[hour] - before)) * _HOUR)
