"""``python -m tests.lives``: play lives until time is up, and count them."""

import argparse
import multiprocessing
import secrets
import signal
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.lives.playing import play_some

HIGHEST = 10**9


def main() -> int:
    """Play; return 1 if a life failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.lives", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long to play (10)")
    parser.add_argument("--life", type=int, help="the number of the first life; any by default")
    parser.add_argument("--lives", type=int, default=HIGHEST, help="the most to play")
    parser.add_argument("--workers", type=int, default=4, help="how many to play at the same time (4); they often wait")
    parser.add_argument(
        "--in-process", action="store_true", help="run the tap in the worker's process: faster, without SIGKILL"
    )
    given = parser.parse_args()
    first = secrets.randbelow(HIGHEST) if given.life is None else given.life
    print(f"from life {first} on; one is played again by --life NUMBER --lives 1", flush=True)
    counts: Counter[str] = Counter()
    with ProcessPoolExecutor(given.workers, multiprocessing.get_context("spawn")) as workers:
        shares = [range(first + number, first + given.lives, given.workers) for number in range(given.workers)]
        playing = [workers.submit(play_some, share, 60 * given.minutes, given.in_process) for share in shares]
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # which ends the workers, and they are counted
        for played in playing:
            counts.update(played.result())
    print(", ".join(f"{name}: {count:,}" for name, count in sorted(counts.items())))
    return int(counts["failed lives"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
