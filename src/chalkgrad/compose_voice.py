"""What every part of a working is said with: its sentences, numbers, symbols and headings."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from chalkgrad.boxes import asciify
from chalkgrad.rendering.document import Heading
from chalkgrad.sentences import named, say
from chalkgrad.typesetting import numeral

if TYPE_CHECKING:
    from chalkgrad.boxes import Box
    from chalkgrad.notation import Symbol
    from chalkgrad.rendering.document import Inline
    from chalkgrad.spelling import Speller
    from chalkgrad.working import Working


class Voice:
    """Says one working in its language; holds the anchors that are taken, and what is to be explained."""

    def __init__(self, working: Working) -> None:
        self.working, self.language = working, working.language
        self.problem = working.problem
        self.training = working.problem.training
        self.speller: Speller = working.problem.speller(working.notation)
        self.any_marked = self.any_left_out = False
        self._anchors: set[str] = set()

    def say(self, key: str, **slots: object) -> str:
        """A sentence in the language of the working."""
        return say(key, self.language, **slots)

    def number(self, text: str) -> Box:
        """A written number, or the word for none."""
        return numeral(text, self.language)

    def called(self, name: str) -> str:
        """What a row of a table is called."""
        return named(name.replace("_", " "), self.language)

    def heading(self, level: int, text: str) -> Heading:
        """A heading with an anchor of its own."""
        letters = asciify(text.lower())
        stem = "".join(c if c.isalnum() else "-" for c in letters).strip("-")
        anchor, n = stem, 1
        while anchor in self._anchors:
            n += 1
            anchor = f"{stem}-{n}"
        self._anchors.add(anchor)
        return Heading(level, text, anchor)

    def listed(self, words: str, symbols: list[Symbol]) -> Inline:
        """``Weights of layer 1: w1 = 0.15, w2 = 0.20``."""
        line: list[str | Box] = [f"{words}: "]
        for symbol in symbols:
            value = self.working.plan.constant(symbol)
            text = self.working.text_of(symbol, float(value or 0.0))
            line += [", "] if len(line) > 1 else []
            line += [
                self.speller(symbol, symbol._replace(sample=max(symbol.sample, 1))),
                " = ",
                self.number(text),
            ]
        return tuple(line)


def harmless(text: str) -> str:
    """Words of a file without characters that act on a terminal or turn the direction of writing.

    >>> harmless("a\\x1b[31mb\\u202ec\\nd")
    'a[31mbc d'
    """
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
