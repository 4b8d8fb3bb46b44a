"""The simulated account, in a separate process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KEY = "bench-key"
MESSAGES_PER_CHAT = 30
READY_WITHIN = 900.0
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Served:
    """A served account."""

    def __init__(self, root: str) -> None:
        """Take the address without a path."""
        self.url = f"{root}/v1"
        self._root, self._seen = root, 0

    def new_requests(self) -> list[dict[str, Any]]:
        """Return the requests since the last call."""
        rows: list[dict[str, Any]] = self._get(f"requests?since={self._seen}")
        self._seen += len(rows)
        return rows

    def records(self) -> int:
        """Return how many chats and messages there are."""
        counts = self._get("account")
        return int(counts["chats"] + counts["messages"])

    def _get(self, what: str) -> Any:
        with _opener.open(f"{self._root}/_control/{what}", timeout=120) as answer:
            return json.load(answer)


@contextmanager
def served(chats: int, *options: str) -> Iterator[Served]:
    """Generate and serve an account, with further options of ``python -m simulator``.

    Raises:
        RuntimeError: it ended, or took too long.
    """
    with tempfile.TemporaryDirectory(prefix="bench-server-") as folder:
        file = Path(folder) / "port"
        command = [sys.executable, "-m", "simulator", "--chats", str(chats), "--key", KEY, "--port-file", str(file)]
        command += ["--messages", str(chats * MESSAGES_PER_CHAT), *options]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                until = time.monotonic() + READY_WITHIN
                while not file.exists():
                    if process.poll() is not None or time.monotonic() > until:
                        raise RuntimeError("the simulated account did not start")
                    time.sleep(0.05)
                yield Served(f"http://127.0.0.1:{file.read_text(encoding='utf-8').strip()}")
            finally:
                process.kill()
