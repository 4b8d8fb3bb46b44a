"""The simulated account in a separate process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.entrants import ENVIRONMENT, ROOT

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

KEY = "bench-key"
MESSAGES_PER_CHAT = 30
READY_WITHIN = 900.0


class Served:
    """A served account; use it as a context manager."""

    def __init__(self, chats: int, *options: object) -> None:
        """Start to generate and serve it; `wait` returns when it is ready."""
        self._folder = tempfile.TemporaryDirectory(prefix="bench-server-")
        self._port_file = Path(self._folder.name) / "port"
        command = [sys.executable, "-m", "simulator", "--chats", chats, "--messages", chats * MESSAGES_PER_CHAT]
        command += ["--key", KEY, "--port-file", self._port_file, *options]
        self._process = subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL
        )
        self._root = ""
        self._seen = 0
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def wait(self) -> Self:
        """Wait until it answers.

        Raises:
            RuntimeError: it ended, or took too long.
        """
        until = time.monotonic() + READY_WITHIN
        while not self._port_file.exists():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the simulated account did not start")
            time.sleep(0.05)
        self._root = f"http://127.0.0.1:{self._port_file.read_text(encoding='utf-8').strip()}"
        return self

    def __enter__(self) -> Self:
        """Wait until it answers."""
        try:
            return self.wait()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def stop(self) -> None:
        """Stop it, by force if necessary."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return f"{self._root}/v1"

    @property
    def cpu(self) -> float:
        """The CPU seconds that it has used; nan if the system does not tell."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return float("nan")
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

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
        with self._opener.open(f"{self._root}/_control/{what}", timeout=120) as answer:
            return json.load(answer)
