"""The tap: its streams, its settings, its command line."""

from __future__ import annotations

import logging
import os
import signal
import typing as t

import click
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.singerlib import Catalog
from singer_sdk.singerlib.messages import StateMessage
from singer_sdk.tap_base import CliTestOptionValue
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR, extend_validator_with_defaults
from typing_extensions import override

from tap_helpcrunch import settings
from tap_helpcrunch.api.errors import HelpCrunchError
from tap_helpcrunch.command import Command
from tap_helpcrunch.doctor import report
from tap_helpcrunch.errors import UnusableInputError
from tap_helpcrunch.interrupt import InterruptedRunError
from tap_helpcrunch.output import Writer
from tap_helpcrunch.progress import Progress
from tap_helpcrunch.quiet import sdk_at_debug
from tap_helpcrunch.session_tap import SessionTap
from tap_helpcrunch.streams import STREAMS
from tap_helpcrunch.streams.batch import settings as batch_settings
from tap_helpcrunch.streams.parts import ACCOUNT, CHAT_IDS, PartStream
from tap_helpcrunch.streams.reference import VERSION, ReferenceStream
from tap_helpcrunch.summary import announce, summarize, unread
from tap_helpcrunch.sync.bookmark import Bookmark, NewerBookmarkError
from tap_helpcrunch.sync.by_id import ByIdBookmark
from tap_helpcrunch.sync.rounds import Rounds
from tap_helpcrunch.sync.stretches import DamagedBookmarkError
from tap_helpcrunch.trial import answers

if t.TYPE_CHECKING:
    from singer_sdk.plugin_base import _ConfigInput

    from tap_helpcrunch.streams.base import HelpCrunchStream

Validator = extend_validator_with_defaults(DEFAULT_JSONSCHEMA_VALIDATOR)
NAMES = {stream.name for stream in STREAMS}


class TapHelpCrunch(SessionTap):
    """Singer tap for HelpCrunch."""

    name = settings.NAME
    package_name = settings.NAME
    config_jsonschema = settings.SCHEMA

    def __init__(self, **kwargs: t.Any) -> None:
        """Set up the tap as the SDK does, with a writer that lets signals through between two lines."""
        self.logger.addFilter(sdk_at_debug)
        # Meltano writes null for an unset setting, which the SDK does not accept for all of them.
        config = kwargs.get("config") or {}
        if kwargs.pop("parse_env_config", False):
            self.append_builtin_config(self.config_jsonschema)
            config = {**config, **settings.from_environment(self.config_jsonschema)}
        kwargs["config"] = {name: value for name, value in config.items() if value is not None}
        kwargs.setdefault("message_writer", Writer(self.interrupt))
        super().__init__(**kwargs)
        if "SINGER_SDK_LOG_CONFIG" not in os.environ:
            # The SDK's METRIC lines are only useful if it is configured where they go.
            self.metrics_logger.setLevel(logging.WARNING)

    @override
    def discover_streams(self) -> list[HelpCrunchStream]:
        """Return the streams. They are the same for every account, so discovery needs neither key nor network."""
        return [stream(self) for stream in STREAMS]

    @override  # type: ignore[misc] # final in the SDK, which syncs each stream once, in alphabetical order
    def sync_all(self) -> None:
        """Sync the selected streams: the small ones first, then, in rounds, customers and chats with their messages.

        A stream that fails does not keep the others from being synced.

        Raises:
            HelpCrunchError: something could not be read; raised after everything else was written.
        """
        if self.state:
            self.state_writer.write_state(self.state)
        faults = [*self._sync_small(), *self._sync_parts()]
        for stream in self._all():
            stream.write_last_file()
        for stream in self._all():
            stream.log_sync_costs()
        for fault in faults[1:]:
            self.logger.error("%s", fault)
        if faults:
            raise faults[0]

    def _all(self) -> list[HelpCrunchStream]:
        """Return the streams in the order of a run."""
        return [
            t.cast("HelpCrunchStream", self.streams[stream.name]) for stream in STREAMS if stream.name in self.streams
        ]

    def _sync_small(self) -> t.Iterator[HelpCrunchError]:
        """Sync the streams that are read completely in every run; yield an error for each that could not be."""
        for stream in self._all():
            if not isinstance(stream, ReferenceStream) or not stream.selected:
                continue
            stream.begin_version()
            try:
                stream.sync()
                # If the storage accepts no file, it is known after one request and not after an hour of them.
                stream.write_last_file()
            except HelpCrunchError as fault:
                if fault.refuses_all:
                    raise
                yield fault
            else:
                if self.session.settings.emit_activate_version_messages:
                    stream.activate(stream.doubt)

    def _sync_parts(self) -> t.Iterator[HelpCrunchError]:
        """Sync the streams that are brought in groups, in rounds; yield an error for what could not be read."""
        session = self.session
        parts = {
            stream.plan(): stream
            for stream in self._all()
            if isinstance(stream, PartStream) and (stream.selected or stream.has_selected_descendents)
        }
        for stream in self._all():
            if stream.selected:
                # Even if nothing has changed: the target has to create all tables in the first run.
                stream._write_schema_message()  # noqa: SLF001
        session.plan = rounds = Rounds(list(parts), session.schedule, session.moments)
        with Progress(session) as progress:
            for part, group in rounds.groups():
                try:
                    parts[part].bring(part, group)
                except HelpCrunchError as fault:
                    rounds.fail(part, fault)
                progress.tell(messages=self._messages)
        yield from rounds.faults.values()
        yield from unread(session)

    @property
    def _messages(self) -> int | None:
        stream = t.cast("HelpCrunchStream", self.streams["messages"])
        return stream.records if stream.selected else None

    @override
    def load_state(self, state: dict[str, t.Any]) -> None:
        """Take the STATE of an earlier run.

        Raises:
            UnusableInputError: a bookmark was not written by this tap.
        """
        try:
            _check(state)
        except NewerBookmarkError:
            raise UnusableInputError(
                "the STATE was written by a newer version of tap-helpcrunch: install that one, or start over "
                "without it (meltano run --full-refresh)"
            ) from None
        except (AttributeError, TypeError, DamagedBookmarkError):
            # To start over silently could cost hours; to use half of it could lose messages.
            raise UnusableInputError(
                "the STATE is not one that tap-helpcrunch wrote: correct it, or start over without it "
                "(meltano run --full-refresh)"
            ) from None
        super().load_state(state)

    def close(self) -> None:
        """End all requests in flight and their threads."""
        if "session" in self.__dict__:
            self.session.client.close()

    @classmethod
    @override
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: t.IO[str] | None = None,
        catalog: t.IO[str] | None = None,
    ) -> None:
        """Run as the SDK does, but handle signals, and log a summary at the end."""
        if about:
            cls.print_about(about_format)
            return
        tap = cls(
            config=dict(config.config) if config else {},
            parse_env_config=bool(config and config.parse_env),
            state=None if state is None else Command.read_json(state, "--state"),
            catalog=None if catalog is None else _catalog(Command.read_json(catalog, "--catalog")),
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda signum, _frame: tap.interrupt.handle(signum))
        try:
            announce(tap)
            try:
                tap.sync_all()
            finally:
                summarize(tap)
        except InterruptedRunError:
            tap.interrupt.forget()
            tap.write_message(StateMessage(value=tap.state))
            tap.logger.warning("interrupted; the next run continues from the last STATE")
            raise

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> _ConfigInput:
        """Read the configuration files.

        Raises:
            UnusableInputError: a file is not a JSON object.
        """
        try:
            return super().cb_config(ctx, param, value)
        except (ValueError, TypeError, IsADirectoryError):
            raise UnusableInputError(f"--config {' '.join(value)} is not a JSON object") from None

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Answer the three questions of a new user; ``--test=schema`` writes SCHEMA messages, as the SDK does."""
        if value in {CliTestOptionValue.Disabled.value, CliTestOptionValue.Schema.value}:
            super().cb_test(ctx, param, value)
            return
        config: _ConfigInput | None = ctx.params.get("config")
        tap = cls(config=dict(config.config) if config else {}, parse_env_config=bool(config and config.parse_env))
        for line in answers(tap.session):
            click.echo(line)
        ctx.exit()

    @classmethod
    def cb_doctor(cls, ctx: click.Context, param: click.Option, value: bool) -> None:  # noqa: ARG003, FBT001 - click's
        """Report how the account answers; the exit code says whether the tap can work with it."""
        if not value:
            return
        config: _ConfigInput | None = ctx.params.get("config")
        tap = cls(config=dict(config.config) if config else {}, parse_env_config=bool(config and config.parse_env))
        found = report.examine(tap.session, tap.plugin_version)
        for line in report.table(found):
            click.echo(line, err=True)
        click.echo(report.as_json(found))
        ctx.exit(int(bool(found["trouble"])))

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Return the SDK's command line, with one line for each fault."""
        made = super().get_singer_command()
        command = Command(
            made.name, made.context_settings, made.callback, [*made.params, _doctor(cls.cb_doctor)], help=made.help
        )
        for option in command.params:
            if isinstance(option, click.Option) and option.name == "test":
                option.help = (
                    "Say with five requests whether the key works, what is there, and how long the first load will "
                    "take. Use --test=schema to write the SCHEMA messages, without a request."
                )
        return command

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check all settings before the first request: the tap's own, then those of the SDK.

        Raises:
            ConfigValidationError: with one line for each fault.
        """
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        found = [*settings.faults(self._config), *_faults_of_batch(self._config)]
        own = {*settings.Settings.__slots__, "batch_config"}
        found += _faults_of_builtin(
            {name: kind for name, kind in schema["properties"].items() if name not in own}, self._config
        )
        for line in settings.unknown(self._config, schema["properties"]):
            self.logger.warning(line)
        if found and raise_errors:
            raise ConfigValidationError("Config validation failed", errors=found)
        return found


def _faults_of_batch(config: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    if config.get("batch_config") is None:
        return
    yield from batch_settings.faults(config["batch_config"])
    if config.get("emit_activate_version_messages") is True:
        yield "emit_activate_version_messages: must be false with batch_config, whose files carry no version"


def _faults_of_builtin(schema: dict[str, t.Any], config: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for error in Validator({"properties": schema}).iter_errors(config):
        # The value may be a secret (a salt, a storage key), so the line only says what is allowed.
        wrong = f"must be {error.validator_value}" if error.validator == "type" else f"is wrong ({error.validator})"
        yield f"{'.'.join(str(step) for step in error.path)}: {wrong}"


def _doctor(callback: t.Callable[..., None]) -> click.Option:
    return click.Option(
        ["--doctor"],
        is_flag=True,
        help="Report with at most 30 requests how this account answers where the documents of the API contradict "
        "each other: a table to stderr, JSON to stdout, nothing private in either.",
        callback=callback,
        expose_value=False,
    )


def _check(state: dict[str, t.Any]) -> None:
    if state and state.keys() != {"bookmarks"}:
        raise DamagedBookmarkError("another tap's")
    for stream, bookmark in state.get("bookmarks", {}).items():
        if stream not in NAMES or not bookmark.keys() <= {ACCOUNT, CHAT_IDS, VERSION}:
            raise DamagedBookmarkError("another tap's")
        if type(bookmark.get(VERSION, 0)) is not int:
            raise DamagedBookmarkError("no version")
        Bookmark.read(bookmark.get(ACCOUNT))
        ByIdBookmark.read(bookmark.get(CHAT_IDS))


def _catalog(value: dict[str, t.Any]) -> Catalog:
    try:
        return Catalog.from_dict(value)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UnusableInputError("--catalog is not a Singer catalog: make one with --discover") from None
