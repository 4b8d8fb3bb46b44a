"""What a run did, in a few lines at its end."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from tap_helpcrunch.streams.base import HelpCrunchStream
    from tap_helpcrunch.tap import TapHelpCrunch

SHOWN = 10


def summarize(tap: TapHelpCrunch) -> None:
    """Log what the run did.

    One INFO line a stream, one for the requests, one warning for each kind of chat that was passed over.
    """
    if "session" not in tap.__dict__:
        return
    session, log = tap.session, tap.logger
    history = session.history
    more = {
        "chats": f", {session.passed_over} chats without activity since start_date passed over",
        "messages": f", {history.visited} chats visited",
    }
    for stream in t.cast("t.Iterable[HelpCrunchStream]", tap.streams.values()):
        if stream.selected:
            log.info("%s: %d records%s", stream.name, stream.records, more.get(stream.name, ""))
    log.info("%d requests, %d of them refused with 429", session.client.sent, session.pace.refusals)
    if session.gone or history.without_messages:
        log.warning(
            "passed over: %d chats that are gone, %d chats without messages (404 or an empty list)",
            session.gone,
            history.without_messages,
        )
    if history.incomplete:
        log.warning(
            "the API counts more messages than it lists, also when read twice: %s%s",
            "; ".join(f"chat {chat} lists {read} of {total}" for chat, read, total in history.incomplete[:SHOWN]),
            f"; and {len(history.incomplete) - SHOWN} more chats" if len(history.incomplete) > SHOWN else "",
        )
