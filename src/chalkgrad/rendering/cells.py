"""Text in the columns of a terminal, where some letters are two wide and some none."""

from __future__ import annotations

from unicodedata import category, combining, east_asian_width


def cells(text: str) -> int:
    """Columns of a terminal that a text takes: two for wide letters, none for combining marks."""
    return sum(_cell(char) for char in text)


def _cell(char: str) -> int:
    if combining(char) or category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def pad(text: str, width: int, fill: str = " ") -> str:
    """A text filled up at its right."""
    return text + fill * (width - cells(text))


def centred(text: str, width: int) -> str:
    """A text in the middle of its columns."""
    room = width - cells(text)
    return " " * (room // 2) + text + " " * (room - room // 2)


def wrapped(words: list[str], width: int, margin: str) -> list[str]:
    """Words side by side, on lines with a margin where there is no room; long ones are cut."""
    lines = words[:1]
    for word in words[1:]:
        if cells(lines[-1]) + 1 + cells(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(margin + word.lstrip())
    return [_cut(line, width) for line in lines]


def _cut(line: str, width: int) -> str:
    if cells(line) <= width:
        return line
    kept = ""
    for char in line:
        # one column is kept for the sign of the cut, two of them in ASCII are not worth it
        if cells(kept) + _cell(char) > width - 1:
            break
        kept += char
    return kept + "~"
