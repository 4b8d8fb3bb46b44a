"""An account for the queries of docs/queries: conversations of every kind; what they answer is in owed.py."""

import typing as t
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

from demo.asking import WEEKS
from simulator import Account, Server
from simulator.people import BOT_ID
from tests.hiding import changing_rows

Row = dict[str, t.Any]

DAY = 86_400
FALLBACK = 1_762_070_400  # 2025-11-02, 8:00 UTC: an hour before summer time ended in Los Angeles
# When the last run began, so to speak: the real one began when the test did.
AS_OF = datetime(2026, 11, 3, tzinfo=timezone.utc)
PIN = "update helpcrunch.organization set _sdc_extracted_at = '2026-11-03 00:00:00'"
AWKWARD = "<script>alert('x')</script> & \"Sons\" \u202e\x01"
# What each letter of a script adds to a chat; a dot lets a minute pass.
SAID: dict[str, Row] = {
    "c": {"sender": "customer"},
    "m": {"sender": "customer", "type": "email"},
    "a": {"sender": "agent", "agent": 3},
    "e": {"sender": "agent", "agent": 4, "type": "email"},
    "k": {"sender": "agent", "agent": 4, "type": "knowledgeBase"},
    "b": {"sender": "agent", "agent": BOT_ID},
    "q": {"sender": "agent", "type": "dataCollection"},
    "f": {"sender": "customer", "type": "dataCollectionReply"},
    "x": {"sender": "agent", "agent": 3, "broadcast_type": "manual chat"},
    "y": {"sender": "agent", "broadcast_type": "auto email", "type": "email"},
    "n": {"sender": "agent", "agent": 3, "type": "private", "moves_chat": False},
    "s": {"sender": "agent"},
    "t": {"sender": "agent", "type": "tech", "moves_chat": False},
}
# What may be mistaken for an answer, or a question: a bot's words, a note, a tech line, what no agent says, a bulk
# message, an automatic e-mail, a greeting, several at once, two in the same moment, slow answers.
SCRIPTS = (
    "c.a", "c..e", "m.k", "c.b", "c.n", "c.t", "c.s", "c.x", "c.y", "x.a.c", "c.b..a", "a.c..a", "a.a", "b", "",
    "c.c.a", "c.a.c.c", "c.a.c.b.n", "q.f.a", "c.a.c..e", "a.c.e", "c.e.c.a",
    "c.e.c.a.c.a", "ca", "ac",
    "c" + "." * 5 + "a", "c" + "." * 12 + "a", "c" + "." * 90 + "a",
)  # fmt: skip


def account() -> Account:
    """Return an account with history, a chat more for each script, and one about every six days of a year."""
    made = Account.generate(seed=5, chats=60, messages=400)
    made.advance("0.7")
    for number, script in enumerate(SCRIPTS):
        made.advance(3600)
        _play(made, made.add_chat(rating=("great", "perfect", "poor")[number % 3]), script)
    customer = made.add_customer(name=AWKWARD, email="x@example.test", phone="+380 44 000")
    # A later number, but an earlier moment: what was said is in the order of time.
    chat = made.add_chat(customer=customer)
    _play(made, chat, "..c")
    made.add_message(chat, "imported", created_at=made.now - 60, **SAID["a"])
    # Waits of up to ten days, from one summer over two changes of the clock to the next.
    for number in range(64):
        asked = made.now - 400 * DAY + number * 535_537
        chat = made.add_chat(created_at=asked, rating=("great", "perfect", "poor", None, "average")[number % 5])
        made.add_message(chat, "how long?", created_at=asked)
        answered = asked + 17 * number + ((3 + number % 8) * DAY if number % 4 else 0)
        made.add_message(chat, "so long", created_at=answered, **SAID["ae"[number % 2]])
    # Created by the API, and closed in the second of the question, before it, or to the second a day later.
    for earlier in (0, 100, -DAY):
        chat = made.add_chat(created_with="public_api", application_id=None)
        _play(made, chat, "c")
        made.close_chat(chat)
        made.chats[chat].closed_at = made.now // 1 - earlier
    # After midnight in Kyiv, and in a new month; not so in UTC.
    made.advance(datetime(2026, 10, 31, 22, 30, tzinfo=timezone.utc).timestamp() - float(made.now))
    _play(made, made.add_chat(), "c.a")
    for status in ("closed", "opened again"):
        chat = made.add_chat(customer=customer)
        _play(made, chat, "c.a.c")
        made.close_chat(chat)
        if status == "opened again":
            made.reopen_chat(chat)
    who = made.customers[customer]
    made.add_message(chat, f"I am {who.name}: {who.email}, {who.phone}")
    made.add_message(made.add_chat(customer=made.add_customer(name="Bo")), "Bo, not Bob")
    made.add_message(chat, "")
    made.chats[chat].closed_at = made.now // 1  # HelpCrunch may keep it of a chat that was opened again
    # Asked before the clock of Los Angeles went back, and answered after it, when it showed an earlier time.
    chat, night = made.add_chat(created_at=FALLBACK), FALLBACK + 1800
    made.add_message(chat, "is it late?", created_at=night)
    made.add_message(chat, "twice", created_at=night + 2400, **SAID["a"])
    # The page shows so many days of Kyiv, up to the day after tomorrow: a question in the first minute, and one before.
    # The list of waiting chats ends two weeks before the last run.
    began, limit = (
        (int(made.now) // DAY + 3 - 7 * WEEKS) * DAY - 3 * 3600,
        int(AS_OF.timestamp()) - 14 * DAY,
    )
    for moment in (began - 30, began + 30, limit, limit + 1):
        made.add_message(made.add_chat(created_at=moment), "at the edge", created_at=moment)
    for status in ("empty", "no communication"):
        chat = made.add_chat()
        _play(made, chat, "c")
        made.chats[chat].status = status
    made.advance(60)
    return made


@contextmanager
def served(made: Account) -> Iterator[Server]:
    """Serve the account, in which what customers fill into a chatbot's form is not in the text."""

    def fill(row: Row) -> Row:
        is_form = row["type"] == "dataCollectionReply"
        return row | {"text": None, "parameters": {"value": row["text"]}} if is_form else row

    with Server(made) as server, changing_rows("/messages", fill):
        yield server


def go_on(made: Account) -> None:
    """Let a day pass: an answer and a question after it, one more question, a chat closed, a new chat."""
    waiting = [chat.id for chat in made.chats.values() if chat.status == "new"]
    made.advance(DAY)
    _play(made, waiting[-1], ".a.c")
    _play(made, waiting[-2], ".c")
    made.close_chat(waiting[-3])
    _play(made, made.add_chat(), "c.b.")
    made.advance(60)


def _play(made: Account, chat: int, script: str) -> None:
    for letter in script:
        if letter == ".":
            made.advance(60)
        else:
            made.add_message(chat, f"a message of kind {letter}", **SAID[letter])
