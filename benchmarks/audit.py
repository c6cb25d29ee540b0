"""How fast documents are audited: cold, and how it grows with their length.

python benchmarks/audit.py                # five notes of the renderers, cold; and one note 1, 2, 4 ... 32 times as long
python benchmarks/audit.py notes.md ...   # the same for documents of your own
python benchmarks/audit.py notes.md=problem.toml ...   # each with its problem
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from chalkgrad import audit, example, load, render, solve
from chalkgrad.examples import names

ROUNDS = 5


def five_notes(folder):
    """Notes of five built-in examples with the name of the problem of each."""
    out = []
    for k, name in enumerate(("mazur", "two-two-one", "relu-bce", "nptel", "single-neuron")):
        assert name in names()
        form, ending = (("markdown", "md"), ("latex", "tex"))[k % 2]
        path = folder / f"{name}.{ending}"
        path.write_text(render(solve(example(name), iterations=1), form), encoding="utf-8")
        out.append((str(path), name))
    return out


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def cold(documents):
    """Seconds of one process for all documents without a problem, and of one for each with its problem."""
    command = [sys.executable, "-m", "chalkgrad", "audit", "--exit-zero"]

    def together():
        subprocess.run(
            [*command, *(d for d, _ in documents)], check=True, stdout=subprocess.DEVNULL
        )

    def apart():
        for document, problem in documents:
            more = ["--problem", problem] if problem else []
            subprocess.run([*command, document, *more], check=True, stdout=subprocess.DEVNULL)

    rounds = [(seconds(together), seconds(apart)) for _ in range(ROUNDS)]  # interleaved
    return [sorted(times)[ROUNDS // 2] for times in zip(*rounds, strict=True)]


def growth(document, problem):
    """Characters, and seconds with and without the problem, of a document put together several times."""
    text = Path(document).read_text(encoding="utf-8")
    known = None
    if problem:
        known = example(problem) if problem in names() else load(problem)
    name = Path(document).name
    audit({name: text}, known)  # what is imported and compiled once
    for times in (1, 2, 4, 8, 16, 32):
        long, limits = {name: text * times}, {"document_bytes": 1e9, "figures": 1e9}
        alone = min(seconds(partial(audit, long, limits=limits)) for _ in range(2))
        with_it = min(seconds(partial(audit, long, known, limits=limits)) for _ in range(2))
        yield len(text) * times, alone, with_it


def main():
    with tempfile.TemporaryDirectory() as folder:
        given = [tuple((*a.split("="), "")[:2]) for a in sys.argv[1:]]
        documents = given or five_notes(Path(folder))
        together, apart = cold(documents)
        print(
            f"{len(documents)} documents, cold, one process: {together:.2f} s; a process each, with its problem: {apart:.2f} s"
        )
        print(f"{'characters':>12} {'alone s':>9} {'s/MB':>7} {'with problem s':>15} {'s/MB':>7}")
        for size, alone, with_it in growth(*documents[0]):
            print(
                f"{size:12,} {alone:9.3f} {alone / size * 1e6:7.2f} {with_it:15.3f} {with_it / size * 1e6:7.2f}"
            )


if __name__ == "__main__":
    main()
