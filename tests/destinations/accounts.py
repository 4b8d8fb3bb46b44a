"""The account that the destinations are tested with, and what each must hold."""

import typing as t

from simulator import Account

# What every destination must hold of a message; times in milliseconds since 1970, UTC.
Line = tuple[t.Any, ...]  # text, sender, type, chat, edited, agent, created, updated
# What breaks loaders: each is one message's text.
TEXTS = (
    "it's \"quoted\", 'twice'; -- and `more`",
    "back\\slash \\n \\\\ \\x00 \\u0041 \\N \\.",
    "two\nlines\r\nand\ttabs, a comma, and a lone \\",
    "\\N",
    "",
    " ",
    "emoji \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \u0417\u0430\u0436\u00f3\u0142\u0107 \u6771\u4eac",
    '{"json": [1, null]} {{ jinja }} ${HOME} %s %(x)s $$ :name ?',
    "<b>html</b> &amp; \u2028 \u2029 \ufeff \x01 \x7f \x1b[31m",
    "wide \u20ac " * 20_000,
    "before\x00after",
)


def account() -> Account:
    """Return an account with history, and one chat more that holds the awkward texts."""
    made = Account.generate(seed=5, chats=60, messages=400)
    made.advance(60)
    chat = made.add_chat()
    agent = next(iter(made.agents))
    for text in TEXTS:
        made.advance("7.003")
        made.add_message(chat, text, sender="agent", agent=agent)
    made.advance(60)
    return made


def counts(made: Account) -> dict[str, int]:
    """Return how many rows each table must have."""
    return made.counts() | {"organization": 1}


def lines(made: Account) -> dict[int, Line]:
    """Return the messages by id; the tap replaces NUL, which not every destination can hold."""
    return {
        number: (
            None if said.text is None else said.text.replace("\0", "\ufffd"),
            *(said.sender, said.type, said.chat, said.edited),
            None if said.agent is None else made.agents[said.agent].name,
            int(said.created_at * 1000),
            None if said.updated_at is None else int(said.updated_at * 1000),
        )
        for number, said in made.messages.items()
    }


def texts(made: Account) -> dict[int, str | None]:
    """Return the messages' texts by id."""
    return {number: line[0] for number, line in lines(made).items()}


def differing(held: t.Mapping[int, Line], owed: t.Mapping[int, Line]) -> list[str]:
    """Return the first differences, short enough to read."""
    wrong = [number for number in sorted({*held, *owed}) if held.get(number) != owed.get(number)]
    return [f"{number}: {str(held.get(number))[:300]} instead of {str(owed.get(number))[:300]}" for number in wrong[:3]]


def edit(made: Account) -> int:
    """Let an hour pass in which a message of an active chat is edited; return the message's id."""
    made.advance(3600)
    chat = max(made.chats)
    message = made.messages_of(chat)[3].id
    made.edit_message(message, "the text is 'another' now \U0001f642")
    made.advance("1.5")
    made.add_message(chat, "and it goes on")
    made.advance(60)
    return message
