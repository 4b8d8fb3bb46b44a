"""What ends a run that is not the API's fault; its own are in ``api.errors``."""

from __future__ import annotations


class UnusableInputError(Exception):
    """A file given on the command line, a STATE in it, or a place to write to, that cannot be used."""
