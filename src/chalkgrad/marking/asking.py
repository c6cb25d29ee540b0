"""What is asked for: quantities by name, kind or pattern; and the blank sheet that asks for them."""

from __future__ import annotations

import csv
import io
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError, nearest
from chalkgrad.marking.gradebook import plain_cell
from chalkgrad.marking.routes import STYLE
from chalkgrad.marking.trees import Setting
from chalkgrad.network import make_plan
from chalkgrad.notation import KINDS
from chalkgrad.rendering.document import Document, Prose, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chalkgrad.notation import Symbol
    from chalkgrad.problem import Problem

DEFAULT = ("z", "a", "loss", "delta", "grad_w", "grad_b", "new_w", "new_b")
FORMATS = ("csv", "markdown", "html")
MOST = 20_000


def asked_names(problem: Problem, ask: Iterable[str] = ()) -> list[str]:
    """The names of what is asked for, in working order: by name, kind (``grad_w``) or pattern (``it2.*``).

    Raises:
        RequestError: something that is asked for is no quantity of this problem.

    >>> from chalkgrad.examples import example
    >>> asked_names(example("mazur"), ["loss", "new_w[2][1,*]"])
    ['loss', 'new_w[2][1,1]', 'new_w[2][1,2]']
    """
    items = [part.strip() for item in ask for part in _parts(item) if part.strip()]
    setting = Setting(problem)
    known = _quantities(problem)
    own = {target: given for given, target in problem.names.items()}
    chosen: dict[Symbol, None] = {}
    for item in items or DEFAULT:
        found = [
            s
            for s in known
            if s.kind == item
            or ("*" in item and fnmatchcase(setting.name(s), item.replace("[", "[[]")))
            or ("*" in item and fnmatchcase(own.get(s.bare, ""), item))
        ]
        if not found and item in KINDS and not items:
            continue
        if not found and "*" not in item and item not in KINDS:
            found = [problem.symbol(item)]
        if not found:
            hint = nearest(item, KINDS)
            raise RequestError(
                f'no quantity of this problem fits "{item}"' + (f"; {hint}" if hint else "")
            )
        chosen.update(dict.fromkeys(found))
    if len(chosen) > MOST:
        raise RequestError(
            f"{len(chosen):,} quantities are too many for a sheet: choose with --ask"
        )
    order = {s: k for k, s in enumerate(known)}
    return [setting.name(s) for s in sorted(chosen, key=lambda s: order.get(s, len(order)))]


def _parts(item: str) -> list[str]:
    """A list with commas; those inside brackets do not part."""
    out, depth = [""], 0
    for c in item:
        depth += (c == "[") - (c == "]")
        if c == "," and not depth:
            out.append("")
        else:
            out[-1] += c
    return out


def _quantities(problem: Problem) -> list[Symbol]:
    plan = make_plan(problem, STYLE)
    out: dict[Symbol, None] = {}
    for k in range(1, (problem.training.iterations if problem.updates else 1) + 1):
        for group in plan.groups(k):
            out.update(dict.fromkeys((*group.symbols, *group.aside)))
        if len(out) > 20 * MOST:
            break
    return list(out)


def blank_sheet(problem: Problem, ask: Sequence[str] = (), format: str = "csv") -> str:  # noqa: A002
    """The sheet to fill in: CSV, a Markdown table, or an HTML page to print.

    Args:
        problem: what is asked.
        ask: names, kinds or patterns; by default net inputs, activations, loss, deltas, gradients, updates.
        format: ``csv``, ``markdown`` or ``html``.

    >>> from chalkgrad.examples import example
    >>> blank_sheet(example("mazur"), ["loss"]).splitlines()
    ['quantity,answer', 'loss,']
    """
    if format not in FORMATS:
        hint = nearest(format, FORMATS) or "the formats are " + " ".join(FORMATS)
        raise RequestError(f'no format "{format}" for a sheet; {hint}')
    names = asked_names(problem, ask)
    own = {target: given for given, target in problem.names.items()}
    rows = [own.get(name, name) for name in names]
    if format == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("quantity", "answer"))
        writer.writerows((plain_cell(name), "") for name in rows)
        return out.getvalue()
    if format == "markdown":
        wide = max(map(len, [*rows, "quantity"]))
        lines = [f"| {'quantity'.ljust(wide)} | answer |", f"|{'-' * (wide + 2)}|-------:|"]
        lines += [f"| {name.replace('|', chr(92) + '|').ljust(wide)} |        |" for name in rows]
        return "\n".join(lines) + "\n"
    from chalkgrad.rendering.html import to_html

    table = Table(
        (("quantity",), ("what it is",), ("answer",)),
        tuple(
            ((shown,), (_words(problem, name),), ("\u00a0" * 30,))
            for shown, name in zip(rows, names, strict=True)
        ),
        (False, False, True),
    )
    who = Prose(("Name: " + "_" * 40,))
    return to_html(Document(problem.title or "Answers", "Sheet of answers", (who, table)))


def _words(problem: Problem, name: str) -> str:
    symbol = problem.symbol(name)
    index = (*symbol.index, *[""] * 3)
    text = KINDS[symbol.kind].words.format(*index).strip()
    sample = f", sample {symbol.sample}" if symbol.sample and len(problem.samples) > 1 else ""
    return text + sample + (f", iteration {symbol.iteration}" if symbol.iteration > 1 else "")
