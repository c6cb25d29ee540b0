"""Judging a document without a problem: by the arithmetic of its own lines alone."""

from __future__ import annotations

import math
from itertools import islice, product
from typing import TYPE_CHECKING

from chalkgrad.auditing.arithmetic import FAILS, HOLDS, Shelf, steps
from chalkgrad.auditing.clock import OUT_OF_TIME
from chalkgrad.auditing.figures import Figure, scaled
from chalkgrad.auditing.forms import digits_of, lost_point
from chalkgrad.auditing.marks import Marks, as_printed
from chalkgrad.auditing.opening import meets, opened
from chalkgrad.auditing.prose import numbers
from chalkgrad.auditing.records import ARITHMETIC, DAMAGE, OK, UNREAD, WRONG
from chalkgrad.auditing.remarked import called_wrong
from chalkgrad.auditing.sources import PLAIN
from chalkgrad.marking.reach import preimage, rounds_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.auditing.arithmetic import Step
    from chalkgrad.auditing.clock import Clock
    from chalkgrad.auditing.opening import Opened
    from chalkgrad.auditing.sides import Chain
    from chalkgrad.auditing.sources import Source

_UNDECIDED = "no line of the document works it out, and no problem is given"
_TRIES = 256


def judged_alone(source: Source, chains: Sequence[Chain], clock: Clock) -> Marks:
    """The marks of a document's figures: right where a line works them out, wrong where it gives another."""
    marks, shelf = Marks(source), Shelf()
    printed: dict[str, list[Figure]] = {}
    late = set()
    for chain in chains:
        if clock.over():
            late.add(id(chain))
            continue
        for fig in chain.figures:
            if "." in fig.text:
                printed.setdefault(digits_of(fig.text), []).append(fig)
        for made in steps(chain, shelf):
            if made.verdict == HOLDS:
                for fig in (*made.left.figures, *made.right.figures):
                    if not fig.bare:
                        marks.set(fig, OK)
            elif made.verdict == FAILS and made.right.figures and not _named(source, made):
                _failed(marks, made, printed)
    for chain in chains:
        for side in chain.sides:
            for start, end in side.bad:
                fig = Figure(math.nan, source.text[start:end], start, end)
                marks.set(fig, UNREAD, kind=DAMAGE, explanation="this is not a number")
            for fig in side.figures:
                if not fig.bare and marks.get(fig) is None:
                    why = OUT_OF_TIME if id(chain) in late else side.reason or _UNDECIDED
                    marks.set(fig, UNREAD, explanation=why)
    for fig, _ in numbers(source):
        if not fig.bare:
            marks.set(fig, UNREAD, explanation=_UNDECIDED)
    return marks


def _named(source: Source, made: Step) -> bool:
    """Whether two numbers stand side by side in prose: words before them can make one of the other."""
    kind = source.passages[made.right.passage].kind
    return kind == PLAIN and made.left.literal is not None and made.right.literal is not None


def _failed(marks: Marks, made: Step, printed: dict[str, list[Figure]]) -> None:
    """A step that does not hold: operands that are damaged, or else its result."""
    fig = made.right.literal
    mended = _mended(made, fig, printed) if fig is not None else None
    if mended is not None and fig is not None:
        for damaged, form in mended:
            want = (
                "-" if damaged.value * form.value < 0 and "." in damaged.text else ""
            ) + form.text.lstrip("-")
            marks.set(
                damaged, WRONG, kind=DAMAGE, expected=want,
                explanation=f"with {want} in its place the line holds: a decimal point or a sign went astray",
            )  # fmt: skip
        if _against_sign(made, fig, mended):
            want = fig.text.lstrip("-") if fig.value < 0 else f"-{fig.text}"
            marks.set(
                fig, WRONG, kind=DAMAGE, expected=want, explanation=f"its sign went astray: {want}"
            )
        else:
            marks.set(fig, OK)
        return
    if fig is None:
        # two expressions: the first new number that the second one has
        old = {abs(f.value) for f in made.left.figures}
        new = [f for f in made.right.figures if abs(f.value) not in old and not f.bare]
        fig = new[0] if len(new) == 1 else None
        if fig is None:
            for f in made.right.figures:
                if not f.bare:
                    marks.set(
                        f, UNREAD, explanation="the expression before it comes to another value"
                    )
            return
        marks.set(
            fig, WRONG, kind=ARITHMETIC,
            explanation=f"the expression before it comes to {as_printed(made.computed, fig)}, this one does not",
        )  # fmt: skip
        return
    inner = opened(made.left.value) if made.left.value is not None else None  # type: ignore[arg-type]
    if inner is not None and owned_up(marks.source.original, fig, inner):
        marks.set(
            fig, UNREAD, explanation="a mark says that it does not follow from what is printed"
        )
        return
    if called_wrong(marks.source.original, fig.start, fig.end):
        marks.set(fig, UNREAD, explanation="the words around it call it wrong")
        return
    if scaled(marks.source.original, fig):
        marks.set(fig, UNREAD, explanation="the word behind it says of what size it is")
        return
    expected = as_printed(made.computed, fig)
    marks.set(
        fig,
        WRONG,
        kind=ARITHMETIC,
        expected=expected,
        explanation=f"the figures printed here give {expected}",
    )


def owned_up(text: str, fig: Figure, inner: Opened) -> bool:
    """Whether a † says that the last digit is that of longer figures, and it can be."""
    start, end = text.rfind("\n", 0, fig.start) + 1, text.find("\n", fig.end)
    line = text[start : end if end >= 0 else None]
    if "†" not in line and r"\dagger" not in line:
        return False
    ranges = [(f.value, f.value) if f.bare else preimage(f.value, f.unit) for f in inner.figures]
    return meets(fig, inner.over(ranges))


def _mended(
    made: Step, fig: Figure, printed: dict[str, list[Figure]]
) -> list[tuple[Figure, Figure]] | None:
    """The damaged operands of a step with the forms that they had, if the step holds with those."""
    inner = opened(made.left.value) if made.left.value is not None else None  # type: ignore[arg-type]
    if inner is None:
        return None
    places = [
        k
        for k, f in enumerate(inner.figures)
        if "." not in f.text and (lost_point(f) or len(digits_of(f.text)) > 2)
    ]
    lists = [printed.get(digits_of(inner.figures[k].text), []) for k in places]
    if not places or not all(lists):
        return None
    for forms in islice(product(*lists), _TRIES):
        values = [f.value for f in inner.figures]
        for k, form in zip(places, forms, strict=True):
            values[k] = abs(form.value)
        x = inner.at(values)
        if rounds_to(abs(fig.value), fig.unit, abs(x)):
            return [(inner.figures[k], form) for k, form in zip(places, forms, strict=True)]
    return None


def _against_sign(made: Step, fig: Figure, mended: list[tuple[Figure, Figure]]) -> bool:
    """Whether the result has the other sign than the mended operands give."""
    inner = opened(made.left.value) if made.left.value is not None else None  # type: ignore[arg-type]
    if inner is None:
        return False
    forms = {f.start: form for f, form in mended}
    x = inner.at(
        [abs(forms[f.start].value) if f.start in forms else f.value for f in inner.figures]
    )
    return (x < 0) != (fig.value < 0)
