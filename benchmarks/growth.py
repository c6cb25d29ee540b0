"""How the cost of a training step grows: with the width, the batch, the number of steps and of rows.

    python benchmarks/growth.py

One thread, 64-h-10, relu, float32. Sizes are timed in turn, round after round, in stretches of a few milliseconds;
of each the fastest counts, which is what is left when nothing else disturbs.
"""

from __future__ import annotations

import time

import numpy as np

from chalkgrad.records import Choice, Training
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.engines import Batches, make_engine

ROUNDS = 25
STRETCH = 0.004
WIDTHS, SIZES = (8, 32, 128, 512, 1024), (1, 4, 32, 128)


class Runner:
    """Trains a network on drawn data; `seconds` holds what a step took at best."""

    def __init__(self, width: int, batch: int, rows: int = 2048, steps: int = 0) -> None:
        acts = (Choice("relu"), Choice("softmax"))
        training = Training(Choice("cross_entropy"), learning_rate=1e-4)
        made = Architecture((64, width, 10), acts, (width, 10), training)
        self.engine = make_engine(made, name="llvm", dtype="float32", batch=batch, threads=1)
        rng = np.random.default_rng(0)
        self.x = rng.random((rows, 64), dtype=np.float32)
        self.t = np.eye(10, dtype=np.float32)[rng.integers(0, 10, rows)]
        self.order, self.batch = rng.permutation(rows), batch
        self.state = self.engine.start(rng.normal(size=made.count) * 0.05)
        self.seconds = 1.0
        self.steps = steps or 2
        while not steps and self.run() * self.steps < STRETCH:
            self.steps *= 2

    def run(self) -> float:
        order = np.resize(self.order, self.steps * self.batch)
        batches = Batches(self.x, self.t, None, order, self.batch, np.full(self.steps, 1e-4))
        begun = time.perf_counter()
        self.engine.run(self.state, batches)
        spent = (time.perf_counter() - begun) / self.steps
        self.seconds = min(self.seconds, spent)
        return spent


def main() -> None:
    grid = {(width, batch): Runner(width, batch) for width in WIDTHS for batch in SIZES}
    base = grid[128, 32].steps
    more = {
        "ten times the steps": Runner(128, 32, steps=10 * base),
        "30 times the rows": Runner(128, 32, rows=61_440, steps=base),
    }
    for _ in range(ROUNDS):
        for runner in [*grid.values(), *more.values()]:
            runner.run()
    print("us a step      " + "".join(f"{f'batch {batch}':>12s}" for batch in SIZES))
    for width in WIDTHS:
        print(
            f"width {width:<9d}" + "".join(f"{grid[width, b].seconds * 1e6:12.2f}" for b in SIZES)
        )
    print("\n8 x the width, from 128 (at most 8.5)")
    for batch in SIZES:
        ratio = grid[1024, batch].seconds / grid[128, batch].seconds
        print(f"  batch {batch:<6d}{ratio:6.2f}")
    print("4 x the batch, from 32 (at most 4.3)")
    for width in WIDTHS:
        print(f"  width {width:<6d}{grid[width, 128].seconds / grid[width, 32].seconds:6.2f}")
    print("a step of 64-128-10, batch 32 (1 is no change)")
    for name, runner in more.items():
        print(f"  {name:<22s}{runner.seconds / grid[128, 32].seconds:6.2f}")


if __name__ == "__main__":
    main()
