"""How fast documents are audited: cold, and how it grows with their length.

python benchmarks/audit.py                # five notes of the renderers, cold; and one note 1, 2, 4 ... 32 times as long
python benchmarks/audit.py notes.md ...   # the same for documents of your own
python benchmarks/audit.py notes.md=problem.toml ...   # each with its problem
"""

from __future__ import annotations

import resource
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


ALL = """
import sys
from chalkgrad import audit, example, load
from chalkgrad.examples import names
for given in sys.argv[1:]:
    document, _, problem = given.partition("=")
    audit(document, (example(problem) if problem in names() else load(problem)) if problem else None)
"""


def cold(documents):
    """Seconds, and those of the processor, of a cold process for all documents: without their problems, and with."""
    with_problems = [f"{document}={problem}" for document, problem in documents]
    commands = (
        [sys.executable, "-m", "chalkgrad", "audit", "--exit-zero", *(d for d, _ in documents)],
        [sys.executable, "-c", ALL, *with_problems],
    )
    rounds = [[measured(command) for command in commands] for _ in range(ROUNDS)]  # interleaved
    return [
        (sorted(t for t, _ in times)[ROUNDS // 2], min(cpu for _, cpu in times))
        for times in zip(*rounds, strict=True)
    ]


def measured(command):
    """Seconds of a command by the clock, and of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = seconds(partial(subprocess.run, command, check=True, stdout=subprocess.DEVNULL))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


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
        for how, (taken, cpu) in zip(
            ("alone", "with their problems"), cold(documents), strict=True
        ):
            print(
                f"{len(documents)} documents, one cold process, {how}: {taken:.2f} s (middle of {ROUNDS}), "
                f"{cpu:.2f} s of the processor (least)"
            )
        print(f"{'characters':>12} {'alone s':>9} {'s/MB':>7} {'with problem s':>15} {'s/MB':>7}")
        for size, alone, with_it in growth(*documents[0]):
            print(
                f"{size:12,} {alone:9.3f} {alone / size * 1e6:7.2f} {with_it:15.3f} {with_it / size * 1e6:7.2f}"
            )


if __name__ == "__main__":
    main()
