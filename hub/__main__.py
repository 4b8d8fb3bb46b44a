"""Write hub/tap-helpcrunch.yml from the output of the tap's --about."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from hub.definition import definition, text

FILE = Path(__file__).with_name("tap-helpcrunch.yml")


def main() -> None:
    """Ask the tap and write the file."""
    command = [sys.executable, "-m", "tap_helpcrunch", "--about", "--format", "json"]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60, cwd=FILE.parents[1]).stdout
    FILE.write_text(text(definition(json.loads(told))), encoding="utf-8")


if __name__ == "__main__":
    main()
