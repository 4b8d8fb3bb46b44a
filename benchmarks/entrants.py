"""The contestants: their environments, and how each is started."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCRIPTS = Path(__file__).parent / "contestants"
# The environment of a contestant: nothing that another run or the user's shell could change.
ENVIRONMENT = {
    **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ},
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}
UNLIMITED = 1_000_000


@dataclass(frozen=True)
class Entrant:
    """A contestant.

    Attributes:
        name: its name on the command line.
        title: its name in tables.
        environment: its virtual environment, `.venv-bench-...`.
        script: its script in contestants/; None for this repository's tap.
        package: the package whose version is printed.
        takes_config: whether it reads a config file, as SDK taps do, instead of arguments.
        max_in_flight: the tap's setting, None for its default.
    """

    name: str
    title: str
    environment: str
    script: str | None
    package: str
    takes_config: bool = False
    max_in_flight: int | None = None

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return ROOT / f".venv-bench-{self.environment}" / "bin" / "python"

    def command(self, url: str, key: str, folder: Path, per_minute: float | None) -> list[str]:
        """Prepare a run in a folder and return its command; without `per_minute` the pace is not limited."""
        if self.script is not None and not self.takes_config:
            return [str(self.python), str(SCRIPTS / self.script), url, key, str(folder)]
        config: dict[str, object] = {"api_url": url, "api_key": key}
        if self.script is None:
            config["requests_per_minute"] = per_minute or UNLIMITED
            config["max_in_flight"] = self.max_in_flight
        file = folder / "config.json"
        file.write_text(json.dumps(config), encoding="utf-8")
        if self.script is not None:
            return [str(self.python), str(SCRIPTS / self.script), "--config", str(file)]
        catalog = folder / "catalog.json"
        catalog.write_text(json.dumps(self._catalog(file)), encoding="utf-8")
        return [str(self.python), "-m", "tap_helpcrunch", "--config", str(file), "--catalog", str(catalog)]

    def _catalog(self, config: Path) -> dict[str, list[dict[str, object]]]:
        """Return the discovered catalog with what the others load selected: chats and messages."""
        command = [str(self.python), "-m", "tap_helpcrunch", "--config", str(config), "--discover"]
        found = subprocess.run(
            command, capture_output=True, check=True, timeout=120, env=ENVIRONMENT, cwd=config.parent
        )
        catalog: dict[str, list[dict[str, object]]] = json.loads(found.stdout)
        catalog["streams"] = [one for one in catalog["streams"] if one["tap_stream_id"] in ("chats", "messages")]
        return catalog

    def version(self) -> str:
        """Return the name and version of its package."""
        code = f"from importlib.metadata import version; print(version({self.package!r}))"
        done = subprocess.run(
            [str(self.python), "-c", code], capture_output=True, check=True, timeout=60, env=ENVIRONMENT
        )
        return f"{self.package} {done.stdout.decode().strip()}"


FLOOR = Entrant("floor", "floor: `requests` + `json`", "floor", "floor.py", "requests")
TAP = Entrant("tap", "**tap-helpcrunch**", "tap", None, "tap-helpcrunch", takes_config=True)
WIDE = replace(TAP, name="wide", title="**tap-helpcrunch**, `max_in_flight` 32", max_in_flight=32)
SINGER = Entrant("singer", "singer-python + backoff", "singer", "singer_python.py", "singer-python")
DLT = Entrant("dlt", "dlt `rest_api` source", "dlt", "dlt_rest.py", "dlt")
FLAT = Entrant("flat", "SDK template, flat state", "sdk", "sdk_template_flat.py", "singer-sdk", takes_config=True)
TEMPLATE = Entrant("template", "SDK template as it is", "sdk", "sdk_template.py", "singer-sdk", takes_config=True)
ENTRANTS = {one.name: one for one in (FLOOR, TAP, WIDE, SINGER, DLT, FLAT, TEMPLATE)}
