"""A stand-in for a Snowflake account, and what leads target-snowflake to it without a change to that loader."""

import json
import subprocess
import typing as t
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.destinations.project import ROOT
from tests.relay import Relay

BIN = ROOT / ".venv-target-snowflake" / "bin"
_HOST = "nowhere.snowflakecomputing.com"
_PAGE = (ROOT / "docs" / "destinations.md").read_text(encoding="utf-8")


def settings_of_the_page() -> dict[str, t.Any]:
    """Return the loader as docs/destinations.md has it."""
    block = _PAGE.split("```yaml\n", 1)[1].split("```", 1)[0]
    (loader,) = yaml.safe_load(block)
    return dict(loader)


@dataclass(frozen=True)
class Snowflake:
    """The stand-in as it runs."""

    process: subprocess.Popen[str]
    variables: dict[str, str]

    @property
    def settings(self) -> dict[str, t.Any]:
        """The page's settings, with the variables in their places as Meltano puts them."""
        return {
            name: self.variables[value.strip("${}")] if str(value).startswith("${") else value
            for name, value in settings_of_the_page()["config"].items()
        }

    def rows(self, sql: str) -> list[dict[str, t.Any]]:
        """Return what a query answers; in the stand-in's own process, since null times come over HTTP as 1970."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(sql), file=self.process.stdin, flush=True)
        found: list[dict[str, t.Any]] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def served(folder: Path, environment: pytest.MonkeyPatch) -> Iterator[Snowflake]:
    """Serve where the loader looks for the account: a proxy leads it there, a file of certificates makes it trusted."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    tls = folder / "tls.pem"
    ca.issue_cert(_HOST).private_key_and_cert_chain_pem.write_to_path(tls)
    variables = {
        "SNOWFLAKE_ACCOUNT": "nowhere",
        "SNOWFLAKE_USER": "loader",
        "SNOWFLAKE_PRIVATE_KEY_PATH": str(_key(folder)),
        "SNOWFLAKE_DATABASE": "WAREHOUSE",
        "SNOWFLAKE_WAREHOUSE": "LOADING",
        "SNOWFLAKE_ROLE": "LOADER",
    }
    environment.setenv("TMPDIR", str(folder))  # where the loader and the stand-in lay their files
    # Without it the connector looks for the clouds' metadata services.
    environment.setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
    environment.setenv("REQUESTS_CA_BUNDLE", str(folder / "ca.pem"))
    script = ROOT / "tests" / "destinations" / "snowflake_standin.py"
    command: list[str | Path] = [BIN / "python", "-W", "ignore", script, variables["SNOWFLAKE_DATABASE"], tls]
    with (
        (folder / "standin.log").open("w") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout
            port = process.stdout.readline()
            assert port, (folder / "standin.log").read_text()
            with Relay(int(port), proxy=True) as relay:
                for name in ("HTTPS_PROXY", "https_proxy"):
                    environment.setenv(name, f"http://127.0.0.1:{relay.port}")
                for name in ("NO_PROXY", "no_proxy"):
                    environment.setenv(name, "127.0.0.1")
                yield Snowflake(process, variables)
                assert {head.split()[1] for head in relay.heads} == {f"{_HOST}:443"}
        finally:
            with suppress(ProcessLookupError):
                process.kill()


def _key(folder: Path) -> Path:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, pkcs8, bare = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = folder / "user.p8"
    file.write_bytes(key.private_bytes(pem, pkcs8, bare))
    return file
