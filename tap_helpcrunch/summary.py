"""What a run is about to do and what it has done, in a few lines for the operator."""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.errors import UnprovenError
from tap_helpcrunch.progress import counted, duration
from tap_helpcrunch.streams.chats import ChatsStream
from tap_helpcrunch.streams.parts import ACCOUNT, CHAT_IDS, FULL_TABLE
from tap_helpcrunch.sync.bookmark import Bookmark
from tap_helpcrunch.sync.by_id import ByIdBookmark, ChatsById
from tap_helpcrunch.sync.place import TOP

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.errors import HelpCrunchError
    from tap_helpcrunch.session import Session
    from tap_helpcrunch.session_tap import SessionTap
    from tap_helpcrunch.streams.base import HelpCrunchStream

SHOWN = 10


def announce(tap: SessionTap) -> None:
    """Log in one line what the run is about to do: which chats, at what pace, and since when."""
    given = tap.session.settings
    chats = "every chat" if given.chat_ids is None else f"{counted(len(given.chat_ids), 'chat')} of chat_ids"
    plans: dict[str, list[str]] = {}
    for stream in t.cast("t.Iterable[HelpCrunchStream]", tap.streams.values()):
        if stream.selected:
            # Not from `stream_state`, which creates an empty entry if there is none.
            known = tap.state.get("bookmarks", {}).get(stream.name, {})
            plans.setdefault(_plan(stream, known, given.chat_ids), []).append(stream.name)
    tap.logger.info(
        "%s v%s, Meltano SDK v%s: %s, at most %s requests a minute; %s",
        tap.name,
        tap.plugin_version,
        tap.sdk_version,
        chats,
        f"{given.requests_per_minute:,.10g}",
        "; ".join(f"{', '.join(names)}: {plan}" for plan, names in plans.items()) or "no stream is selected",
    )
    if not plans:
        tap.logger.warning("no stream is selected in the catalog")
    if given.start_date is not None and given.start_date > tap.session.moments.host_now:
        tap.logger.warning("start_date %s is in the future: no message will match", given.start_date)


def _plan(stream: HelpCrunchStream, known: dict[str, t.Any], chat_ids: tuple[int, ...] | None) -> str:
    if stream.replication_method == FULL_TABLE:
        return "all"
    if chat_ids is not None and CHAT_IDS in known:
        old = len(ByIdBookmark.read(known[CHAT_IDS]).known.keys() & set(chat_ids))
        new = len(chat_ids) - old
        return f"changes in {counted(old, 'chat')}" + (f", all of {new:,}" if new else "")
    bookmark = Bookmark.read(known.get(ACCOUNT))
    is_unfinished = bookmark.done.ends or bookmark.moved.ends
    plan = "all" if bookmark.since is None else f"changes since {bookmark.since}"
    return plan + (", resuming where the last run stopped" if is_unfinished else "")


def unread(session: Session) -> Iterator[HelpCrunchError]:
    """Yield an error for what the run could not read, although it continued without it."""
    unread_rows = {
        number: why for part in session.plan.parts if isinstance(part, ChatsById) for number, why in part.unread.items()
    }
    missing = session.history.owed | unread_rows
    if missing:
        yield UnprovenError(
            f"{counted(len(missing), 'chat')} could not be read; the next run reads them first: {_some(list(missing))} "
            f"({next(iter(missing.values()))})"
        )


def summarize(tap: SessionTap) -> None:
    """Log what the run has done.

    One INFO line per stream, one for the requests, and one warning per cause.
    """
    session, log = tap.session, tap.logger
    _tell_streams(tap)
    for name, refresh in session.walks.refreshes.items():
        what = "chat" if name == "messages" else "row"
        end = "complete" if refresh.is_over else f"{refresh.how_far} so far, the next run continues"
        log.info("refresh of %s: %s read again, %s", name, counted(refresh.rows, what), end)
    if session.activated:
        log.info("the target removes what is gone from: %s", ", ".join(sorted(session.activated)))
    refusals = session.pace.refusals
    log.info(
        "%s in %s, %s refused (429); %s of it waiting for HelpCrunch and the pace",
        counted(session.client.sent, "request"),
        duration(session.clock.now() - session.began),
        f"{refusals:,}" if refusals else "none",
        duration(session.client.waited),
    )
    if session.plan.is_cut:
        log.info("out of time (max_run_minutes): %s", "; ".join(how_far(session)))
    _warn(tap)


def _tell_streams(tap: SessionTap) -> None:
    streams = list(t.cast("t.Iterable[HelpCrunchStream]", tap.streams.values()))
    skipped = sum(stream.cutting.skipped for stream in streams if isinstance(stream, ChatsStream) and stream.cutting)
    more = {"messages": f", of {counted(tap.session.history.visited, 'chat')}"}
    if skipped:
        more["chats"] = f", {skipped:,} skipped (no activity since start_date)"
    for stream in streams:
        if stream.selected:
            records, seconds = counted(stream.records, "record"), duration(stream.seconds)
            tap.logger.info("%s: %s in %s%s", stream.name, records, seconds, more.get(stream.name, ""))


def how_far(session: Session) -> Iterator[str]:
    """Yield for each part of the run how fresh it is and how far back its history goes."""
    for part in session.plan.parts:
        fresh, back_to = part.how_far()
        line = f"{part.name} fresh as of {fresh or 'no moment yet'}"
        yield line if back_to is None else f"{line}, history complete back to {_day(back_to)}"


def _warn(tap: SessionTap) -> None:
    """Log one warning per cause."""
    session = tap.session
    history, faults = session.history, session.client.faults
    if faults:
        causes = "; ".join(f"{count:,} times {fault}" for fault, count in faults.most_common(SHOWN))
        tap.logger.warning("retried: %s", causes)
    if empty := list(_nothing_to_read(session)):
        tap.logger.warning("nothing to read: %s", "; ".join(empty))
    if history.incomplete:
        more = len(history.incomplete) - SHOWN
        tap.logger.warning(
            "the API counts more messages than it lists, even when read twice: %s%s",
            "; ".join(f"chat {chat} lists {read} of {total}" for chat, read, total in history.incomplete[:SHOWN]),
            f"; and {more} more chats" if more > 0 else "",
        )


def _nothing_to_read(session: Session) -> Iterator[str]:
    gone = [number for part in session.plan.parts if isinstance(part, ChatsById) for number in part.gone]
    if gone:
        yield f"chats of chat_ids that are gone: {len(gone):,} ({_some(gone)})"
    if session.history.without_messages:
        yield f"chats without messages: {session.history.without_messages:,}"


def _day(moment: str) -> str:
    return moment[:10] if moment not in {"", TOP[0]} else "no day yet"


def _some(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:SHOWN])) + (", ..." if len(numbers) > SHOWN else "")
