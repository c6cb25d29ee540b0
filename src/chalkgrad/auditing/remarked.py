"""What the words of a sentence say of its figures: that they are wrong, or of a case that is not this one.

Lecturers print wrong answers on purpose (``a common mistake is ...``), work out what would be if a number were
another one, and recall the figures of other examples. None of these is a slip.
"""

from __future__ import annotations

import re

_LONGEST = 600
"""A longer sentence is looked at so far on either side."""
_ENDS = re.compile(
    r"[.!?](?=[\s\"”)*_]*(?:\s|$))|\n[ \t]*\n|\n[ \t]*(?:[-*+•]|\(?\w{1,2}[.)])[ \t]|\n[ \t]*[|#]|\\item\b|\\\\"
)
_RUN_IN = re.compile(
    r"\s*(?:\*\*[^*\n]{3,80}\*\*|\\(?:paragraph|textbf|subparagraph)\*?\{[^}\n]{3,80}\})"
)
_WRONG = re.compile(
    r"[✗✘❌]|\b(?:not\ (?:right|correct|true)\b|wrong(?:ly)?|incorrect(?:ly)?|mistake[sn]?"
    r"|mistakenly|erroneous(?:ly)?|false|falsch\w*"
    r"|for(?:get|gets|got|gotten|getting)|vergess\w*|vergisst|confus\w+|misread\w*)\b",
    re.IGNORECASE,
)
_RIGHTED = re.compile(r"\b(?:not|nothing|never|n't|avoids?|nicht)\b[^.]{0,20}$", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"\b(?:would|might\ have|instead|rather\ than|suppose[ds]?|imagine|pretend|hypothetical\w*"
    r"|had\ (?:we|you|one|it|the)"
    r"|if\b[^.]{0,60}\b(?:were|was|had)"
    r"|(?:last|previous|earlier|other|another|different)\ (?:\w+\ )?(?:week|time|year|lecture|sheet"
    r"|examples?|exercise|problem|network|net|section|chapter|course|students?|book)"
    r"|(?:last|previous)\ (?:week|year|lecture)'?s?|students?\ (?:wrote|write|answered|got|get)"
    r"|ordinary|unlike|würden?|wären?|hätten?|angenommen|stattdessen|anstatt)\b",
    re.IGNORECASE | re.VERBOSE,
)
_SUPPOSED = re.compile(r"(?:^|[\s*_])(?:let|assume|assuming|say|for\ example)\b", re.IGNORECASE)


def called_wrong(text: str, start: int, end: int) -> bool:
    """Whether the sentence around a place says of itself that it is wrong.

    >>> said = "It is a mistake to write $z = 0.3$. Now $z = 0.4$."
    >>> [called_wrong(said, at, at + 3) for at in (said.index("0.3"), said.index("0.4"))]
    [True, False]
    """
    words = _sentence(text, start, end)
    return any(not _RIGHTED.search(words[: m.start()]) for m in _WRONG.finditer(words))


def of_another_case(text: str, start: int, end: int, *, given: bool = True) -> bool:
    """Whether the sentence around a place speaks of what is wrong, of what would be, or of another example.

    Args:
        text: of the document.
        start: where the place begins.
        end: where it ends.
        given: whether it is a number that the problem gives; what is worked out is not laid down by ``let``.
    """
    if called_wrong(text, start, end):
        return True
    words = _sentence(text, start, end)
    return bool(_ELSEWHERE.search(words)) or (not given and bool(_SUPPOSED.search(words)))


def _heading(text: str, start: int) -> str:
    """The words in bold that the paragraph of a place begins with."""
    begin = text.rfind("\n\n", max(0, start - 2 * _LONGEST), start)
    m = _RUN_IN.match(text, begin + 2 if begin >= 0 else 0, start)
    return m[0] + "\n" if m else ""


def _sentence(text: str, start: int, end: int) -> str:
    """The sentence, the item of a list or the row of a table that a place stands in."""
    low = max(0, start - _LONGEST)
    begin = max((m.end() for m in _ENDS.finditer(text, low, start)), default=low)
    m = _ENDS.search(text, end, end + _LONGEST)
    return _heading(text, start) + text[begin : m.start() if m else min(len(text), end + _LONGEST)]
