#!/usr/bin/env python3
"""What reading a sentence costs inside a process: with ids, and with a title that has to be found.

    python3 benchmarks/reading.py

Targets: less than 2 ms at 1,000 tasks, less than 10 ms at 10,000 when a title is used. The tracker is fresh for every
reading, as it is in a command; the least of several runs is printed, for a busy machine only adds to it.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

SENTENCES = {
    "with an id": "mark task 3.50 complete",
    "several ids and a date": "start 2.1, 2.2 and 2.4 and 3.1 is due next friday",
    "a question": "is 3.50 blocked?",
    "with a title": "finish the harbour inspection",
    "must not change": "if 3.50 lands, complete 3.51",
}
LIMITS = {1000: 2.0, 10000: 10.0}
RUNS = 30


def main() -> None:
    from latency import AT, tracker_text

    from domain.language import Given, interpret
    from infrastructure.codec import decode_canonical

    gc.disable()
    print("| tasks | sentence | ms | target |\n|---|---|---|---|")
    for size, limit in LIMITS.items():
        text = tracker_text(size).replace('"title":"survey', '"title":"Harbour inspection, survey', 1)
        for name, sentence in SENTENCES.items():
            least = float("inf")
            for _ in range(RUNS):
                tracker = decode_canonical(text)
                start = time.perf_counter()
                interpret(sentence, tracker, Given(AT, "dana", (), ()))
                least = min(least, (time.perf_counter() - start) * 1000)
            print(f"| {size} | {name} | {least:.2f} | < {limit:g} ms {'met' if least < limit else 'MISSED'} |")


if __name__ == "__main__":
    main()
