"""How long the command takes, as a multiple of starting Python, and how cost grows with the weights.

Run it on a quiet machine: ``make bench``. Every figure is a median of interleaved runs.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from chalkgrad import Choice, Layer, Problem, Sample, Training, render, solve

RUNS = 15
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "chalkgrad --help": [sys.executable, "-m", "chalkgrad", "--help"],
    "chalkgrad solve mazur": [sys.executable, "-m", "chalkgrad", "solve", "mazur"],
    "solve mazur --format html": [
        sys.executable,
        "-m",
        "chalkgrad",
        "solve",
        "mazur",
        "--format",
        "html",
    ],
    "mazur, 10,000 iterations": [
        sys.executable,
        "-m",
        "chalkgrad",
        "solve",
        "mazur",
        "--iterations",
        "10000",
    ],
}


def commands() -> None:
    times = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times[name].append(time.perf_counter() - began)
    base = statistics.median(times["python -c pass"])
    print(f"{'command':28} {'median':>9} {'x pass':>8}")
    for name, found in times.items():
        median = statistics.median(found)
        print(f"{name:28} {median * 1e3:6.1f} ms {median / base:8.1f}")


def square(width: int) -> Problem:
    def layer() -> Layer:
        rows = tuple(
            tuple(((7 * i + 3 * j) % 11 - 5) / 10 for i in range(width)) for j in range(width)
        )
        return Layer(rows, (0.1,) * width, Choice("sigmoid"))

    x = tuple((i % 5) / 5 for i in range(width))
    return Problem((layer(), layer(), layer()), (Sample(x, x),), Training(learning_rate=0.5))


def growth() -> None:
    print(
        f"\n{'network':14} {'weights':>8} {'solve':>10} {'us/weight':>10} {'text':>9} {'us/weight':>10}"
    )
    for width in (2, 3, 5, 7, 10, 14, 20):
        problem = square(width)
        best = text = float("inf")
        for _ in range(5):
            began = time.perf_counter()
            worked = solve(problem)
            best = min(best, time.perf_counter() - began)
            began = time.perf_counter()
            render(worked)
            text = min(text, time.perf_counter() - began)
        n = problem.weight_count
        name = "-".join([str(width)] * 4)
        print(
            f"{name:14} {n:8} {best * 1e3:7.1f} ms {best / n * 1e6:10.0f} {text * 1e3:6.1f} ms {text / n * 1e6:10.0f}"
        )


if __name__ == "__main__":
    commands()
    growth()
