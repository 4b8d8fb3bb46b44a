"""Plays of which the outcome is not yet what their class promises; the suite reports each as xfailed."""

OPEN: frozenset[tuple[str, str, str, str]] = frozenset()
OPEN_ACCOUNTS: frozenset[str] = frozenset()
OPEN_QUIET: frozenset[str] = frozenset()
