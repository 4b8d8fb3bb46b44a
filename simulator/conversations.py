"""Invents conversations: lines in order, with everything that the API can carry."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator import phrases

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

RATINGS = ("perfect", "great", "great", "average", "poor", "very poor")
# What may come between two lines, by the share of a day up to it: who says one of these texts, in which form.
_INTERRUPTIONS: dict[float, tuple[str, tuple[str, ...] | None, str]] = {
    0.05: ("agent", phrases.NOTES, "private"),
    0.08: ("", phrases.FILES, ""),
    0.09: ("agent", phrases.ARTICLES, "knowledgeBase"),
    0.1: ("system", ("The conversation was passed on to another agent.",), "message"),
    0.11: ("agent", (phrases.MAIL,), "email"),
    0.115: ("", None, "message"),
}


@dataclass
class Line:
    """A line of a conversation; `who` is customer, agent, bot or system."""

    who: str
    text: str | None
    type: str = "message"
    broadcast_type: str | None = None


def _filled(rng: random.Random, text: str, facts: int | None = None) -> str:
    """Fill in the placeholders of a text; equal facts give equal orders and invoices."""
    if "{" not in text or "```" in text:
        return text.replace("{version}", "4.2.1")
    digits = rng.getrandbits(128) if facts is None else facts
    return text.format(
        order=f"A-{digits % 90_000 + 10_000}",
        invoice=f"{digits % 9_000 + 1_000}/{digits % 12 + 1:02}",
        ticket=digits % 900 + 100,
        amount=f"{digits % 90 + 9}.{digits % 10}0",
        version=f"{digits % 5 + 1}.{digits % 20}",
        year=2024 + digits % 3,
        file=f"{digits:032x}",
    )


def _talk(rng: random.Random, language: str) -> Iterator[Line]:
    """Yield lines forever: one script after another, with interruptions."""
    scripts = list(phrases.SCRIPTS[language])
    rng.shuffle(scripts)
    for script in itertools.cycle(scripts):
        facts = rng.getrandbits(128)
        kind = "email" if rng.random() < 0.08 else "message"  # noqa: PLR2004
        for side, text in script:
            who = "customer" if side == "c" else "agent"
            yield Line(who, _filled(rng, text, facts), kind)
            chance = rng.random()
            for speaker, texts, form in [_INTERRUPTIONS[share] for share in _INTERRUPTIONS if chance < share][:1]:
                said = None if texts is None else rng.choice(texts) if len(texts) > 1 else texts[0]
                filled = said if said is None or speaker == "system" else _filled(rng, said)
                yield Line(speaker or who, filled, form or kind)


def conversation(rng: random.Random, language: str, size: int, *, closed: bool) -> list[Line]:
    """Return exactly this many lines; a closed conversation ends with system lines."""
    lines: list[Line] = []
    chance = rng.random()
    if chance < 0.06:  # noqa: PLR2004
        kind, text = rng.choice(list(phrases.BROADCASTS.items()))
        form = "email" if kind.endswith("email") else "message"
        lines.append(Line("agent", _filled(rng, text), form, kind))
    elif chance < 0.26:  # noqa: PLR2004
        lines = [Line("bot", phrases.BOT[0]), Line("bot", rng.choice(phrases.BOT[1:]))]
    ending = [Line("system", word, "tech") for word in phrases.TECH] if closed and size > 3 else []  # noqa: PLR2004
    talk = _talk(rng, language)
    while len(lines) < size - len(ending):
        lines.append(next(talk))
    return lines[: size - len(ending)] + ending


def remark(rng: random.Random) -> str:
    """Return the first line of a random script."""
    return _filled(rng, rng.choice(phrases.SCRIPTS[rng.choice(list(phrases.SCRIPTS))])[0][1])


def reply(rng: random.Random) -> str:
    """Return something an agent says."""
    return _filled(rng, rng.choice([text for side, text in rng.choice(phrases.SCRIPTS["en"]) if side == "a"]))


def note(rng: random.Random) -> str:
    """Return a note from one agent to another."""
    return _filled(rng, rng.choice(phrases.NOTES))
