# /// script
# dependencies = ["tap-helpcrunch"]
#
# [tool.uv.sources]
# tap-helpcrunch = { path = "../..", editable = true }
# ///
"""**tap-helpcrunch**: this repository's tap, as a user runs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tap_helpcrunch.tap import TapHelpCrunch

URL, KEY, FOLDER, PACE = sys.argv[1:5]
folder = Path(FOLDER)
config, catalog = folder / "config.json", folder / "catalog.json"
config.write_text(json.dumps({"api_url": URL, "api_key": KEY, "requests_per_minute": float(PACE)}))
catalog.write_text(json.dumps({"streams": [{"tap_stream_id": name, "schema": {}} for name in ("chats", "messages")]}))
TapHelpCrunch.cli(["--config", str(config), "--catalog", str(catalog)])
