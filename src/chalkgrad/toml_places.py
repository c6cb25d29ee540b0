"""Where each key and each list element of a TOML text stands: tomllib gives no lines, hence this.

The scanner is tolerant. It reads what tomllib would refuse, goes on after it, and says which
statements are at fault (written twice, not closed), so that a reader can mend the text and report
every fault at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from chalkgrad.light import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Path: TypeAlias = "tuple[str | int, ...]"

# Possessive repeats (+) keep every pattern linear, also on strings that are never closed.
_TOKEN = re.compile(
    r'''"""(?:[^\\"]|\\[\s\S]?|"(?!""))*+(?:"{3,5}|\Z)'''
    r"""|'''(?:[^']|'(?!''))*+(?:'{3,5}|\Z)"""
    r"""|"(?:[^"\\\n]|\\[^\n]?)*+"?"""
    r"""|'[^'\n]*+'?"""
    r"""|\n|[\[\]{},=]|[^\s#"'\[\]{},=]++"""
    r"""|[^\S\n]++|\#[^\n]*+"""
)
# A line that cannot be part of a list: there the scanner goes on after a list that is not closed.
_RESUME = re.compile(
    r"[ \t]*(?:[A-Za-z_][\w.-]*[ \t]*="
    r"|\[\[?[ \t]*(?!(?:true|false|inf|nan)\b)[A-Za-z_][\w.-]*[ \t]*\]\]?[ \t\r]*(?:#|$))",
    re.MULTILINE,
)
# Deeper than any problem file; beyond it paths are not told apart, which keeps the scan linear.
MOST_DEPTH = 64
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a TOML text: ``key = value`` or a header.

    Attributes:
        path: what it sets or opens.
        line: where it starts, from 1.
        start, end: its part of the text; for a repeated key of an inline table, from the comma on.
        header: the header as it should be written, or "" for ``key = value``.
        first: the line on which its path was set before, or 0.
        closed: whether all its brackets are closed.
    """

    path: Path
    line: int
    start: int
    end: int
    header: str = ""
    first: int = 0
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Places:
    """Lines of a TOML text by path: keys and 0-based positions.

    Attributes:
        keys: the line of every key, table and table of a list of tables.
        elements: the lines of the elements of every list, by the path of the list.
        statements: all statements in order.
        faulty: those that are written twice or are not closed.
        deep: the line on which lists or tables are nested too deep, or 0.
    """

    keys: Mapping[Path, int]
    elements: Mapping[Path, Sequence[int]]
    statements: Sequence[Statement]
    faulty: Sequence[Statement]
    deep: int = 0

    def line(self, path: Path) -> int:
        """The line of `path`, or of its nearest ancestor that stands in the text; 1 if none does.

        >>> places("[a]\\nb = [\\n  1,\\n  2,\\n]\\n").line(("a", "b", 1, "x"))
        4
        """
        for end in range(len(path), 0, -1):
            found = self.keys.get(path[:end])
            if found:
                return found
            lines, at = self.elements.get(path[: end - 1], ()), path[end - 1]
            if isinstance(at, int) and 0 <= at < len(lines):
                return lines[at]
        return 1


def places(text: str) -> Places:
    """The places of a TOML text, in one pass; a text that is not TOML gives what can be made out.

    >>> found = places('[[layer]]\\nbias = 1\\n[[layer]]\\nbias = 2\\nbias = 3\\n')
    >>> found.line(("layer", 1, "bias")), [(twice.line, twice.first) for twice in found.faulty]
    (4, [(5, 4)])
    """
    scanner = _Scanner(text)
    scanner.run()
    return Places(scanner.keys, scanner.elements, scanner.statements, scanner.faulty, scanner.deep)


def header_text(path: Sequence[str], *, of_list: bool) -> str:
    """A header, each key in quotes where it needs them: ``[[layer]]``."""
    body = ".".join(
        part if re.fullmatch(r"[\w-]+", part, re.ASCII) else quoted(part) for part in path
    )
    return f"[[{body}]]" if of_list else f"[{body}]"


def quoted(text: str) -> str:
    r"""A TOML basic string on one line.

    >>> print(quoted('say "1\\2"\n'))
    "say \"1\\2\"\n"
    """
    back = {value: key for key, value in _ESCAPES.items()}
    made = "".join(
        f"\\{back[c]}" if c in back else f"\\u{ord(c):04X}" if c < " " or c == "\x7f" else c
        for c in text
    )
    return f'"{made}"'


@dataclass(slots=True)
class _Frame:
    """A list or an inline table that is open."""

    path: Path
    lines: list[int] | None  # of the elements of a list; None in an inline table
    fresh: bool = True
    comma: int = 0
    here: Path = ()
    repeats: list[tuple[Path, int, int, int]] = field(default_factory=list)


class _Scanner:
    """One pass over a text: holds the position, and what has been found."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys: dict[Path, int] = {}
        self.elements: dict[Path, list[int]] = {}
        self.statements: list[Statement] = []
        self.faulty: list[Statement] = []
        self.deep = 0
        self._kinds: dict[Path, str] = {}
        self._counts: dict[Path, int] = {}
        self._tokens = _TOKEN.finditer(text)
        self._held: tuple[str, int] | None = None
        self._line, self._ahead = 1, 1
        self._end = 0  # of the last token that is not a line end

    def _next(self) -> tuple[str, int]:
        """The next token and its place; "" at the end. ``_line`` is then the line it starts on."""
        if self._held:
            held, self._held = self._held, None
            return held
        for m in self._tokens:
            token = m[0]
            self._line = self._ahead
            if token[0] in "\n\"'":
                self._ahead += token.count("\n")
            elif token[0] == "#" or token.isspace():
                continue
            if token != "\n":
                self._end = m.end()
            return token, m.start()
        self._line = self._ahead
        return "", len(self.text)

    def run(self) -> None:
        """Scan all statements."""
        table: Path = ()
        while True:
            token, start = self._next()
            if not token:
                return
            if token == "[":
                table = self._header(start)
            elif token != "\n":
                self._held = (token, start)
                self._assignment(table, start)

    def _key(self, stops: tuple[str, ...]) -> tuple[list[str], str]:
        """The parts of a dotted key, and the token that ended it."""
        parts: list[str] = []
        while True:
            token, start = self._next()
            if token in stops or token in ("\n", ""):
                if token != "=":
                    self._held = (token, start)
                return parts, token
            if token[0] in "\"'":
                parts.append(_unquoted(token))
            else:
                parts += [part for part in token.split(".") if part]

    def _rest_of_line(self) -> None:
        while self._next()[0] not in ("\n", ""):
            pass

    def _header(self, start: int) -> Path:
        line = self._line
        of_list = self.text.startswith("[", start + 1)
        if of_list:
            self._next()
        parts, _ = self._key(("]",))
        self._rest_of_line()
        path: Path = ()
        for part in parts[:-1][:MOST_DEPTH]:
            path = self._inside((*path, part))
            self._kinds.setdefault(path, "implied")
            self.keys.setdefault(path, line)
        path = (*path, parts[-1]) if parts else path
        kind = self._kinds.get(path, "")
        first = 0
        if of_list and kind in ("", "tables") and parts:
            self._kinds[path] = "tables"
            self.keys.setdefault(path, line)
            path = self._new_table(path, line)
        elif not of_list and kind == "tables":  # [layer] after [[layer]]: meant as one more
            first = self.keys[path]
            path = self._new_table(path, line)
        elif not of_list and kind in ("", "implied"):
            self._kinds[path] = "table"
            self.keys[path] = line
        else:
            first = self.keys.get(path, line)
        made = header_text(parts, of_list=of_list) if parts else ""
        self._done(Statement(path, line, start, self._end, made or "[]", first))
        return path

    def _inside(self, path: Path) -> Path:
        """A path as seen from inside: of a list of tables, its last one."""
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _new_table(self, path: Path, line: int) -> Path:
        count = self._counts.get(path, 0)
        self._counts[path] = count + 1
        self.keys[(*path, count)] = line
        return (*path, count)

    def _done(self, statement: Statement) -> None:
        self.statements.append(statement)
        if statement.first or not statement.closed:
            self.faulty.append(statement)

    def _set(self, table: Path, parts: list[str], line: int) -> tuple[Path, int]:
        """Note a key; gives its path and the line on which it was set before, or 0."""
        path = table
        for part in parts[:-1][:MOST_DEPTH]:
            path = (*path, part)
            if self._kinds.setdefault(path, "dotted") == "value":
                return path, self.keys[path]
            self.keys.setdefault(path, line)
        path = (*path, *parts[-1:])
        if path in self._kinds:
            return path, self.keys[path]
        self._kinds[path] = "value"
        self.keys[path] = line
        return path, 0

    def _assignment(self, table: Path, start: int) -> None:
        line = self._line
        parts, stop = self._key(("=",))
        path, first = (*table, *parts[:1]), 0
        if parts and stop == "=":
            path, first = self._set(table, parts, line)
        closed = self._value(path, keep=not first) if stop == "=" else True
        self._done(Statement(path, line, start, self._end, "", first, closed))

    def _value(self, path: Path, *, keep: bool) -> bool:
        """Scan a value to the end of its statement; False if a bracket stays open."""
        frames: list[_Frame] = []
        while True:
            token, start = self._next()
            if not token:
                return not frames
            frame = frames[-1] if frames else None
            if token == "\n":
                if not frame:
                    return True
                if frame.lines is None or _RESUME.match(self.text, start + 1):
                    return False
                continue
            here = path
            if frame:
                if token in ("]", "}"):
                    self._repeats_of(frame, start)
                    frames.pop()
                    continue
                if token == ",":
                    self._repeats_of(frame, start)
                    frame.fresh, frame.comma = True, start
                    continue
                if frame.lines is None:
                    if frame.fresh:
                        self._held = (token, start)
                        self._inline_key(frame, keep=keep)
                        continue
                    here = frame.here
                elif frame.fresh:
                    frame.lines.append(self._line)
                    frame.fresh = False
                if token in ("[", "{") and frame.lines is not None:
                    here = (*frame.path, len(frame.lines) - 1)
            if token in ("[", "{"):
                if len(frames) >= MOST_DEPTH:
                    self.deep = self.deep or self._line
                    here = frames[-1].path
                lines: list[int] = []
                if token == "[" and keep:
                    lines = self.elements.setdefault(here, lines)
                frames.append(_Frame(here, lines if token == "[" else None, comma=start + 1))

    def _inline_key(self, frame: _Frame, *, keep: bool) -> None:
        line = self._line
        parts, stop = self._key(("=", ",", "}", "]"))
        frame.fresh = stop != "="
        frame.here = (*frame.path, *parts)
        if parts and keep and stop == "=":
            frame.here, first = self._set(frame.path, parts, line)
            if first:
                frame.repeats.append((frame.here, line, frame.comma, first))

    def _repeats_of(self, frame: _Frame, end: int) -> None:
        for path, line, start, first in frame.repeats:
            self.faulty.append(Statement(path, line, start, end, "", first))
        frame.repeats.clear()


def _unquoted(token: str) -> str:
    """The text of a one-line string; escapes that TOML does not know are left as they are."""
    body = token[1:-1] if len(token) > 1 and token[-1] == token[0] else token[1:]
    if token[0] == "'" or "\\" not in body:
        return body

    def plain(m: re.Match[str]) -> str:
        code = int(m[2] or m[3] or "0", 16)
        return _ESCAPES.get(m[1], m[0]) if not code else chr(code) if code < 0x110000 else m[0]

    return re.sub(r"\\(u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|.)", plain, body)
