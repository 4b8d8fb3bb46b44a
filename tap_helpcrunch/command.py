"""The command line's end: faults as one line, an exit code that says what happened, nothing private in either."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import traceback
import typing as t

import click
from singer_sdk.exceptions import ConfigValidationError, SingerSDKError
from typing_extensions import override

from tap_helpcrunch.api.errors import HelpCrunchError
from tap_helpcrunch.errors import UnusableInputError

if t.TYPE_CHECKING:
    from typing import NoReturn

logger = logging.getLogger("tap-helpcrunch")


BROKEN_PIPE = 128 + 13  # as a shell counts SIGPIPE
BUG = 70  # EX_SOFTWARE
BUFFER = 1 << 16


class Command(click.Command):
    """A command with the faults of all its modes caught in one place; the SDK's own catches some of them.

    The process ends by ``os._exit`` after everything is flushed: the interpreter would wait for requests in flight
    otherwise.
    """

    @override
    def main(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        """Run and exit: 0 well, 1 a fault told in a line, 2 wrong usage, 70 a bug, 128 + signal when told to end."""
        code = 1
        at_once = not args and "args" not in kwargs
        if at_once:
            # Unbuffered (PYTHONUNBUFFERED, python -u) every record would be a system call of its own.
            sys.stdout = os.fdopen(os.dup(1), "w", BUFFER, encoding="utf-8")
        try:
            super().main(*args, **kwargs)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except ConfigValidationError as fault:
            for line in fault.errors or [str(fault)]:
                logger.error(line)  # noqa: TRY400 - a line, not a traceback
        except Exception as fault:  # noqa: BLE001 - the last stop
            code = _tell(fault)
        return _leave(code, at_once=at_once)

    @override
    def invoke(self, ctx: t.Any) -> t.Any:
        """Run the callback; faults are ``main``'s, but for a reader of stdout that went away: nothing to tell."""
        logging.captureWarnings(capture=True)
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise SystemExit(BROKEN_PIPE) from None
        return result

    @staticmethod
    def read_json(file: t.IO[str], option: str) -> dict[str, t.Any]:
        """Read a JSON object of the command line.

        Raises:
            UnusableInputError: it is none.
        """
        try:
            value = json.load(file)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise UnusableInputError(f"{option} {file.name} is not a JSON object")
        return value


def _tell(fault: Exception) -> int:
    """Log a fault in one line, and for a bug where it is, without values: they may be a customer's words."""
    if isinstance(fault, (HelpCrunchError, UnusableInputError, SingerSDKError, OSError)):
        logger.error("%s", fault)
        return 1
    frames = "".join(traceback.format_tb(fault.__traceback__))
    logger.error("a bug, please report it: %s at\n%s", type(fault).__name__, frames)
    return BUG


def _leave(code: int, *, at_once: bool) -> NoReturn:
    """End the process with a code; not at once where the command was called from another program."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    if not at_once:
        raise SystemExit(code)
    logging.shutdown()
    os._exit(code)
