"""``python -m tests.lives``: play lives until time is up, and count them."""

from __future__ import annotations

import argparse
import logging
import secrets
import sys
import time
import traceback
from collections import Counter

from tests.lives.playing import play
from tests.lives.runners import InProcess, Processes

HIGHEST = 10**9


def main() -> int:
    """Play; return 1 if a life failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.lives", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long to play (10)")
    parser.add_argument("--life", type=int, help="the number of the first life; any by default")
    parser.add_argument("--lives", type=int, help="the most to play")
    parser.add_argument(
        "--in-process", action="store_true", help="run the tap in this process: faster, without SIGKILL"
    )
    given = parser.parse_args()
    runner = InProcess() if given.in_process else Processes()
    logging.disable(logging.CRITICAL)
    first = secrets.randbelow(HIGHEST) if given.life is None else given.life
    print(f"from life {first} on; one is played again by --life NUMBER --lives 1")
    counts: Counter[str] = Counter()
    end, number = time.monotonic() + 60 * given.minutes, first
    while time.monotonic() < end and (given.lives is None or number - first < given.lives):
        try:
            counts.update(play(number, runner).runs)
        except KeyboardInterrupt:
            break
        except Exception:  # noqa: BLE001 - each is shown, then the next life is played
            counts["failed lives"] += 1
            traceback.print_exc(file=sys.stdout)
        number += 1
    counts["lives"] = number - first
    print(", ".join(f"{name}: {count:,}" for name, count in sorted(counts.items())))
    return int(counts["failed lives"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
