"""Labels of factors that stand under another factor than elsewhere, and factors with a letter that was misread.

One label means one thing until it is visibly given anew: in another section or example, before another
derivative, or where a product numbers its own factors from one end to the other. Only a label that is
said twice to mean something accuses anybody, and only of what another label of the document means.
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING

from chalkgrad.auditing.definitions import meanings
from chalkgrad.auditing.grids import Grid
from chalkgrad.auditing.labelled import counts, events
from chalkgrad.auditing.likeness import alike, printed_at, unlike, valued
from chalkgrad.auditing.places import HEADING
from chalkgrad.auditing.slipped import Stretch, slipped
from chalkgrad.auditing.sources import PROSE
from chalkgrad.formula import Sym, substitute, symbols
from chalkgrad.notation import Symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.labelled import Labelled
    from chalkgrad.auditing.likeness import Printed
    from chalkgrad.auditing.records import Finding
    from chalkgrad.formula import Formula

_PARTS = re.compile(
    r"^[ \t>*_#❖➤•\-]*(?:\\textbf\{)?(?:example|exercise|problem|question|case|iteration|epoch|step|part|method"
    r"|approach|sample|pattern|network|section|chapter|task|solution)\b[^\n]{0,8}?\d",
    re.MULTILINE | re.IGNORECASE,
)
_LOOK_ALIKE = {
    "gamma": "y", "omega": "w", "nu": "v", "alpha": "a", "rho": "p", "eta": "n", "mu": "u", "kappa": "k",
    "chi": "x", "tau": "t", "beta": "B", "sigma": "o", "iota": "i", "delta": "s", "theta": "o", "phi": "q",
}  # fmt: skip
"""Letters that handwriting does not tell apart."""
_SIGNS = {name: unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}") for name in _LOOK_ALIKE}
_MOST_WITNESSES = 6
_MOST_LINES = 8


def wrong_factors(bench: Bench) -> Iterator[Finding]:
    """The findings that the labels of the factors of a document make."""
    known: dict[str, list[Printed]] = {}
    accused: set[str] = set()
    happened = events(bench.source)
    text = bench.source.text
    breaks = [m.start() for p in (HEADING, _PARTS) for m in p.finditer(text)] if happened else []
    breaks.sort(reverse=True)
    for event in happened:
        if bench.clock.over():
            return
        while breaks and breaks[-1] <= event.start:
            known.clear()
            breaks.pop()
        if event.kind == "anew":
            known.clear()
            continue
        group = [(t, p) for t in event.things if (p := printed_at(bench, t.start, t.end))]
        if len(group) != len(event.things):
            continue
        if event.kind == "product":
            for thing, printed in group:
                found = _misread(bench, thing, printed, known.get(thing.label, ()), accused)
                if found is not None:
                    yield found
            found = _moved(bench, group, known)
            if found is not None:
                yield found
                continue
        if any(unlike(p, w) for t, p in group for w in known.get(t.label, ())):
            known.clear()  # the labels are given anew
        for thing, printed in group:
            witnesses = known.setdefault(thing.label, [])
            del witnesses[_MOST_WITNESSES - 1 :]
            witnesses.append(printed)


# ---------------------------------------------------------------- labels
def _moved(
    bench: Bench, group: Sequence[tuple[Labelled, Printed]], known: dict[str, list[Printed]]
) -> Finding | None:
    """The finding that a product makes whose labels stand under each other's factors, or one under another's."""
    labels = [t.label for t, _ in group]
    if len(set(labels)) < len(labels) or not set(labels) <= set(known) or counts(labels):
        return None
    homes = [[k for k in known if any(alike(p, w) for w in known[k])] for _, p in group]
    astray = [k for k, home in enumerate(homes) if labels[k] not in home]
    if not astray or not all(
        homes[k] and _told(known[labels[k]]) and _apart(known, labels[k], homes[k], group[k][1])
        for k in astray
    ):
        return None
    inside = [[h for h in home if h in labels] for home in homes]
    if all(len(home) == 1 for home in inside) and {h for (h,) in inside} == set(labels):
        if labels == sorted(labels, key=_order):
            return None  # the factors are numbered as they stand: the labels may be given anew
        right = [h for (h,) in inside]
    elif len(astray) == 1 and len(group) > 2 and not inside[astray[0]]:
        right = [" or ".join(homes[k]) if k in astray else labels[k] for k in range(len(group))]
    else:
        return None
    witness = known[right[astray[0]].split(" ")[0]][-1]
    shown = _listed(labels[k] for k in astray)
    meant = _listed(right[k] for k in astray)
    return slipped(
        bench, Stretch(group[0][0].first, group[-1][0].stop),
        f"{shown} stand{'s' if len(astray) == 1 else ''} here at what is {meant} elsewhere, as in line "
        f"{bench.source.place(witness.start)[0]}",
        expected=" ".join(f"({r})" for r in right),
    )  # fmt: skip


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(f"({label})" for label in labels)


def _told(witnesses: Sequence[Printed]) -> bool:
    """Whether a document says what a label means: before a derivative, or twice."""
    return len(witnesses) > 1 or any(w.derived for w in witnesses)


def _order(label: str) -> tuple[int, str]:
    return (int(label), "") if label.isdigit() else (0, label)


def _apart(
    known: dict[str, list[Printed]], label: str, homes: Sequence[str], printed: Printed
) -> bool:
    """Whether what a label means is surely not what stands there: nor anything that stands for it elsewhere."""
    here = [printed, *(w for home in homes for w in known[home])]
    if any(alike(a, b) for a in here for b in known[label]):
        return False
    return any(unlike(a, b) for a in here for b in known[label])


# ---------------------------------------------------------------- letters
def _misread(
    bench: Bench,
    thing: Labelled,
    printed: Printed,
    witnesses: Sequence[Printed],
    accused: set[str],
) -> Finding | None:
    """The finding that a factor makes that is the one of its label, but for a letter that means nothing."""
    if printed.formula is None or not printed.free:
        return None
    odd = [s for s in dict.fromkeys(symbols(printed.formula)) if not meanings(bench, s.kind)]
    if len(odd) != 1 or odd[0].kind in accused:
        return None
    name = odd[0].kind
    m = re.match(r"(?P<letter>[A-Za-z]+?)(?P<marks>[\d^].*)?$", name)
    letter, marks = (m["letter"], m["marks"] or "") if m else ("", "")
    pairs = (*_LOOK_ALIKE.items(), *((b, a) for a, b in _LOOK_ALIKE.items()))
    for other in (b + marks for a, b in pairs if a == letter):
        if not meanings(bench, other):
            continue
        renamed = substitute(printed.formula, partial(_renamed, name, other))
        mended = valued(bench, printed.start, (), renamed)
        for w in witnesses:
            if w.formula is None or not w.free or not alike(mended, w):
                continue
            if other not in {s.kind for s in symbols(w.formula)} or _explained(bench, name, letter):
                continue
            accused.add(name)
            return _letter(bench, thing, letter, other, w)
    return None


def _renamed(name: str, other: str, symbol: Symbol) -> Formula:
    return Sym(Symbol(other, (), 0) if symbol.kind == name else symbol)


def _explained(bench: Bench, name: str, letter: str) -> bool:
    """Whether a document speaks of a name by itself, or has it in another one: then it is no misread letter."""
    if any(s.name == name for chain in bench.chains for s in chain.sides):
        return True
    alone = re.compile(rf"(?<![A-Za-z]){letter}(?![A-Za-z])")
    for chain in bench.chains:
        for side in chain.sides:
            if side.value is None or isinstance(side.value, Grid):
                continue
            if any(s.kind != name and alone.search(s.kind) for s in symbols(side.value)):
                return True
    text, pattern = bench.source.text, _sign(letter)
    return any(
        pattern.search(text, p.start, p.end) for p in bench.source.passages if p.kind == PROSE
    )


def _sign(letter: str) -> re.Pattern[str]:
    """A letter as it stands in a document, by its name or by its sign."""
    sign = _SIGNS.get(letter, letter)
    return re.compile(rf"(?<![A-Za-z])(?:{letter}|{sign})(?![A-Za-z])")


def _letter(bench: Bench, thing: Labelled, letter: str, other: str, witness: Printed) -> Finding:
    source = bench.source
    line = source.place(thing.start)[0]
    found = (
        source.place(m.start())[0]
        for p in source.passages
        if p.kind != PROSE
        for m in _sign(letter).finditer(source.text, p.start, p.end)
    )
    lines = sorted({k for k in found if k != line})
    also = (
        f"; so too in line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:_MOST_LINES]))}"
        if lines
        else ""
    )
    return slipped(
        bench, thing,
        f"{_SIGNS.get(letter, letter)} means nothing here, and stands where ({thing.label}) has {other} in line "
        f"{source.place(witness.start)[0]}{also}",
    )  # fmt: skip
