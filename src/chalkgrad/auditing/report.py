"""An audit as text, in the manner of a compiler: the place, the line with the figure underlined, and why."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from chalkgrad.auditing.excerpt import excerpt
from chalkgrad.auditing.grouping import Group, groups
from chalkgrad.auditing.records import CARRIED, DAMAGE, FORMULA, OK, UNREAD, WRONG, Audit, Finding
from chalkgrad.errors import visible
from chalkgrad.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Paint = Callable[[str, str], str]

NARROWEST = 40
_MOST_FOLLOWING = 12
_FIRM = "\u00a0"
"""A space at which no line is broken."""
_STYLES = {"place": "1", "wrong": "1;31", "damage": "1;35", "under": "31", "dim": "2"}
_WORDS = {OK: "ok", CARRIED: "carried", UNREAD: "not read", WRONG: "wrong"}


def to_text(audit: Audit, *, every: bool = False, width: int = 80, colour: bool = False) -> str:
    """What an audit found, as text of at most `width` columns wherever lines can be broken.

    Args:
        audit: what was found.
        every: also the figures that are right, carried or not read, and the names.
        width: columns.
        colour: whether to add the escape codes of a terminal.
    """
    width = max(width, NARROWEST)
    paint: Paint = _coloured if colour else lambda text, style: text
    out: list[str] = []
    for group in groups(audit.figures):
        out += [*_group(group, audit, width, paint), ""]
    out += [
        _one_line(f)
        for f in audit.figures
        if f.verdict != WRONG and (every or (f.verdict == UNREAD and f.kind == DAMAGE))
    ]
    out += _names(audit, width) if every else []
    out += [""] if out and out[-1] else []
    for text in (*_conventions(audit), *map(visible, audit.notes)):
        out += textwrap.wrap(text, width, subsequent_indent="  ", break_long_words=False)
    out.append(coverage_line(audit))
    return "\n".join(line.rstrip() for line in out) + "\n"


def _coloured(text: str, style: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


# ---------------------------------------------------------------- wrong figures
def headline(finding: Finding) -> str:
    """What is wrong, in a few words.

    >>> headline(Finding("a.md", 1, 1, 5, "0.874", None, "wrong", expected="0.875"))
    '0.874 should be 0.875'
    """
    printed = visible(finding.printed)
    if finding.expected is not None:
        return f"{printed} should be {visible(finding.expected)}"
    return f"{printed} cannot stand here" if finding.kind != DAMAGE else f"{printed} is damaged"


def _group(group: Group, audit: Audit, width: int, paint: Paint) -> Iterator[str]:
    origin = group.origin
    place = visible(f"{origin.document}:{origin.line}:{origin.column}")
    kind = {DAMAGE: "damage", FORMULA: "wrong formula"}.get(origin.kind, "wrong")
    name = f" [{origin.name}]" if origin.name else ""
    style = "damage" if origin.kind == DAMAGE else "wrong"
    yield f"{paint(f'{place}:', 'place')} {paint(kind, style)}: {headline(origin)}{name}"
    yield from _source(origin, audit, width, paint, origin.expected or "")
    for sentence in sentences(origin):
        yield from _wrapped(sentence, width)
    if group.follow:
        yield from _wrapped(following(group), width)


def _source(finding: Finding, audit: Audit, width: int, paint: Paint, label: str) -> Iterator[str]:
    """The line with its number, and the figure underlined."""
    lines = audit.documents.get(finding.document, ())
    text = lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""
    gutter = f"{finding.line:>5} | "
    shown = excerpt(text, finding.column, finding.end, width - len(gutter))
    yield paint(gutter, "dim") + shown.line
    under = shown.underline
    label = visible(label)
    if label and len(gutter) + len(under) + 1 + len(label) <= width:
        under += f" {label}"
    yield paint(" " * (len(gutter) - 2) + "| ", "dim") + paint(under, "under")


def sentences(finding: Finding) -> Iterator[str]:
    """Why a figure is wrong, and which slip makes it, each as a sentence."""
    if finding.explanation:
        yield _sentence(finding.explanation)
    told = [words for _, words in finding.slips if words not in finding.explanation]
    if len(told) == 1:
        yield _sentence(told[0])
    elif told:
        yield f"{len(told)} slips explain it equally well: " + " ".join(
            f"({n}) {_sentence(words)}" for n, words in enumerate(told[:4], 1)
        )
    if finding.cause is not None and finding.verdict == WRONG:
        yield f"It follows from line {finding.cause}."


def _sentence(words: str) -> str:
    """Words with a capital, unless they begin with a name of one letter, and a stop.

    >>> _sentence("the bias is left out"), _sentence("z[1][1] is 0.5.")
    ('The bias is left out.', 'z[1][1] is 0.5.')
    """
    if re.match(r"[a-z]+[ ,]", words) and not re.match(r"[a-z][ ,]", words):
        words = words[0].upper() + words[1:]
    return visible(words if words.endswith((".", "?", "!", "…")) else f"{words}.")


def following(group: Group) -> str:
    """What follows from an origin, in a sentence."""
    told = [
        f"{visible(f.printed)} in line {f.line}"
        + (f" (should be {visible(f.expected)})" if f.expected else "")
        for f in group.follow[:_MOST_FOLLOWING]
    ]
    more = len(group.follow) - len(told)
    if more:
        told.append(f"and {more} more")
    return "From it follows " + ", ".join(told) + "."


def _wrapped(sentence: str, width: int) -> list[str]:
    return textwrap.wrap(
        sentence, width, initial_indent="        ", subsequent_indent="        ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


# ---------------------------------------------------------------- the rest
def _one_line(finding: Finding) -> str:
    """A figure that is not wrong, in one line."""
    place = f"{finding.document}:{finding.line}:{finding.column}"
    printed = finding.printed if len(finding.printed) <= 60 else finding.printed[:57] + "..."
    name = f" [{finding.name}]" if finding.name else ""
    why = f": {finding.explanation}" if finding.explanation else ""
    return visible(f"{place}: {_WORDS[finding.verdict]}: {printed}{name}{why}")


def _names(audit: Audit, width: int) -> list[str]:
    if not audit.names:
        return []
    told = ", ".join(
        f"{visible(own)} = {name}".replace(" ", _FIRM) for own, name in audit.names.items()
    )
    lines = textwrap.wrap(
        f"Names: {told}.", width, subsequent_indent="  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    return [line.replace(_FIRM, " ") for line in lines]


def _conventions(audit: Audit) -> Iterator[str]:
    for key, words in audit.conventions.items():
        yield visible(f"Convention: {key}: {words}" if words else f"Convention: {key}")


def coverage_line(audit: Audit) -> str:
    """How much was read and found, in one line.

    >>> coverage_line(Audit({"a.md": ()}, ()))
    '0 figures: 0 checked, 0 not read; nothing to check'
    """
    counts = audit.coverage()
    wrong, carried = len(audit.wrong), sum(f.verdict == CARRIED for f in audit.figures)
    several = f"{len(audit.documents)} documents, " if len(audit.documents) > 1 else ""
    said = [
        f"{wrong} wrong" if wrong else "nothing wrong" if counts["figures"] else "nothing to check"
    ]
    said += [f"{carried} carried"] if carried else []
    said += [f"{len(audit.ignored)} ignored by comments"] if audit.ignored else []
    said += [f"{len(audit.known)} known from the baseline"] if audit.known else []
    return (
        f"{several}{counted(counts['figures'], 'figure')}: {counts['checked']} checked, "
        f"{counts['unread']} not read; {', '.join(said)}"
    )
