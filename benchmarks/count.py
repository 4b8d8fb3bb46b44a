"""Counts what a run wrote; in a separate process, so that no run inherits the memory of the sets below."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(folder: Path) -> dict[str, int]:
    """Count distinct rows of both streams, SCHEMA lines and bytes of STATE."""
    ids: dict[str, set[int]] = {"chats": set(), "messages": set()}
    schemas = states = 0
    with (folder / "out").open("rb") as lines:
        for line in lines:
            try:
                found = json.loads(line)
            except ValueError:
                continue  # the last line of a run that died
            kind = found.get("type", "RECORD")
            if kind == "RECORD":
                ids[found["stream"]].add(int(found["record"]["id"]))
            schemas += kind == "SCHEMA"
            states += len(line) if kind == "STATE" else 0
    for stream, seen in ids.items():
        for file in folder.glob(f"rows/*/{stream}/*.jsonl"):
            with file.open("rb") as lines:
                seen.update(int(json.loads(line)["id"]) for line in lines)
    return {"records": sum(map(len, ids.values())), "schemas": schemas, "state_bytes": states}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
