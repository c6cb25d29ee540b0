"""Sentences that name another quantity than the mathematics behind them: an old weight among new ones, a neighbour.

A sentence alone accuses nobody: what is printed directly behind it must be surely of the other quantity, and
what it names must have been printed before, or be given.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from chalkgrad.auditing.derivatives import derivative
from chalkgrad.auditing.habits import STAGE
from chalkgrad.auditing.slipped import Stretch, slipped
from chalkgrad.auditing.sources import PROSE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Chain, Side

    Kinds = set[tuple[str, tuple[int, ...]]]

_BETWEEN = re.compile(r"[\s,;&]*(?:\b(?:and|und)\b)?[\s,;&]*")
_WORK_OUT = r"\b(?:calculat|comput|determin|evaluat|obtain|find|get|work out|working out)\w*\s+"
_WORKED_OUT = re.compile(
    rf"{_WORK_OUT}(?:the\s+)?"
    r"(?:(?:new|updated)\s+(?:weights?|biases|values?)\s*(?:of\s+)?)?[\s(]*$",
    re.IGNORECASE,
)
_KEPT = re.compile(
    r"\b(?:remain|unchanged|fixed|frozen|keep|kept|stays?|same as|old|before|initial)\b",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    rf"{_WORK_OUT}(?:[A-Za-z]+\s+){{0,5}}?"
    r"\$?(?P<name>[A-Za-z]+_?\{?[A-Za-z]?\d+\}?)\$?(?![\w^])[^.;:!?]*\b(?:as|by|follows|applying|using|function|formula)\b[^.;!?]*$",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:need\w*|requir\w*|first|before|after|also|other|another|both|each|every|all|second|next|same|similar|like|likewise|"
    r"again|analog\w*|respective\w*|neighbou?r\w*|depend\w*|from|since|because|instead|than|not|unlike|with)\b",
    re.IGNORECASE,
)
_LONGEST = 200


def wrong_sentences(bench: Bench) -> Iterator[Finding]:
    """The sentences of a document that name another quantity than what follows them."""
    yield from _enumerations(bench)
    done: dict[tuple[str, tuple[int, ...]], str] = {}
    for k, chain in enumerate(bench.chains):
        if bench.clock.over():
            return
        worked = _worked(bench, chain)
        if worked is None or worked.symbol is None:
            continue
        found = _announcement(bench, k, worked, done)
        if found is not None:
            yield found
        done.setdefault((worked.symbol.kind, worked.symbol.index), worked.label)


def _of(bench: Bench, name: str) -> Kinds:
    return {
        (e.symbol.kind, e.symbol.index) if e.symbol is not None else (e.label, ())
        for e in bench.namer.meanings(name)
    }


# ---------------------------------------------------------------- new weights, and an old one
def _enumerations(bench: Bench) -> Iterator[Finding]:
    """``we calculate w2_new, w3_new and w4``, where the value of w4_new follows."""
    source = bench.source
    alone: dict[int, list[Side]] = {}
    for chain in bench.chains:
        for side in (*chain.sides, *chain.labels):
            alone.setdefault(side.passage, []).append(side)
    run: list[Side] = []
    end = 0
    for k, passage in enumerate(source.passages):
        if passage.kind == PROSE:
            continue
        sides = list({s.start: s for s in alone.get(k, ())}.values())
        listed = len(sides) == 1 and bool(sides[0].name) and not passage.display
        if not listed or not _BETWEEN.fullmatch(_words(source.text, end, passage.start)):
            yield from _old_among_new(bench, run)
            run = []
        if listed:
            run.append(sides[0])
        end = passage.end
    yield from _old_among_new(bench, run)


def _words(text: str, start: int, end: int) -> str:
    return text[start:end].replace("$", "").replace(r"\(", "").replace(r"\)", "")


def _old_among_new(bench: Bench, run: Sequence[Side]) -> Iterator[Finding]:
    if len(run) < 3 or len({s.name for s in run}) < len(run):
        return
    text = bench.source.text
    old = [s for s in run if not STAGE.fullmatch(s.name)]
    if len(old) != 1:
        return
    before = text[max(0, run[0].start - 80) : run[0].start].rstrip("$\\( ") + " "
    after = re.split(r"[.\n]", text[run[-1].end : run[-1].end + 200])[0]
    if not _WORKED_OUT.search(before) or _KEPT.search(before + after):
        return
    side = old[0]
    own = _of(bench, side.name)
    meant = next(iter(own)) if len(own) == 1 else None
    if meant is None or meant[0] not in ("w", "b"):
        return
    new = (f"new_{meant[0]}", meant[1])
    news = [_of(bench, s.name) for s in run if s is not side]
    if any(len(kinds) != 1 or next(iter(kinds))[0] != new[0] for kinds in news):
        return
    values = _following(bench, run[-1].end)
    if new in values and all(next(iter(kinds)) in values for kinds in news):
        called = values[new]
        what = "weight" if meant[0] == "w" else "bias"
        yield slipped(
            bench, side,
            f"this is the {what} before the update; the values that follow are those after it, {called} among them",
            name=next(e.label for e in bench.namer.meanings(called)),
        )  # fmt: skip


def _following(bench: Bench, start: int) -> dict[tuple[str, tuple[int, ...]], str]:
    """The new parameters whose values stand one after the other behind a place, and their names."""
    out: dict[tuple[str, tuple[int, ...]], str] = {}
    first = bisect_left(bench.chains, start, key=lambda c: c.sides[0].start)
    for chain in islice(bench.chains, first, None):
        fig = chain.sides[-1].literal
        target = bench.meant.get(fig.start) if fig is not None else None
        name = chain.sides[0].name
        if (
            target is None
            or target.symbol is None
            or not target.symbol.kind.startswith("new_")
            or not name
        ):
            break
        out[target.symbol.kind, target.symbol.index] = name
    return out


# ---------------------------------------------------------------- a neuron, and its neighbour
def _announcement(
    bench: Bench, k: int, worked: Entity, done: Mapping[tuple[str, tuple[int, ...]], str]
) -> Finding | None:
    """``To calculate the output of H1 we apply the sigmoid as``, and what follows is that of H2."""
    chain, symbol = bench.chains[k], worked.symbol
    if symbol is None or symbol.kind not in ("z", "a") or (symbol.kind, symbol.index) in done:
        return None
    if not chain.display or not chain.sides[0].name:
        return None
    begin, sentence = _sentence(bench, chain.sides[0].start)
    m = _ANNOUNCED.search(sentence)
    if m is None or _OTHERS.search(sentence) or len(re.findall(r"\d+", sentence)) != 1:
        return None
    announced = _neuron(bench, re.sub(r"[_{}]", "", m["name"]))
    if announced is None or announced[0] != symbol.index[0] or announced == symbol.index:
        return None
    label = done.get((symbol.kind, announced))
    here = [*_all_meant(bench, chain), *(e for c in _behind(bench, k) if (e := _worked(bench, c)))]
    if label is None or any(
        e.symbol is not None and e.symbol.kind in ("z", "a") and e.symbol.index == announced
        for e in here
    ):
        return None
    place = Stretch(begin + m.start("name"), begin + m.end("name"))
    return slipped(
        bench, place, f"{label} was worked out before; what follows this sentence is {worked.label}",
        name=worked.label,
    )  # fmt: skip


def _neuron(bench: Bench, name: str) -> tuple[int, ...] | None:
    """Which neuron a name means by the figures of the document; None if they do not say."""
    own = [e.symbol for e in bench.namer.meanings(name)]
    if any(s is None or s.kind not in ("z", "a") for s in own):
        return None
    found = {s.index for s in own if s is not None and s.bare == bench.namer.known.get(name)}
    return found.pop() if len(found) == 1 else None


def _worked(bench: Bench, chain: Chain) -> Entity | None:
    """What a chain works out, if the figure that it ends in is right."""
    return bench.worked_out(chain.sides[-1].literal) if len(chain.sides) > 1 else None


def _sentence(bench: Bench, end: int) -> tuple[int, str]:
    """The words directly before a display, and where they begin; "" if it is no sentence that goes on there."""
    text = bench.source.text
    low = max(0, end - _LONGEST - 20)
    before = re.sub(r"(?:\\begin\{\w+\*?\}|\\\[|\$\$|\\left|[\s{&])+$", "", text[low:end])
    if text.count("\n", low + len(before), end) > 3:
        return low, ""
    begin = max(
        before.rfind("\n") + 1, *(before.rfind(mark) + 2 for mark in (". ", "! ", "? ", "$$"))
    )
    words = before[begin:]
    return low + begin, words if len(words) <= _LONGEST else ""


def _behind(bench: Bench, k: int) -> Iterator[Chain]:
    """The chains behind a chain that no words part from it, and that work out no derivative."""
    text = bench.source.text
    for one, two in pairwise(islice(bench.chains, k, None)):
        if re.search(r"[A-Za-z]{4,} [A-Za-z]{2,}", text[one.sides[-1].end : two.sides[0].start]):
            return
        if derivative(two.sides[0].name) is None:
            yield two


def _all_meant(bench: Bench, chain: Chain) -> Iterator[Entity]:
    for name in chain.names:
        yield from bench.namer.meanings(name)
    for fig in chain.figures:
        if fig.start in bench.meant:
            yield bench.meant[fig.start]
