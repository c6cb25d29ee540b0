"""How fast sheets are marked: sheets a second, and how it grows with sheets and with weights.

python benchmarks/check.py            # 10,000 sheets of 27 answers, a third with slips
python benchmarks/check.py --folder   # the same from files, with gradebook and feedback pages
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from chalkgrad.marking.classroom import mark_raw
from chalkgrad.marking.marker import Marker
from chalkgrad.marking.sheets import read_bytes
from marking import papers, planting
from marking import sheets_oracle as oracle

KINDS = ("z", "a", "loss", "delta", "grad_w", "new_w")


def sheets_of(size, count, seed, slipped=1 / 3):
    """A problem and the texts of sheets of it."""
    rng = random.Random(seed)
    while True:
        p = papers.random_problem(
            rng, plain=True, size=size, hidden="sigmoid", loss="half_squared_error"
        )
        if all(layer.bias is not None for layer in p.layers):
            break
    sites, out = planting.sites(p), []
    while len(out) < count:
        paper = papers.Paper(
            rng, rng.choice(("exact", "carried", "mixed")), ("dec", rng.choice((4, 5, 6)))
        )
        slips = (rng.choice(sites)[0],) if rng.random() < slipped else ()
        try:
            text = oracle.work(p, paper, slips)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
        out.append({k: v for k, v in text.items() if k.split("[")[0] in KINDS})
    return p, out


def as_csv(sheet):
    return "quantity,answer\n" + "".join(f'"{k}",{v}\n' for k, v in sheet.items())


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def line(title, p, sheets):
    files = [as_csv(s).encode() for s in sheets]
    start = time.perf_counter()
    marker = Marker(p)
    wrong = 0
    for n, data in enumerate(files):
        for raw in read_bytes(
            data, f"{n}.csv", lambda name: not isinstance(marker.layouts.resolve(name), str)
        ):
            wrong += bool(mark_raw(marker, raw).wrong)
    took = time.perf_counter() - start
    print(
        f"{title:34}{len(sheets[0]):>8}{len(sheets):>9}{took:>9.2f} s{len(files) / took:>9.0f}/s{wrong:>8}{memory():>8} MB"
    )


def folder(count):
    from chalkgrad.check_commands import check_command

    p, sheets = sheets_of([2, 2, 2], count, 3)
    with tempfile.TemporaryDirectory() as place:
        for n, sheet in enumerate(sheets):
            Path(place, "in").mkdir(exist_ok=True)
            Path(place, "in", f"s{n:05}.csv").write_text(as_csv(sheet))
        for jobs in (1, 2):
            start = time.perf_counter()
            code = check_command(p, (f"{place}/in",), output=f"{place}/out{jobs}", jobs=jobs)
            took = time.perf_counter() - start
            print(
                f"{count} files to gradebook and pages, {jobs} processes: {took:.1f} s, exit code {code}, {memory()} MB"
            )


if __name__ == "__main__":
    if "--folder" in sys.argv:
        folder(10_000)
        sys.exit()
    print(f"{'network':34}{'answers':>8}{'sheets':>9}{'':>11}{'':>9}  {'wrong':>8}")
    for count in (1_000, 10_000, 20_000):
        line("2-2-2, a third with slips", *sheets_of([2, 2, 2], count, 3))
    line("2-2-2, no slips", *sheets_of([2, 2, 2], 10_000, 3, 0))
    line("2-2-2, every sheet a slip", *sheets_of([2, 2, 2], 10_000, 3, 1))
    for size in ([4, 4, 4], [4, 8, 4], [8, 8, 8]):
        line("-".join(map(str, size)), *sheets_of(size, 500, 3))
