"""Keeps the log to lines that are for the operator."""

from __future__ import annotations

import logging
from pathlib import Path

import singer_sdk

_SDK = str(Path(singer_sdk.__file__).parent)


def sdk_at_debug(record: logging.LogRecord) -> bool:
    """Lower the SDK's own INFO lines to DEBUG: how it set up settings and streams is the same in every run."""
    if record.levelno == logging.INFO and record.pathname.startswith(_SDK):
        record.levelno, record.levelname = logging.DEBUG, logging.getLevelName(logging.DEBUG)
    return record.levelno >= logging.getLogger(record.name).getEffectiveLevel()
