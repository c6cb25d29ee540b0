"""Notes written by the renderers: clean ones, and ones with a single figure that is wrong.

The wrong figure is what a slip of plain loops gives for that quantity, or an accident of its digits. Nothing
here reads a formula or the table of slips. ``python planted_notes.py 300 1`` prints counts for 300 notes of
seed 1 in Markdown and LaTeX, with the problem and from the arithmetic alone; ``python planted_notes.py 300 1 text``
for notes in plain text; ``-v`` shows what was missed or falsely accused.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace

from chalkgrad import Digits, Policy, render, solve
from chalkgrad.auditing.front import audit
from chalkgrad.auditing.patch import edits
from chalkgrad.boxes import to_plain
from chalkgrad.compose import compose
from chalkgrad.rendering.document import Equations
from marking import papers, planting
from marking import sheets_oracle as oracle

STYLES = ("chain", "delta", "matrix")
NOTATIONS = ("index", "numbered", "source_first")
ROW = re.compile(r"&\s*(?:=|\{\}=)")
NUMBER = re.compile(r"(?<![\w.^_{\\])-?\d+\.\d+|(?<![\w.^_{\\])-?\d+(?![\w.^}\]])")
NAMES = {"markdown": "notes.md", "latex": "notes.tex", "text": "notes.txt"}


@dataclass(frozen=True)
class Note:
    """A note, and where it prints the value of each quantity: (line, column, text), from 1."""

    problem: object
    name: str
    text: str
    style: tuple[str, int]
    shown: dict[str, tuple[int, int, str]]
    operands: list[tuple[int, int, str]]
    about: tuple[object, ...]


def random_note(seed, *, wide=False, form=None):
    """A note of a random problem in a random style, policy and format; None where it cannot be worked."""
    rng = random.Random(seed)
    problem = papers.random_problem(rng, plain=not wide)
    mode = rng.choice(("exact", "carried"))
    kind, count = rng.choice((("decimals", 3), ("decimals", 4), ("decimals", 5), ("decimals", 6),
                              ("significant", 4), ("significant", 5), ("significant", 6), ("significant", 9)))  # fmt: skip
    style, notation = rng.choice(STYLES), rng.choice(NOTATIONS)
    drawn = rng.choice(("markdown", "latex"))
    form = form or drawn
    policy = Policy(mode, Digits(kind, count))
    try:
        working = solve(replace(problem, arithmetic=policy), style=style, notation=notation)
        text = render(working, form)
        document = compose(working)
    except (ArithmeticError, ValueError):
        return None
    shown, operands = (_typed_places if form == "text" else _places)(text, document)
    about = (seed, form, style, notation, mode, kind, count)
    return Note(problem, NAMES[form], text, (kind[:3], count), shown, operands, about)


def _places(text, document):
    """Where the rows of the equations end in a number, by the name of the equation."""
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        starts = [m.end() for m in ROW.finditer(line)]
        rows += [
            (number, a, b, line) for a, b in zip(starts, [*starts[1:], len(line)], strict=False)
        ]
    items = [item for part in document.parts if isinstance(part, Equations) for item in part.items]
    if len(rows) != sum(len(item.steps) for item in items):
        return {}, []
    shown, operands, at = {}, [], 0
    for item in items:
        for k in range(len(item.steps)):
            number, start, end, line = rows[at]
            at += 1
            piece = re.split(r"\\\\[*[]|\\\\$|\\end\{a|\\,\{\}\^|%", line[start:end])[0]
            found = [(start + m.start() + 1, m[0]) for m in NUMBER.finditer(piece)]
            if k == len(item.steps) - 1 and re.fullmatch(RESULT, piece):
                shown |= {
                    name: (number, *place)
                    for name, place in zip(_entries(item.name, piece), found, strict=True)
                }
            elif k and "=" not in piece:
                operands += [(number, *place) for place in found if "." in place[1]]
    return shown, operands


def _typed_places(text, document):
    """The same for plain text, in which a row of an equation can go on in the next lines."""
    lines = text.replace("−", "-").split("\n")
    items = [item for part in document.parts if isinstance(part, Equations) for item in part.items]
    shown, operands, at = {}, [], 0
    for item in items:
        left = to_plain(item.left).replace("−", "-")
        at = next(
            n for n in range(at, len(lines)) if re.match(rf"  {re.escape(left)}( =|$)", lines[n])
        )
        for k in range(len(item.steps)):
            at += bool(k)
            while not (
                sign := re.match(r"\s+= " if k else rf"(  {re.escape(left)})?\s+= ", lines[at])
            ):
                at += 1
            piece = lines[at][sign.end() :].removesuffix(" †")
            found = [(sign.end() + m.start() + 1, m[0]) for m in FIGURE.finditer(piece)]
            if k == len(item.steps) - 1 and re.fullmatch(TYPED, piece):
                names = _entries(item.name, piece)
                shown |= {name: (at + 1, *place) for name, place in zip(names, found, strict=True)}
            elif k and "=" not in piece:
                operands += [(at + 1, *place) for place in found if "." in place[1]]
    return shown, operands


FIGURE = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
TYPED = r"-?\d+(?:\.\d+)?|\[-?\d+(?:\.\d+)?(?:;? -?\d+(?:\.\d+)?)*\]"
RESULT = (
    r"\s*(?:NUM|\\begin\{bmatrix\}\s*NUM(?:\s*(?:&|\\\\)\s*NUM)*\s*\\end\{bmatrix\})\s*".replace(
        "NUM", r"-?\d+(?:\.\d+)?"
    )
)


def _entries(name, piece):
    """The names of the numbers of a result: the quantity, or the entries of a vector or matrix."""
    name = re.sub(r"^(it\d+\.)?(s\d+\.)?", "", name)
    if "bmatrix" not in piece and "[" not in piece:
        return [name]
    rows = [row.count("&") + 1 for row in piece.split(r"\\")]
    if "[" in piece:
        rows = [len(row.split()) for row in piece.split(";")]
    if "," in name:
        stem = name.rpartition("[")[0]
        return [f"{stem}[{r},{c}]" for r, n in enumerate(rows, 1) for c in range(1, n + 1)]
    stem = name.rpartition("[")[0]
    return [f"{stem}[{r}]" for r in range(1, len(rows) + 1)]


# ---------------------------------------------------------------- planting
def far(old, new):
    """Whether a figure is another one, whatever its last digit was rounded from."""
    unit = 10.0 ** -min(len(old.partition(".")[2]), len(new.partition(".")[2]))
    return abs(float(new) - float(old)) > 1.5 * unit


def misread(rng, text):
    """One digit read as another."""
    places = [k for k, c in enumerate(text) if c.isdigit()]
    k = rng.choice(places)
    return text[:k] + rng.choice([d for d in "0123456789" if d != text[k]]) + text[k + 1 :]


def planted(note, rng):
    """(what, line, column, right text, wrong text) of one slip in a note; None where there is no room."""
    accidents = [*planting.ACCIDENTS, "misread"]
    what = rng.choice(["slip", "slip", "slip", "accident", "accident", "operand"])
    if what == "slip":
        sites = [s for s in planting.sites(note.problem) if s[1] in note.shown]
        if not sites:
            return None
        slip, name, _ = rng.choice(sites)
        try:
            text = oracle.work(note.problem, papers.Paper(rng, "exact", note.style), (slip,))
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        line, column, old = note.shown[name]
        what, new = f"slip {slip[0]}", text.get(name, old)
    else:
        places = list(note.shown.values()) if what == "accident" else note.operands
        if not places:
            return None
        line, column, old = rng.choice(places)
        how = rng.choice(accidents)
        new = misread(rng, old) if how == "misread" else planting.garble(rng, old, how)
        what = f"{what} {how}"
    if new is None or not re.fullmatch(r"-?\d+(\.\d+)?", new) or not far(old, new):
        return None
    return what, line, column, old, new


def carried_on(note, rng):
    """(what, name, text) of a note whose author made one slip and went on from it; None where there is no room.

    Every figure that changes is replaced wherever it stands; where two quantities print the same figure and only
    one of them changes, nobody could tell which is meant, and there is none.
    """
    sites = [s for s in planting.sites(note.problem) if s[1] in note.shown]
    if not sites or "carried" in note.about:  # the slip is worked out with all digits
        return None
    slip, name, _ = rng.choice(sites)
    try:
        right = oracle.work(note.problem, papers.Paper(rng, "exact", note.style))
        wrong = oracle.work(note.problem, papers.Paper(rng, "exact", note.style), (slip,))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    right = {k: note.shown[k][2] if k in note.shown else v for k, v in right.items()}
    new = {}
    for k, old in right.items():
        value = wrong.get(k, old)
        if not far(old, value) and k != name:
            value = old
        if new.setdefault(old, value) != value or new.setdefault(
            old.lstrip("-"), value.lstrip("-")
        ) != value.lstrip("-"):
            return None
    if not far(right[name], new[right[name]]) or right[name].lstrip("-") in given_texts(note):
        return None
    changed = {k: v for k, v in new.items() if k != v and "." in k}
    if len(changed) < 2:
        return None

    def swapped(m):
        printed = m[0].replace("−", "-")
        return _signed(note.text, changed.get(printed, printed))

    return f"carried on: {slip[0]}", name, re.sub(r"(?<![\w.])[-−]?\d+\.\d+", swapped, note.text)


def given_texts(note):
    """The given numbers as texts; a slip that hits one of them cannot be told from it."""
    numbers = [w for layer in note.problem.layers for row in layer.weights for w in row]
    numbers += [v for s in note.problem.samples for v in (*s.input, *s.target)]
    return {f"{abs(v):g}" for v in numbers}


def with_figure(text, line, column, old, new):
    lines = text.split("\n")
    row = lines[line - 1]
    assert row[column - 1 : column - 1 + len(old)].replace("−", "-") == old
    lines[line - 1] = row[: column - 1] + _signed(text, new) + row[column - 1 + len(old) :]
    return "\n".join(lines)


def _signed(text, number):
    """A number with the minus of a text."""
    return number.replace("-", "−") if "−" in text else number


# ---------------------------------------------------------------- counting
def false_alarms(note, *, known=True):
    """The figures of a clean note that are called wrong."""
    return audit({note.name: note.text}, note.problem if known else None).wrong


def judged(note, slip, *, known=True):
    """Whether the planted figure is flagged, and the figures that are accused in its place."""
    _, line, column, old, new = slip
    found = audit(
        {note.name: with_figure(note.text, line, column, old, new)}, note.problem if known else None
    )
    hit = [
        f
        for f in found.wrong
        if f.line == line and f.column <= column + len(new) - 1 and f.end > column
    ]
    return bool(hit), [f for f in found.wrong if f not in hit and f.cause is None], found


def notes(count, seed, **more):
    n = 0
    while count:
        n += 1
        note = random_note(seed * 1_000_003 + n, **more)
        if note and note.shown:
            count -= 1
            yield note


def run(count, seed, *, known=True, verbose=False, form=None):
    """Counts over clean notes and over the same notes with one slip each."""
    counts = Counter()
    for note in notes(count, seed, form=form):
        rng = random.Random(note.about[0])
        alarms = false_alarms(note, known=known)
        counts["clean"] += 1
        counts["clean with a false alarm"] += bool(alarms)
        if alarms and verbose:
            print(
                "ALARM",
                note.about,
                [(f.line, f.printed, f.expected, f.name, f.explanation[:90]) for f in alarms[:3]],
            )
        on = next(filter(None, (carried_on(note, rng) for _ in range(10))), None)
        if on:
            what, name, text = on
            found = audit({note.name: text}, note.problem if known else None)
            line, column, _ = note.shown[name]
            origins = [f for f in found.wrong if f.cause is None]
            counts["carried on"] += 1
            counts["carried on, origin found"] += any(f.line == line for f in origins)
            others = [f for f in origins if f.line != line]
            counts["carried on, something else accused"] += bool(others)
            if verbose and (others or not origins):
                print(
                    "ON",
                    note.about,
                    what,
                    name,
                    line,
                    [
                        (f.line, f.printed, f.expected, f.name, f.explanation[:60])
                        for f in others[:2]
                    ],
                )
        slip = next(filter(None, (planted(note, rng) for _ in range(40))), None)
        if slip is None:
            continue
        hit, others, found = judged(note, slip, known=known)
        group = "operand" if slip[0].startswith("operand") else "result"
        counts[f"planted {group}"] += 1
        counts[f"flagged {group}"] += hit
        made = edits(found, note.name)
        right = [
            m
            for m in made
            if (m.line, m.column) == slip[1:3]
            and not far(slip[3], m.text.strip("()").replace("−", "-"))
        ]
        counts["put right by --fix"] += hit and len(right) == 1
        counts["accused in its place or beside it"] += bool(others)
        if verbose and not hit:
            print("MISSED", note.about, slip, [(f.line, f.printed, f.expected) for f in others[:2]])
        elif verbose and others:
            print(
                "BESIDE",
                note.about,
                slip,
                [(f.line, f.printed, f.expected, f.explanation[:60]) for f in others[:2]],
            )
    return counts


if __name__ == "__main__":
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    for known in (True, False):
        started = time.perf_counter()
        form = "text" if "text" in sys.argv else None
        counts = run(count, seed, known=known, verbose="-v" in sys.argv, form=form)
        print(
            "with the problem" if known else "arithmetic alone",
            f"({time.perf_counter() - started:.1f} s)",
        )
        for key in sorted(counts):
            print(f"  {key}: {counts[key]}")
