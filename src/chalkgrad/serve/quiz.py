"""Quiz me: blanks in place of numbers, each answer marked as soon as it is there, hints factor by factor.

The page sends all answers each time, and the marking is that of ``check``: what follows from an earlier slip
is followed through, and slips are named. What has a blank, and all that is worked out of it, is kept out of
the view that is sent.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from chalkgrad.boxes import to_plain
from chalkgrad.errors import RequestError
from chalkgrad.formula import Formula, Num, Sym, substitute, symbols
from chalkgrad.marking.asking import asked_names
from chalkgrad.marking.marker import Marker
from chalkgrad.marking.records import FOLLOWED, MISSING, RIGHT
from chalkgrad.marking.report import evidence, own_names
from chalkgrad.mathml import to_mathml
from chalkgrad.notation import KINDS
from chalkgrad.rounding import Digits, Given, write
from chalkgrad.serve.editing import read_number
from chalkgrad.serve.jobs import language_of, problem_of, text_of
from chalkgrad.serve.skeleton import ASKED
from chalkgrad.solving import solve
from chalkgrad.typesetting import typeset
from chalkgrad.view import make_view
from chalkgrad.view.names import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chalkgrad.notation import Symbol
    from chalkgrad.problem import Problem

MOST_BLANKS = 120
BLANK = "?"
"""What stands in the view in place of a number."""
_RESOLVED = (RIGHT, FOLLOWED)
_TRUE = Digits("significant", 6)


def quiz(args: Mapping[str, Any], _: bytes = b"") -> tuple[object, bytes]:
    """The blanks with their marks, and the view without the numbers that they would give away."""
    problem, language = problem_of(args).with_(iterations=1), language_of(args)
    kinds, answers, shown = _texts(args, "kinds"), _answers(args), set(_texts(args, "shown"))
    unknown = [kind for kind in kinds if kind not in ASKED]
    if unknown or not kinds:
        raise RequestError(f"kinds must be some of {' '.join(ASKED)}")
    names = _asked(problem, kinds)
    sheet = Marker(problem, ask=names).mark("quiz", [(n, answers.get(n, "")) for n in names])
    says = own_names(problem.names)
    own = {target: given for given, target in problem.names.items()}
    working = solve(problem)
    items, open_names, known = [], [], {}
    for name, answer in zip(names, sheet.answers, strict=False):
        symbol = problem.symbol(name)
        true = name in shown and answer.verdict not in _RESOLVED
        if answer.verdict not in _RESOLVED and not true:
            open_names.append(name)
        else:  # what follows from a slip stands in the drawing as it was answered
            known[name] = answer.text if answer.verdict == FOLLOWED else ""
        items.append({
            "name": name,
            "plain": own.get(name, name),
            "words": words(symbol, problem, language),
            "symbol": to_mathml(problem.speller()(symbol).body),
            "text": answer.text,
            "verdict": "shown" if true else answer.verdict,
            "says": [says(line) for line in evidence(answer)] if answer.verdict != MISSING else [],
            "true": write(working[name], _TRUE) if true else "",
        })  # fmt: skip
    right = sum(item["verdict"] in _RESOLVED for item in items)
    view = make_view(problem, iterations=1, language=language)
    return {
        "items": items,
        "right": str(right),
        "all": str(len(items)),
        "convention": says(sheet.convention),
        "view": blanked(view, open_names, known),
    }, b""


def hint(args: Mapping[str, Any], _: bytes = b"") -> tuple[object, bytes]:
    """The formula of a blank, with the numbers of its first `count` factors put in."""
    problem, name = problem_of(args).with_(iterations=1), text_of(args, "name")
    count, answers = args.get("count", 0), _answers(args)
    if not isinstance(count, int) or count < 0:
        raise RequestError('"count" must be a whole number from 0 up')
    step = solve(problem, only=[name]).step(name)
    formula, spell = step.definition.formula, problem.speller()
    read = [s for s in dict.fromkeys(symbols(formula)) if s in step.operands]
    put_in = read[:count]

    def replace(symbol: Symbol) -> Formula:
        if symbol not in put_in:
            return Sym(symbol)
        text = _own(answers, problem, symbol) or step.operands[symbol]
        return Num(float(text), text)

    shown = substitute(formula, replace)
    box = typeset(shown, lambda s: spell(s, step.symbol), language=language_of(args))
    whose = [to_plain(spell(s, step.symbol)) for s in put_in[-1:]]
    return {
        "formula": to_mathml(box),
        "plain": to_plain(box),
        "count": len(put_in),
        "more": len(read) > len(put_in),
        "of": whose[0] if whose else "",
    }, b""


# ---------------------------------------------------------------- the blanks
def blanked(
    view: dict[str, Any], names: Iterable[str], known: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """A view in which the numbers of some quantities, and of all that is worked out of them, are blanks.

    Args:
        view: as of `make_view`.
        names: the blanks.
        known: what is answered already, and the text that stands there in place of the true one, or "".
    """
    records = view["quantities"]
    hidden = {name for name in records if name in set(names)}
    uses = {name: _uses(record) for name, record in records.items()}
    grown = True
    while grown:
        more = {n for n, read in uses.items() if n not in hidden | known.keys() and hidden & read}
        hidden |= more
        grown = bool(more)
    # the product along a path stands under the name of its quantity and ~ and a number
    columns = {
        digits: {
            name: BLANK if name.partition("~")[0] in hidden else known.get(name) or text
            for name, text in column.items()
        }
        for digits, column in view["columns"].items()
    }
    made = {**view, "columns": columns, "marks": {}, "cases": view.get("cases", {})}
    for key in ("styled", "curve", "surfaces", "maps", "strip"):
        made.pop(key, None)
    return made


def _uses(record: Mapping[str, Any]) -> set[str]:
    return {name for read in record.get("uses", {}).values() for name in read}


def _asked(problem: Problem, kinds: Iterable[str]) -> list[str]:
    """The names of what is asked for, in working order; what a problem has not is left out."""
    there: list[str] = []
    for kind in dict.fromkeys(kinds):
        pattern = f"{kind}[*" if KINDS[kind].sizes[0] else kind + "*"  # also the parts of samples
        try:
            asked_names(problem, [pattern])
        except RequestError:
            continue
        there.append(pattern)
    if not there:
        raise RequestError(f"this problem has none of {' '.join(kinds)}")
    names = asked_names(problem, there)
    if len(names) > MOST_BLANKS:
        raise RequestError(
            f"{len(names)} blanks are too many, at most {MOST_BLANKS}: ask for fewer kinds"
        )
    return names


def _texts(args: Mapping[str, Any], key: str) -> list[str]:
    got = args.get(key, [])
    if not isinstance(got, list) or not all(isinstance(item, str) for item in got):
        raise RequestError(f'"{key}" must be a list of texts')
    return got


def _answers(args: Mapping[str, Any]) -> dict[str, str]:
    got = args.get("answers", {})
    if not isinstance(got, dict) or not all(
        isinstance(v, str) and len(v) <= 200 for v in got.values()
    ):
        raise RequestError('"answers" must be texts by name')
    return got


def _own(answers: Mapping[str, str], problem: Problem, symbol: Symbol) -> str:
    """What was answered for a quantity, if it is a number; else ""."""
    for name, text in answers.items():
        if problem.symbol(name) == symbol:
            try:
                number: Given = read_number(text)
            except RequestError:
                return ""
            return number.text
    return ""
