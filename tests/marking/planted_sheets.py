"""One planted slip (or two) on a sheet: is its origin found, is it named, and what else is accused?"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter, defaultdict

from chalkgrad.marking.ground import Ground
from chalkgrad.marking.marker import Marker
from chalkgrad.marking.written import read
from marking import papers, planting
from marking import sheets_oracle as oracle


def all_names():
    """Every slip that can be planted."""
    seen = {}
    for m in range(400):
        for s in planting.sites(papers.random_problem(random.Random(m), plain=True)):
            seen.setdefault(s[0][0])
    return [*seen, *planting.ACCIDENTS]


def wanted_by(rng, name):
    """A random problem that has room for a slip, and the place."""
    while True:
        p = papers.random_problem(rng, plain=True)
        chosen = [s for s in planting.sites(p) if s[0][0] == name]
        if chosen:
            return p, rng.choice(chosen)


def plant(rng, p, site, name, habit, style):
    """(right text, text with the slip, line of the origin, names it may be given) or None."""
    try:
        clean = oracle.work(p, papers.Paper(random.Random(1), habit, style))
        if site:
            slipped = oracle.work(p, papers.Paper(random.Random(1), habit, style), (site[0],))
            return clean, slipped, site[1], site[2]
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    line = rng.choice(list(clean))
    text = planting.garble(rng, clean[line], name)
    return (clean, {**clean, line: text}, line, planting.ACCIDENTS[name]) if text else None


def ancestors_of(p, names):
    """For each name the names that its formula leans on, by the plan."""
    ground = Ground(p, [p.symbol(n) for n in names])
    order, setting = ground.compiled.order, ground.setting
    return {
        setting.name(s): {setting.name(order[a]) for a in ground.compiled.ancestors[k]}
        for k, s in enumerate(order)
    }


def judged(sheet, origin, names, leans, text):
    """(found, named first, among the names, number of readings, lines accused beside it, first name)."""
    wrong = [a for a in sheet.answers if a.verdict == "wrong"]
    mine = [
        a for a in wrong if a.name == origin or (origin not in text and origin in leans[a.name])
    ]
    beside = [a for a in wrong if a not in mine]
    if not mine:
        return 0, 0, 0, 0, len(beside), ""
    slips = mine[0].slips
    ok = [s.slip in names and (s.where == origin or s.slip.startswith("convention")) for s in slips]
    first = any(o for o, s in zip(ok, slips, strict=True) if s.reading == 0)
    readings = len({s.reading for s in slips})
    return 1, int(first), int(any(ok)), readings, len(beside), slips[0].slip if slips else "-"


def run(n, seed, names=None):
    """Tables of counts by (slip, digits, how)."""
    table, missed, accused = defaultdict(Counter), Counter(), []
    for name in names or all_names():
        for m in range(n):
            rng = random.Random(f"{seed} {name} {m}")
            p, site = (
                (papers.random_problem(rng, plain=True), None)
                if name in planting.ACCIDENTS
                else wanted_by(rng, name)
            )
            marker, leans = Marker(p), None
            for digits in (3, 4, 6):
                style, habit = (
                    (rng.choice(("dec", "sig")), digits),
                    rng.choice(("exact", "carried", "mixed")),
                )
                got = plant(rng, p, site, name, habit, style)
                if not got:
                    continue
                clean, text, origin, ok = got
                a, b = read(text[origin]), read(clean[origin])
                if a.value == b.value:
                    continue
                if name == "a digit lost" and clean[origin].startswith(text[origin]):
                    continue  # lost at the end, it is a coarser cut, and right
                if abs(a.value - b.value) <= 1.5 * b.unit:
                    ok = (*ok, "badly_rounded")  # only the last digit is another one
                leans = leans or ancestors_of(p, list(text))
                for how in ("full", "results"):
                    sheet = planting.part_of(rng, text, how)
                    if how == "results" and (
                        all(sheet[k] == clean[k] for k in sheet)
                        or (name in planting.ACCIDENTS and origin not in sheet)
                    ):
                        continue
                    r = judged(marker.mark("x", list(sheet.items())), origin, ok, leans, sheet)
                    c = table[name, digits, how]
                    c["n"] += 1
                    for key, x in zip(
                        ("found", "first", "among", "readings", "beside"), r[:5], strict=True
                    ):
                        c[key] += x
                    if r[4]:
                        accused.append(
                            (
                                name,
                                digits,
                                how,
                                habit,
                                style,
                                m,
                                origin,
                                sheet.get(origin),
                                clean[origin],
                            )
                        )
                    if r[0] and not r[1]:
                        missed[name, how, r[5]] += 1
    return table, missed, accused


def run_pairs(n, seed):
    """Two slips on a sheet: counts of origins planted, found, and sheets where another line is accused."""
    counts = Counter()
    for m in range(n):
        rng = random.Random(f"pair {seed} {m}")
        p = papers.random_problem(rng, plain=True)
        chosen = planting.sites(p)
        one, two = rng.choice(chosen), rng.choice(chosen)
        if one[1] == two[1]:
            continue
        for digits in (3, 4, 6):
            style, habit = (
                (rng.choice(("dec", "sig")), digits),
                rng.choice(("exact", "carried", "mixed")),
            )
            texts = []
            try:
                for slips in ((), (one[0],), (two[0],), (one[0], two[0])):
                    texts.append(
                        oracle.work(p, papers.Paper(random.Random(1), habit, style), slips)
                    )
            except (ValueError, ZeroDivisionError, OverflowError):
                continue
            clean, only_one, only_two, both = texts
            # each must show by itself, and beside the other one
            if only_one[one[1]] == clean[one[1]] or only_two[two[1]] == clean[two[1]]:
                continue
            if both[one[1]] == only_two[one[1]] or both[two[1]] == only_one[two[1]]:
                continue
            for how in ("full", "results"):
                sheet = planting.part_of(rng, both, how)
                if any(s not in sheet for s in (one[1], two[1])) and how == "results":
                    continue
                wrong = {
                    a.name
                    for a in Marker(p).mark("x", list(sheet.items())).answers
                    if a.verdict == "wrong"
                }
                counts["origins", how, digits] += 2
                counts["found", how, digits] += (one[1] in wrong) + (two[1] in wrong)
                counts["both", how, digits] += one[1] in wrong and two[1] in wrong
                counts["sheets", how, digits] += 1
                counts["beside", how] += len(wrong - {one[1], two[1]})
    return counts


def show(table, missed, accused):
    cols = [(d, h) for h in ("full", "results") for d in (3, 4, 6)]
    total = defaultdict(Counter)
    print(
        f"{'found / first / among (%), readings':36}"
        + "".join(f"{h + ' ' + str(d):>22}" for d, h in cols)
    )

    def row(title, counts):
        out = f"{title:36}"
        for c in counts:
            n, f = max(1, c["n"]), max(1, c["found"])
            out += f"{100 * c['found'] / n:7.1f}{100 * c['first'] / f:6.1f}{100 * c['among'] / f:6.1f}{c['readings'] / f:4.1f}"[
                :26
            ]
        print(out)

    for name in dict.fromkeys(k[0] for k in table):
        counts = [table[name, d, h] for d, h in cols]
        for col, c in zip(cols, counts, strict=True):
            total[col].update(c)
        row(name, counts)
    row("ALL", [total[c] for c in cols])
    for c in cols:
        n, found, first, beside = (total[c][k] for k in ("n", "found", "first", "beside"))
        print(
            f"{c}: {found / n:.3%} of {n} found, {first / found:.3%} named first, {beside} beside"
        )
    print("accused beside:", *accused[:12], sep="\n   ")
    print("not named first:", *missed.most_common(45), sep="\n   ")


if __name__ == "__main__":
    started = time.time()
    if sys.argv[1] == "pairs":
        print(dict(run_pairs(int(sys.argv[2]), int(sys.argv[3]))))
    else:
        show(*run(int(sys.argv[1]), int(sys.argv[2])))
    print(f"{time.time() - started:.0f} s")
