"""What a run that begins now owes the target, and whether the target got it."""

import typing as t
from dataclasses import dataclass, field

from tap_helpcrunch.api.envelope import PAGE
from tests.happenings import Happenings
from tests.target import Target

# The field that tells the current state of a row from an earlier one.
TOLD_BY = {"chats": "status", "messages": "text"}


@dataclass
class Owed:
    """Rows by stream and id: the value of the field in TOLD_BY, or None if it is enough that the row is there."""

    happenings: Happenings
    start_date: int = 0
    rows: dict[str, dict[int, t.Any]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        happenings: Happenings,
        streams: t.Sequence[str],
        chosen: t.Collection[int],
        start_date: int,
        *,
        all_told: bool,
    ) -> t.Self:
        """Return what is owed.

        Args:
            happenings: the account, and what was announced since the last run that ended with 0.
            streams: the selected ones.
            chosen: the ids of the chats to read.
            start_date: epoch seconds; chats without activity since then, and earlier messages, are not owed.
            all_told: whether the API honours ``updatedAt``, so that every change is announced.
        """
        found = cls(happenings, start_date)
        rows: dict[str, dict[int, t.Any]] = {"chats": {}, "messages": {}, "customers": {}}
        account = happenings.account
        for chat in found.in_scope(chosen):
            is_told = chat in happenings.revealed
            rows["chats"][chat] = account.chats[chat].status if is_told else None
            for place, message in enumerate(account.messages_of(chat)):
                if message.created_at >= start_date and (message.moves_chat or is_told or all_told):
                    is_fresh = (is_told or all_told) and place < PAGE
                    rows["messages"][message.id] = message.text if is_fresh else None
        rows["customers"] = dict.fromkeys(account.customers.keys() - happenings.unannounced)
        found.rows = {stream: rows[stream] for stream in streams}
        return found

    def in_scope(self, chosen: t.Collection[int]) -> list[int]:
        """Return those of the chats that were active since ``start_date``."""
        return [chat for chat in self.happenings.account.chats if chat in chosen and self._is_active(chat)]

    def settle(self, target: Target, *, account_moved: bool) -> None:
        """Compare what the target has with what it was owed; what has been deleted meanwhile may be missing."""
        for stream, rows in self.rows.items():
            held = target.of(stream)
            missing = [number for number in rows if number not in held and number in self._existing(stream)]
            if stream == "chats":
                # Deleting a chat's last message may leave it without activity since start_date.
                fell = self.happenings.fell if account_moved and self.start_date else set()
                missing = [chat for chat in missing if chat not in fell and self._is_active(chat)]
            if stream == "messages" and account_moved:
                # If the message that announced a note was deleted, nothing announces the note.
                made, fell = self.happenings.account.messages, self.happenings.fell
                missing = [number for number in missing if made[number].moves_chat or made[number].chat not in fell]
            assert not missing, f"{stream} lost: {missing[:5]}"
            if not account_moved and (name := TOLD_BY.get(stream)):
                stale = [n for n, value in rows.items() if value is not None and held[n][name] != value]
                assert not stale, f"{stream} out of date: {[(n, held[n][name], rows[n]) for n in stale[:3]]}"

    def has_come(self, target: Target, chat: int) -> bool:
        """Return whether the target has everything that it is owed of a chat."""
        messages = [message.id for message in self.happenings.account.messages_of(chat)]
        return all(
            self._is_held(target, stream, number)
            for stream, numbers in (("chats", [chat]), ("messages", messages))
            for number in numbers
            if number in self.rows.get(stream, {})
        )

    def _is_held(self, target: Target, stream: str, number: int) -> bool:
        row, value = target.of(stream).get(number), self.rows[stream][number]
        return row is not None and value in {None, row[TOLD_BY[stream]]}

    def _existing(self, stream: str) -> dict[int, t.Any]:
        account = self.happenings.account
        tables: dict[str, t.Any] = {
            "chats": account.chats, "messages": account.messages, "customers": account.customers
        }  # fmt: skip
        found: dict[int, t.Any] = tables[stream]
        return found

    def _is_active(self, chat_id: int) -> bool:
        chat = self.happenings.account.chats[chat_id]
        moments = (chat.created_at, chat.last_message_at, chat.closed_at)
        return max(moment for moment in moments if moment is not None) >= self.start_date
