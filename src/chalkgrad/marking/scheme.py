"""What answers are worth: a scheme of marks, in exact fractions.

By default every answer is worth one mark, right or followed through. The mapping of a scheme is what a
problem file's ``[marks]`` holds::

    [marks]
    default = 1
    digits = "4 decimals"          # what is asked for; fewer are said, and cost `fewer_digits`
    fewer_digits = 0.25            # the part of the marks that fewer digits cost
    follow_through = 1             # the part of the marks that an answer earns that follows from a slip
    follow_through_cap = 10        # at most so many marks of a sheet by follow-through
    method = 0.5                   # the part that a wrong answer earns if only its digits slipped
    same_slip = "once"             # the same slip in several answers: once, or each costs
    conventions = "once"           # another convention kept throughout: once, accept or wrong
    ask = ["a", "loss", "new_w"]   # what must be there
    [marks.kinds]
    new_w = 2
    [marks.quantities]
    loss = 3
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import TYPE_CHECKING

from chalkgrad.errors import Fault, ProblemError, nearest
from chalkgrad.light import dataclass, field, replace
from chalkgrad.marking.asking import parted
from chalkgrad.marking.digits import ACCIDENTS
from chalkgrad.marking.records import FOLLOWED, NOUGHT, RIGHT, WRONG
from chalkgrad.notation import KINDS, split_prefix
from chalkgrad.rounding import Digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.marking.records import Named
    from chalkgrad.problem import Problem

_CHOICES = {"conventions": ("once", "accept", "wrong"), "same_slip": ("once", "each")}
ONE = Fraction(1)
_NUMBERS = ("default", "fewer_digits", "follow_through", "method", "follow_through_cap")
_PARTS = ("fewer_digits", "follow_through", "method")


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme of marks; see the module for what each field means."""

    default: Fraction = ONE
    kinds: Mapping[str, Fraction] = field(default_factory=dict)
    quantities: Mapping[str, Fraction] = field(default_factory=dict)
    digits: Digits | None = None
    fewer_digits: Fraction = NOUGHT
    follow_through: Fraction = ONE
    follow_through_cap: Fraction | None = None
    method: Fraction = NOUGHT
    same_slip: str = "once"
    conventions: str = "once"
    ask: tuple[str, ...] = ()

    def worth(self, name: str) -> Fraction:
        """The marks of a quantity: by its name or a pattern, else by its kind, else the default.

        What the problem gives is worth none, unless the scheme says so.

        >>> [str(Scheme().worth(name)) for name in ("x[1]", "w[1][1,1]", "it2.w[1][1,1]", "loss")]
        ['0', '0', '1', '1']
        """
        for pattern, marks in self.quantities.items():
            if pattern == name or fnmatchcase(name, pattern.replace("[", "[[]")):
                return marks
        prefix, bare = split_prefix(name)
        kind = bare.partition("[")[0]
        given = (kind in KINDS and KINDS[kind].constant) or (kind in "wb" and "it" not in prefix)
        return self.kinds.get(kind, NOUGHT if given else self.default)


def read_scheme(given: Mapping[str, object], path: tuple[str, ...] = ("marks",)) -> Scheme:
    """A scheme from a mapping, such as the table ``[marks]`` of a problem file.

    Raises:
        ProblemError: with every fault.

    >>> read_scheme({"default": 2, "quantities": {"loss": "1/2"}}).worth("loss")
    Fraction(1, 2)
    """
    faults: list[Fault] = []
    made: dict[str, object] = {}
    for key, value in given.items():
        if key in _NUMBERS:
            made[key] = _number(value, (*path, key), faults, part=key in _PARTS)
        elif key in ("kinds", "quantities"):
            if not isinstance(value, Mapping):
                faults.append(Fault((*path, key), "a table of numbers", repr(value)))
                continue
            table = {}
            for name, marks in value.items():
                if key == "kinds" and name not in KINDS:
                    hint = nearest(str(name), KINDS)
                    faults.append(
                        Fault((*path, key, str(name)), "a kind of quantity", str(name), hint)
                    )
                table[str(name)] = _number(marks, (*path, key, str(name)), faults, part=False)
            made[key] = table
        elif key == "digits":
            try:
                made[key] = Digits.read(str(value))
            except ValueError:
                faults.append(Fault((*path, key), 'digits such as "4 decimals"', repr(value)))
        elif key in _CHOICES:
            if value not in _CHOICES[key]:
                valid = " ".join(_CHOICES[key])
                faults.append(Fault((*path, key), f"one of {valid}", repr(value)))
            made[key] = value
        elif key == "ask":
            if isinstance(value, str):
                made[key] = tuple(parted([value]))
            elif isinstance(value, (list, tuple)):
                made[key] = tuple(str(part) for part in value)
            else:
                faults.append(Fault((*path, key), "a list of names", repr(value)))
        else:
            keys = (*_NUMBERS, "kinds", "quantities", "digits", *_CHOICES, "ask")
            faults.append(
                Fault((*path, str(key)), "left out", repr(value), nearest(str(key), keys))
            )
    if faults:
        raise ProblemError(faults)
    return replace(Scheme(), **made)  # type: ignore[arg-type]


def scheme_of(problem: Problem, marks: Mapping[str, object] | Scheme | None) -> Scheme:
    """The scheme that is given, else the one of the problem file, else the default."""
    if isinstance(marks, Scheme):
        return marks
    given = marks if marks is not None else getattr(problem, "marks", None)
    return read_scheme(given) if given else Scheme()


def _number(value: object, path: tuple[str, ...], faults: list[Fault], *, part: bool) -> Fraction:
    try:
        # A float is read as it is written: 0.1 is a tenth.
        number = Fraction(str(getattr(value, "text", value)))  # True is none: "True" is no number
    except (ValueError, ZeroDivisionError):
        faults.append(Fault(path, "a number", repr(value)))
        return NOUGHT
    if number < 0 or (part and number > 1):
        faults.append(
            Fault(path, "a number from 0 to 1" if part else "a number from 0 up", str(value))
        )
    return number


class Marks:
    """The marks of one sheet, answer after answer: what follows is capped over the whole of it."""

    __slots__ = ("_left", "_scheme")

    def __init__(self, scheme: Scheme) -> None:
        self._scheme, self._left = scheme, scheme.follow_through_cap

    def of(
        self,
        verdict: str,
        worth: Fraction,
        slips: Sequence[Named] = (),
        *,
        short: bool = False,
        trivial: bool = False,
        again: bool = False,
    ) -> Fraction:
        """What the next answer of the sheet earns; the arguments as the fields of an answer."""
        scheme = self._scheme
        marks = NOUGHT
        if verdict == RIGHT:
            marks = worth
        elif (verdict == FOLLOWED and not trivial) or (again and scheme.same_slip == "once"):
            # Fractions are slow, and most schemes give full marks here.
            marks = worth if scheme.follow_through is ONE else worth * scheme.follow_through
            if self._left is not None:
                marks = min(marks, self._left)
                self._left -= marks
        elif verdict == WRONG and slips and _of_digits(slips[0]):
            marks = worth * scheme.method
        if short and marks and scheme.fewer_digits:
            marks *= 1 - scheme.fewer_digits
        return marks


def habit_of(slips: Sequence[Named]) -> str:
    """What makes the likeliest slip of an answer the same as that of another; "" where nothing does.

    Accidents of digits happen one by one, and another convention has a rule of its own.
    """
    if not slips or _of_digits(slips[0]) or slips[0].slip.startswith("convention:"):
        return ""
    first = slips[0]
    return f"{first.slip} {first.explanation.replace(first.where, '')}"


def _of_digits(slip: Named) -> bool:
    """Whether an explanation is an accident of digits alone: the method was right."""
    return all(part in ACCIDENTS for part in slip.slip.split("+"))
