"""The README's pipe, with target-jsonl for its target: without Meltano."""

import json
import re
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

from simulator import Account, Server
from tests.destinations import accounts
from tests.destinations.project import JSONL, PATIENCE, ROOT
from tests.running import config, sync

_DUCKDB = "helpcrunch-target-duckdb"


def lines(*files: Path) -> list[dict[str, t.Any]]:
    # Not splitlines: texts may hold other characters that end a line for it.
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").split("\n") if line]


def test_the_readmes_pipe_brings_rows_and_keeps_its_state(tmp_path: Path, account: Account, server: Server) -> None:
    (block,) = re.findall(r"(?m)^\[ -e state.json.*\n.*\n.*$", (ROOT / "README.md").read_text(encoding="utf-8"))
    for part, other in (("--config ENV", "--config config.json"), (f"{_DUCKDB} --config duckdb.json", "target-jsonl")):
        assert part in block
        block = block.replace(part, other)
    (tmp_path / "config.json").write_text(json.dumps(config(server)))

    def run(target: Path) -> str:
        folder = tmp_path / "programs"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        programs = {"tap-helpcrunch": Path(sys.executable).with_name("tap-helpcrunch"), "target-jsonl": target}
        for name, program in programs.items():
            (folder / name).symlink_to(program)
        bare = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(tmp_path)}
        subprocess.run(["/bin/sh", "-c", block], cwd=tmp_path, env=bare, timeout=PATIENCE, check=False)
        return (tmp_path / "state.json").read_text()

    plain = sync(server)
    server.requests.clear()
    first = run(JSONL)
    assert json.loads(first)["bookmarks"]["messages"]
    for stream in accounts.counts(account):
        held = {row["id"]: row for row in lines(*tmp_path.glob(f"{stream}-*.jsonl"))}
        assert held == {row["id"]: row for row in plain.records(stream)}
    before = len(server.requests)
    message = accounts.edit(account)
    assert run(Path("/bin/false")) == first
    broken = len(server.requests)
    run(JSONL)
    assert len(server.requests) - broken < before / 2
    # It appends: the row that changed stands there twice, the later one is right.
    rows = lines(*sorted(tmp_path.glob("messages-*.jsonl")))
    assert len([row for row in rows if row["id"] == message]) == 2
    assert {row["id"]: row["text"] for row in rows} == accounts.texts(account)


def test_a_jsonl_file_that_was_cut_is_mended_by_the_pages_line(
    tmp_path: Path, account: Account, server: Server
) -> None:
    """As after a full disk: a loader that is killed in a line leaves half of it."""
    page = (ROOT / "docs" / "destinations.md").read_text(encoding="utf-8")
    (mend,) = re.findall(r"(?m)^for f in .*$", page)
    (tmp_path / "output").mkdir()
    for stream in ("chats", "messages"):
        rows = [json.dumps(row) for row in sync(server).records(stream)]
        whole = "".join(f"{row}\n" for row in rows)
        (tmp_path / "output" / f"{stream}.jsonl").write_text(whole[: -7 if stream == "messages" else None])
    subprocess.run(["/bin/sh", "-c", mend], cwd=tmp_path, timeout=30, check=True)
    assert len(lines(tmp_path / "output" / "chats.jsonl")) == len(account.chats)
    assert len(lines(tmp_path / "output" / "messages.jsonl")) == len(account.messages) - 1
