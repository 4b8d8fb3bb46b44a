"""A real S3 server for a test run, that of moto: on loopback, on a free port, removed afterwards."""

from __future__ import annotations

import subprocess
import sys
import time
import typing as t
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass

import fsspec

from tests.destinations.postgresql import spare_port

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PATIENCE = 30.0
REGION, USER, SECRET = "eu-central-1", "tester", "SECRET-KEY-OF-THE-BUCKET"


@dataclass(frozen=True)
class S3:
    """The server."""

    url: str

    @property
    def params(self) -> dict[str, t.Any]:
        """What batch_config.storage.params says of it; s3fs reads them."""
        region = {"region_name": REGION}
        return {"endpoint_url": self.url, "key": USER, "secret": SECRET, "client_kwargs": region}

    @property
    def variables(self) -> dict[str, str]:
        """The same in the variables that all tools of AWS read."""
        return {
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": USER,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def files(self, root: str) -> list[str]:
        """Return the addresses of all objects under one."""
        storage = fsspec.filesystem("s3", **self.params, use_listings_cache=False)
        return sorted(f"s3://{path}" for path in storage.find(root))


@contextmanager
def served(folder: Path) -> Iterator[S3]:
    """Start a server with one bucket, ``lake``; stop it afterwards."""
    port = spare_port()
    running = S3(f"http://127.0.0.1:{port}")
    with (folder / "moto.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)], stdout=log, stderr=log
        )
    try:
        _await(running, process)
        fsspec.filesystem("s3", **running.params).mkdir("lake")
        yield running
    finally:
        process.kill()
        process.wait(10)


def _await(running: S3, process: subprocess.Popen[bytes]) -> None:
    answering = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            answering.open(f"{running.url}/moto-api/", timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("moto's server does not answer")
