"""A log in which every line is for the operator."""

from __future__ import annotations

import logging
from pathlib import Path

import singer_sdk

_SDK = str(Path(singer_sdk.__file__).parent)


def sdk_at_debug(record: logging.LogRecord) -> bool:
    """Take what the SDK itself tells at INFO (how it set up settings and streams, at every run the same) as DEBUG."""
    if record.levelno == logging.INFO and record.pathname.startswith(_SDK):
        record.levelno, record.levelname = logging.DEBUG, logging.getLevelName(logging.DEBUG)
    return record.levelno >= logging.getLogger(record.name).getEffectiveLevel()
