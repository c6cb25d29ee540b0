"""Written numbers: how a value becomes text, and which numbers a text allows.

A written number is text, value and interval; trailing zeros count. Rounding happens here and when a
value is stored, never in a renderer.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, Self

from chalkgrad.light import dataclass, field
from chalkgrad.sentences import named, say

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDINGS = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "truncate": ROUND_DOWN}
POLICIES = ("exact", "carried")
MOST_DIGITS = 17
"""Beyond 17 significant digits a float64 has nothing more to show."""

# A float64 that is a short decimal on paper (0.1 + 0.2) differs from it in the 16th digit or later;
# at 15 digits the dust is gone, so that 0.00875 is a half as it is by hand.
_CLEAN_DIGITS = 15
_CLEAN = f".{_CLEAN_DIGITS}g"
_WIDE = Context(prec=400)
# Integers are shown whole up to here; beyond, a float64 no longer tells neighbours apart.
_LARGEST_WHOLE = 1e15
_NEARLY_TOO_LARGE = 1e300


_DIGITS = (
    r"\s*(up\s+to\s+)?(\d{1,2})\s+(decimal|significant)s?"
    r"(?:\s+(half_up|half_even|truncate))?(?:\s+(carried|exact))?\s*"
)


class Given(float):
    """A number of a problem file, with its written digits kept: 0.20 stays ``0.20``."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str | float) -> Self:
        """Keep `text` beside its value; a float is kept with its shortest text."""
        number = super().__new__(cls, text)
        number.text = text if isinstance(text, str) else plain(float(text))
        return number

    def __reduce__(self) -> tuple[type[Given], tuple[str]]:
        return Given, (self.text,)


def as_given(value: float) -> str:
    """A number as it was written, or its shortest text where it was not.

    >>> as_given(Given("0.20")), as_given(0.2)
    ('0.20', '0.2')
    """
    return getattr(value, "text", None) or plain(float(value))


def plain(value: float) -> str:
    """The shortest text that reads back as `value`; whole numbers without a point.

    >>> plain(0.1), plain(3.0), plain(-0.0), plain(1e-7)
    ('0.1', '3', '0', '1e-7')
    """
    if math.isfinite(value) and value == int(value) and abs(value) < _LARGEST_WHOLE:
        return str(int(value))
    return re.sub(r"e([+-])0*(\d+)", lambda m: "e" + m[1].replace("+", "") + m[2], repr(value))


@dataclass(frozen=True, slots=True)
class Digits:
    """How a kind of quantity is written.

    Attributes:
        kind: ``decimals`` (places after the point, kept even if 0) or ``significant`` (digits from the
            first that is not 0; zeros at the end are left out where the number is exact without them).
        count: how many, 0 to 17.
        rounding: ``half_up``, ``half_even`` or ``truncate``.
        up_to: whether all zeros at the end are left out, as many people write.
        carried: whether the value is rounded when it is stored, apart from what the policy does.
    """

    kind: Literal["decimals", "significant"] = "significant"
    count: int = 6
    rounding: str = "half_up"
    up_to: bool = False
    carried: bool | None = None

    def __str__(self) -> str:
        text = f"{'up to ' if self.up_to else ''}{self.count} {self.kind}"
        text += "" if self.rounding == "half_up" else f" {self.rounding}"
        return text if self.carried is None else f"{text} {'carried' if self.carried else 'exact'}"

    @property
    def words(self) -> str:
        """The digits as they are said: ``6 significant digits, half even``."""
        return self.said()

    def said(self, language: str = "en") -> str:
        """The same in a language.

        >>> Digits(rounding="truncate").said("de")
        '6 signifikante Stellen, abgeschnitten'
        """
        text = say(f"digits_{self.kind}", language, count=self.count)
        if self.up_to:
            text = say("digits_up_to", language, digits=text)
        more = [] if self.rounding == "half_up" else [self.rounding.replace("_", " ")]
        more += [] if self.carried is None else ["carried" if self.carried else "exact"]
        for how in more:
            text = say("digits_and", language, digits=text, how=named(how, language))
        return text

    @staticmethod
    def read(text: str, rounding: str = "half_up") -> Digits:
        """Read ``2 decimals``, ``3 significant``, ``4 decimals truncate``, ``up to 9 significant carried``.

        Raises:
            ValueError: the text has another form.

        >>> Digits.read("2 significant")
        Digits(kind='significant', count=2, rounding='half_up', up_to=False, carried=None)
        """
        m = re.fullmatch(_DIGITS, text)
        if not m:
            raise ValueError(text)
        kind: Literal["decimals", "significant"] = (
            "decimals" if m[3] == "decimal" else "significant"
        )
        carried = None if m[5] is None else m[5] == "carried"
        digits = Digits(kind, int(m[2]), m[4] or rounding, up_to=bool(m[1]), carried=carried)
        if digits.count > MOST_DIGITS or (kind == "significant" and digits.count == 0):
            raise ValueError(text)
        return digits


def write(value: float, digits: Digits) -> str:
    """The text of `value` to the digits asked for.

    Whole numbers carry no point, as long as they have no more digits than asked for. Very large and
    very small numbers are written ``1.25e-7`` at significant digits. Infinite values are ``inf``,
    undefined ones ``nan``.

    >>> write(0.59326999, Digits("decimals", 4)), write(0.3775, Digits()), write(0.5, Digits("decimals", 3))
    ('0.5933', '0.3775', '0.500')
    >>> write(1.2345678e-7, Digits("significant", 3)), write(2.0, Digits())
    ('1.23e-7', '2')
    """
    if not math.isfinite(value):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    whole = value == int(value) and abs(value) < _LARGEST_WHOLE
    if whole and (digits.kind == "decimals" or len(str(abs(int(value)))) <= digits.count):
        return str(int(value))
    exact = Decimal(format(value, _CLEAN))
    shown = digits.count + (exact.adjusted() + 1 if digits.kind == "decimals" else 0)
    if shown > _CLEAN_DIGITS:
        exact = Decimal(repr(value))
    mode = ROUNDINGS[digits.rounding]
    if digits.kind == "decimals":
        if abs(value) >= _LARGEST_WHOLE:
            return write(value, Digits("significant", 15, digits.rounding))
        rounded = exact.quantize(Decimal(1).scaleb(-digits.count), mode, _WIDE)
        if digits.up_to and rounded:
            rounded = rounded.normalize()
        return _unsigned_zero(format(rounded, "f"))
    at = exact.adjusted()
    rounded = exact.quantize(Decimal(1).scaleb(at + 1 - digits.count), mode, _WIDE)
    if math.isinf(float(rounded)):  # nothing above is a float64 any more
        place = Decimal(1).scaleb(at + 1 - digits.count)
        rounded = Decimal(repr(value)).quantize(place, ROUND_DOWN, _WIDE)
    if rounded.adjusted() > at:  # 9.996 became 10.00
        at += 1
        rounded = rounded.quantize(Decimal(1).scaleb(at + 1 - digits.count), context=_WIDE)
    if whole and rounded == exact:
        return str(int(value))
    if rounded == exact or digits.up_to:
        rounded = rounded.normalize()
    if -5 <= at < digits.count:
        return format(rounded, "f")
    mantissa = format(rounded.scaleb(-at), "f")
    return f"{mantissa}e{at}"


def _unsigned_zero(text: str) -> str:
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def store(value: float, digits: Digits) -> float:
    """`value` as it is after having been written to `digits` and read again."""
    if digits.kind == "decimals" and value == int(value if math.isfinite(value) else 0):
        return value
    if digits.kind == "significant" and digits.count <= 12 and digits.rounding != "truncate":
        # Thrice as fast as `write`, and the same wherever the cut digits are no tie.
        text = f"{value:.14e}"
        tail = text[digits.count + (2 if value < 0 else 1) : text.find("e")]
        if tail.rstrip("0") != "5" and abs(value) < _NEARLY_TOO_LARGE:
            return float(f"{float(text):.{digits.count - 1}e}")
    return float(write(value, digits))


def interval(text: str) -> tuple[float, float]:
    """The numbers that the digits of a written number allow: half a unit of its last place either way.

    >>> [round(end, 6) for end in interval("0.50")]
    [0.495, 0.505]
    """
    value = float(text)
    if not math.isfinite(value):
        return (value, value)
    half = 0.5 * 10.0 ** unit(text)
    return (value - half, value + half)


def unit(text: str) -> int:
    """The power of ten of the last written place.

    >>> unit("0.50"), unit("3"), unit("1.25e-7")
    (-2, 0, -9)
    """
    mantissa, _, power = text.lower().partition("e")
    _, _, fraction = mantissa.partition(".")
    return int(power or 0) - len(fraction)


@dataclass(frozen=True)
class Policy:
    """How values are stored and shown.

    Attributes:
        mode: ``exact`` (float64, rounded only where printed) or ``carried`` (each stored value is
            rounded and reused, as by hand); `Digits.carried` overrides it for single quantities.
        digits: for all that `by_name` does not name.
        by_name: (pattern, digits) pairs; a pattern is a kind (``da_dz``) or a name with ``*`` in it
            (``it2.new_w[1][*]``), and the last that fits wins.
    """

    mode: str = "exact"
    digits: Digits = Digits()
    by_name: tuple[tuple[str, Digits], ...] = ()
    _match: Callable[[str, str], Digits] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_match", lru_cache(maxsize=100_000)(self._find))

    def __reduce__(self) -> tuple[object, ...]:
        return (Policy, (self.mode, self.digits, self.by_name))

    def digits_for(self, kind: str, name: str) -> Digits:
        """The digits of one quantity; `name` is its full name, with ``it1.`` in front."""
        return self._match(kind, name) if self.by_name else self.digits

    def stores(self, kind: str, name: str) -> Digits | None:
        """The digits to which one quantity is rounded when it is stored; None if it is kept as it is."""
        digits = self.digits_for(kind, name)
        carried = self.mode == "carried" if digits.carried is None else digits.carried
        return digits if carried else None

    def _find(self, kind: str, name: str) -> Digits:
        found = self.digits
        for pattern, digits in self.by_name:
            if pattern == kind or (not pattern.isidentifier() and _fits(pattern, name)):
                found = digits
        return found

    def __str__(self) -> str:
        return f"{self.mode}, {self.digits}"


@lru_cache(maxsize=1000)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.replace(" ", "").split("*")))


def _fits(pattern: str, name: str) -> bool:
    """Whether a name with ``*`` in it fits; the prefixes ``it1.`` and ``s1.`` may be left out."""
    bare = name.removeprefix("it1.")
    forms = {name, bare, bare.removeprefix("s1."), name.replace(".s1.", ".")}
    return any(_pattern(pattern).fullmatch(form) for form in forms)
