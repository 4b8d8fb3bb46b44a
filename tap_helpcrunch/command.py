"""How a command ends: each fault is one line, the exit code says what happened, and neither reveals private data."""

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
    """A command that catches the faults of all its modes in one place; the SDK's own command catches only some.

    The process ends by ``os._exit``, after everything is flushed, because the interpreter would wait for the requests
    in flight.
    """

    @override
    def main(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        """Run and exit: 0 success, 1 a fault, logged in one line, 2 usage, 70 a bug, 128 + signal if interrupted."""
        code = 1
        at_once = not args and "args" not in kwargs
        if at_once:
            # If stdout is unbuffered (PYTHONUNBUFFERED, python -u), every record is a system call of its own.
            sys.stdout = os.fdopen(os.dup(1), "w", BUFFER, encoding="utf-8")
        try:
            super().main(*args, **kwargs)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except ConfigValidationError as fault:
            for line in fault.errors or [str(fault)]:
                logger.error(line)  # noqa: TRY400 - one line, not a traceback
        except Exception as fault:  # noqa: BLE001 - nothing else catches it
            code = _log(fault)
        return _leave(code, at_once=at_once)

    @override
    def invoke(self, ctx: t.Any) -> t.Any:
        """Run the callback. ``main`` handles all faults except a closed stdout, about which there is nothing to say."""
        logging.captureWarnings(capture=True)
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise SystemExit(BROKEN_PIPE) from None
        return result

    @staticmethod
    def read_json(file: t.IO[str], option: str) -> dict[str, t.Any]:
        """Read a JSON object from a file given on the command line.

        Raises:
            UnusableInputError: it is not a JSON object.
        """
        try:
            value = json.load(file)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise UnusableInputError(f"{option} {file.name} is not a JSON object")
        return value


def _log(fault: Exception) -> int:
    """Log a fault in one line, and for a bug its location, but no values: they may be a customer's words."""
    if isinstance(fault, (HelpCrunchError, UnusableInputError, SingerSDKError, OSError)):
        logger.error("%s", fault)
        return 1
    frames = "".join(traceback.format_tb(fault.__traceback__))
    logger.error("a bug, please report it: %s at\n%s", type(fault).__name__, frames)
    return BUG


def _leave(code: int, *, at_once: bool) -> NoReturn:
    """End the process with a code, or raise SystemExit if another program called the command."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    if not at_once:
        raise SystemExit(code)
    logging.shutdown()
    os._exit(code)
