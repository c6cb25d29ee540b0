"""Right sheets in number: how many of their lines are called wrong."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

from chalkgrad.marking.marker import Marker
from marking import papers, planting
from marking import sheets_oracle as oracle


def run(problems, seed):
    """Counts of sheets, lines and wrong verdicts, and the lines that were called wrong."""
    counts, accused = Counter(), []
    for m in range(problems):
        rng = random.Random(seed * 100003 + m)
        p = papers.random_problem(rng)
        marker = Marker(p)
        for habit in papers.HABITS:
            style = (rng.choice(("dec", "sig")), rng.choice((2, 3, 4, 5, 6)))
            how = rng.choice(("full", "full", "half", "results", "ends"))
            try:
                text = oracle.work(p, papers.Paper(rng, habit, style))
            except (ValueError, ZeroDivisionError, OverflowError):
                continue  # ln of an output that was rounded to 0 or 1
            sheet = planting.part_of(rng, text, how)
            if not sheet:
                continue
            counts["sheets"] += 1
            counts["lines"] += len(sheet)
            if habit == "varied" and how != "full":
                counts["undecided sheets"] += 1
            for answer in marker.mark("x", list(sheet.items())).answers:
                if answer.verdict != "right":
                    undecided = habit == "varied" and how != "full"
                    counts["undecided " + answer.verdict if undecided else answer.verdict] += 1
                    accused.append((m, habit, style, how, answer))
    return counts, accused


if __name__ == "__main__":
    started = time.time()
    counts, accused = run(int(sys.argv[1]), int(sys.argv[2]))
    print(dict(counts), f"{time.time() - started:.0f} s")
    for row in accused[:25]:
        print(
            *row[:4],
            row[4].name,
            row[4].text,
            row[4].expected,
            row[4].followed,
            row[4].verdict,
            row[4].remarks,
        )
