"""Reading what was written for a number: its text, its value and the place of its last digit.

Trailing zeros count: ``0.50`` is a claim about hundredths. A number without a point, a zero and a
fraction say nothing about their last place themselves: they are claims at the digits of the other lines.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

from chalkgrad.light import dataclass

LONGEST = 120
"""Longer texts are no number that somebody wrote."""
_LARGEST = 1e300

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SIGNS = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-", "×": "x", "·": "x", "⋅": "x"}
)
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_SUPERSCRIPT = re.compile(r"10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_SPACED = re.compile(
    r"[+-]? ?\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?|[+-]? ?\d*[.,]\d{3}(?: \d{3})*(?: \d{1,3})?"
)
_POWER = re.compile(r"(.*?)(?:e|[x*]?10(?:\^|\*\*)|[x*]10e)\(?([+-]?\d{1,4})\)?", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(,)\d{3}(?:,\d{3})*\.\d+|(\.)\d{3}(?:\.\d{3})*,\d+)")
_LEAD = re.compile(r"^(?:≈|~|≅|=\s*(?=[+-]?[\d.,])|ca\.?\s)+\s*")


@dataclass(frozen=True, slots=True)
class Written:
    """A number as it was written.

    Attributes:
        text: what was written.
        value: its value.
        unit: the size of its last written place, such as 0.01 for ``0.50``.
        bare: whether its last place says nothing: a zero, a whole number without a point, a fraction.
    """

    text: str
    value: float
    unit: float
    bare: bool = False

    @property
    def digits(self) -> int:
        """Significant digits as written, at least 1."""
        return significant(self.value, self.unit)


def significant(value: float, unit: float) -> int:
    """How many digits a value has from its first to the place of `unit`; at least 1."""
    if not value:
        return 1
    return max(1, math.floor(math.log10(abs(value)) + 1e-9) - round(math.log10(unit)) + 1)


@lru_cache(maxsize=50_000)
def read(text: str) -> Written | str:
    """The number that a text writes, or the reason why it is none.

    >>> read("0,5933").value, read("59.3 %").value, read("5.9 x 10^-1").unit
    (0.5933, 0.593, 0.01)
    >>> read("1/4").value, read("−.5").value, read("about a half")
    (0.25, -0.5, '"about a half" is not a number')
    """
    bare = text.strip()
    if _PLAIN.fullmatch(bare) and bare.isascii() and len(bare) < LONGEST:
        return _made(text, bare, 0)
    if len(bare) > LONGEST:
        return f"longer than {LONGEST} characters"
    return _read_other(text, bare)


def _read_other(text: str, bare: str) -> Written | str:
    shown = bare if len(bare) <= 40 else bare[:37] + "..."
    if not bare:
        return "nothing is written"
    clean = _SUPERSCRIPT.sub(lambda m: "10^" + m[1].translate(SUPERSCRIPTS), bare)
    clean = unicodedata.normalize("NFKC", clean).translate(_SIGNS).strip().lstrip("'").strip()
    clean = _LEAD.sub("", clean)
    if clean[:1] in ("=", "@"):
        return f'"{shown}" is a formula of a spreadsheet, not its result'
    if clean.lower().lstrip("+-") in ("inf", "infinity", "nan", "∞"):
        return f'"{shown}" is not a finite number'
    percent = clean.endswith("%")
    if percent:
        clean = clean[:-1].strip()
    if " " in clean or "'" in clean:
        clean = re.sub(r"\s+", " ", clean)
        if _SPACED.fullmatch(clean):
            clean = re.sub("[ ']", "", clean)
        clean = re.sub(r"^([+-]) ", r"\1", clean)
        clean = re.sub(r" ?([ex*/^]) ?", r"\1", clean, flags=re.IGNORECASE)
        clean = re.sub(r"(?<=\^|e) ", "", clean).replace("^- ", "^-")
    top, slash, bottom = clean.partition("/")
    if slash:
        return _fraction(text, shown, top, bottom, percent=percent)
    power = 0
    m = _POWER.fullmatch(clean)
    if m:
        clean, power = m[1] or "1", int(m[2])
        if clean in "+-":
            clean += "1"
    m = _GROUPED.fullmatch(clean)
    if m:
        clean = clean.replace(m[1] or m[2], "")
    if not _NUMBER.fullmatch(clean) or not re.search(r"\d", clean):
        return f'"{shown}" is not a number'
    return _made(text, clean.replace(",", "."), power - 2 * percent, pointed=power != 0 or percent)


def _fraction(text: str, shown: str, top: str, bottom: str, *, percent: bool) -> Written | str:
    one, two = read(top), read(bottom)
    if "/" in bottom or isinstance(one, str) or isinstance(two, str) or percent:
        return f'"{shown}" is not a number'
    if not two.value:
        return f'"{shown}" divides by zero'
    return Written(text, one.value / two.value, 1.0, bare=True)


def _made(text: str, digits: str, power: int, *, pointed: bool = False) -> Written | str:
    whole, point, fraction = digits.partition(".")
    if abs(power) > 300 or len(whole) > 300:
        return f'"{text.strip()[:40]}" is beyond the range of numbers'
    value = float(f"{digits}e{power}") if power else float(digits)
    if not abs(value) < _LARGEST:
        return f'"{text.strip()[:40]}" is beyond the range of numbers'
    places = power - len(fraction)
    if places < -300:
        return f'"{text.strip()[:40]}" is beyond the range of numbers'
    bare = value == 0 or (not pointed and not (point and fraction))
    return Written(text, value, 10.0**places, bare)
