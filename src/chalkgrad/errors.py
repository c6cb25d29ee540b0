"""Everything that chalkgrad raises on purpose.

ChalkgradError
├── ProblemError      a problem file or a Problem is at fault; carries every fault found
├── RequestError      the request cannot be carried out as it stands (a name, a file, a choice)
├── LimitError        the request is over a limit; says which one and how to raise it
├── MissingExtra      an optional part is not installed; says which extra to install
└── VerificationError a working broke its own rules: a bug of chalkgrad, never the user's
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class ChalkgradError(Exception):
    """The root of the tree above."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a problem.

    Attributes:
        path: where it is, as keys and 0-based positions: ``("layer", 1, "weights")``.
        must: what stands there must be this.
        got: what was found.
        hint: the nearest valid name or the likely cure, or "".
        line: line of the file, from 1; 0 where there is no file.
    """

    path: tuple[str | int, ...]
    must: str
    got: str
    hint: str = ""
    line: int = 0

    def sentence(self) -> str:
        """The fault as one line, without the place in a file.

        >>> Fault(("layer", 0, "bias"), "a number or a list", "'x'").sentence()
        "layer[1].bias must be a number or a list, got 'x'"
        """
        where = place(self.path)
        text = f"{where} must be {self.must}" if where else f"must be {self.must}"
        if self.got:
            text += f", got {self.got}"
        return f"{text}; {self.hint}" if self.hint else text


def place(path: Iterable[str | int]) -> str:
    """A path as users count: from 1, in brackets.

    >>> place(("layer", 0, "weights", 1, 2))
    'layer[1].weights[2][3]'
    """
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def nearest(got: str, valid: Iterable[str]) -> str:
    """A hint that names the valid name nearest to `got`, or "" if none is near.

    >>> nearest("sigmiod", ["tanh", "sigmoid"])
    'did you mean "sigmoid"?'
    """
    import difflib  # only where something is wrong

    near = difflib.get_close_matches(str(got).lower(), list(valid), n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near and near[0] != got else ""


def one_of(what: str, got: object, valid: Iterable[str]) -> None:
    """Refuse what is none of the valid names.

    >>> one_of("style", "chian", ("chain", "delta"))
    Traceback (most recent call last):
    chalkgrad.errors.RequestError: style must be one of chain delta, got "chian"; did you mean "chain"?
    """
    names = list(valid)
    if got not in names:
        hint = nearest(str(got), names)
        said = f'{what} must be one of {" ".join(names)}, got "{got}"'
        raise RequestError(f"{said}; {hint}" if hint else said)


def visible(text: str) -> str:
    """`text` with every character that acts on a terminal written as its escape.

    >>> visible("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def expect(value: object, kind: type, what: str, must: str) -> None:
    """Refuse a value of another kind than a function takes, before it fails somewhere deep within.

    >>> expect("mazur", int, "count", "a number")
    Traceback (most recent call last):
    chalkgrad.errors.RequestError: count must be a number, got 'mazur'
    """
    if not isinstance(value, kind):
        got = visible(repr(value))
        raise RequestError(
            f"{what} must be {must}, got {got if len(got) <= 60 else type(value).__name__}"
        )


class ProblemError(ChalkgradError):
    """A problem has faults; `faults` holds all of them, in the order of the file."""

    def __init__(self, faults: Sequence[Fault], file: str = "") -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        self.file = file
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """One line a fault: ``FILE:LINE: sentence``, or the sentence alone without a file."""
        if not self.file:
            return [visible(fault.sentence()) for fault in self.faults]
        return [visible(f"{self.file}:{max(f.line, 1)}: {f.sentence()}") for f in self.faults]


class RequestError(ChalkgradError):
    """The request cannot be carried out; the message says what was asked and what can be."""


class LimitError(ChalkgradError):
    """The request is over a limit that protects from running for hours by mistake."""

    def __init__(self, limit: str, what: str, got: float, most: float) -> None:
        self.limit, self.got, self.most = limit, min(got, 1e300), most
        got = self.got
        super().__init__(
            f"{what}: {got:,.0f} is over the limit of {most:,.0f}; "
            f"raise it with --limit {limit}={got:.0f} (limits={{'{limit}': {got:.0f}}} in Python)"
        )


class MissingExtra(ChalkgradError):
    """An optional part is not installed; `cure` says what to do where installing it is not enough."""

    def __init__(self, extra: str, what: str, cure: str = "") -> None:
        self.extra = extra
        cure = cure or f'pip install "chalkgrad[{extra}]"'
        super().__init__(f'{what} needs the optional part "{extra}": {cure}')


class VerificationError(ChalkgradError):
    """A working broke its own rules: please report it, with the problem file."""

    def __init__(self, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(findings))
