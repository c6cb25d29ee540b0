"""Rewrites what is generated in README.md and docs/: tables, and the output of transcripts.

``python docs/refresh.py`` writes, ``tests/docs`` fails where it would write anything. A table
stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``. A transcript is a ``console``
block; the blocks of a page run one after the other in one empty folder, and ``<!-- file: NAME -->``
above a block puts its text there as a file. A line ``...`` in a transcript stands for any lines.
"""

# ruff: noqa: INP001, T201  a script that prints, in a folder that is no package

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad.__main__ import BUG
from chalkgrad.__main__ import main as chalkgrad
from chalkgrad.activations import ACTIVATIONS, Activation
from chalkgrad.boxes import Id, Named, to_plain
from chalkgrad.examples import example, names
from chalkgrad.formats import FORMATS
from chalkgrad.formula import Formula, Num, Sym
from chalkgrad.inits import INITS
from chalkgrad.losses import LOSSES, NO_LOSS, PAIRINGS
from chalkgrad.marking.digits import ACCIDENTS
from chalkgrad.marking.slips import SLIPS
from chalkgrad.notation import KINDS, MEMORIES, Symbol, bare_name
from chalkgrad.problem import LIMITS
from chalkgrad.rounding import plain
from chalkgrad.typesetting import typeset
from chalkgrad.updates import UPDATES, WEIGHT_DECAY, Terms, update_params

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

ROOT = Path(__file__).parent.parent


def pages() -> list[Path]:
    """Every page that users read."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]


# ---------------------------------------------------------------- blocks of a page
@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: language and text, where the text begins and ends, and the file it is."""

    language: str
    text: str
    start: int
    end: int
    line: int
    file: str = ""


_BLOCK = re.compile(
    r"(?:^<!-- file: (?P<file>\S+) -->\n+)?^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for m in _BLOCK.finditer(page):
        line = page.count("\n", 0, m.start("text")) + 1
        yield Block(m["language"], m["text"], m.start("text"), m.end("text"), line, m["file"] or "")


def commands(transcript: str) -> Iterator[tuple[str, str]]:
    """Each command of a transcript and the output below it."""
    for part in re.split(r"^\$ ", transcript, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


class Shell:
    """Runs the commands of one page in this process; knows `chalkgrad`, `<`, `>` and `echo $?`."""

    def __init__(self) -> None:
        self.code = 0

    def run(self, command: str) -> str:
        """What a command writes to stdout and stderr, in the current folder."""
        words = shlex.split(command)
        if words == ["echo", "$?"]:
            return f"{self.code}\n"
        if words[0] != "chalkgrad":
            raise ValueError(f"a transcript runs chalkgrad alone, not {command}")
        words, source = _taken(words[1:], "<")
        words, target = _taken(words, ">")
        out, said = io.StringIO(), io.StringIO()
        stdin = sys.stdin
        if source:
            sys.stdin = io.TextIOWrapper(io.BytesIO(Path(source).read_bytes()), "utf-8")
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
                self.code = chalkgrad(words)
        finally:
            sys.stdin = stdin
        if self.code == BUG:  # never to be recorded as what chalkgrad does
            raise RuntimeError(f"$ {command}\n{said.getvalue()}")
        if target:
            Path(target).write_text(out.getvalue(), encoding="utf-8")
            return said.getvalue()
        return out.getvalue() + said.getvalue()


def _taken(words: list[str], sign: str) -> tuple[list[str], str]:
    """The words without a redirection, and its file."""
    if sign not in words:
        return words, ""
    at = words.index(sign)
    return words[:at] + words[at + 2 :], words[at + 1]


def fits(expected: str, got: str) -> bool:
    """Whether an output is the expected one, where a line ``...`` stands for any lines."""
    parts = re.split(r"^\.\.\.\n", expected, flags=re.MULTILINE)
    pattern = "(?:.*\n)*?".join(map(re.escape, parts))
    return re.fullmatch(pattern, got) is not None


# ---------------------------------------------------------------- tables
def table(header: str, rows: Iterable[Iterable[object]]) -> str:
    """A table of Markdown; `header` has its cells between bars."""
    cells = header.split("|")
    lines = [cells, ["---"] * len(cells), *rows]
    return "".join("| " + " | ".join(str(c).strip() for c in line) + " |\n" for line in lines)


def code(text: str) -> str:
    """Text set as code, in a cell."""
    return "`" + text.replace("|", "\\|") + "`" if text else ""


def formula(node: Formula, spelled: Mapping[Symbol, str]) -> str:
    """A formula as code, its symbols spelled as given."""
    return code(
        to_plain(typeset(node, lambda s: Named(spelled[s], Id(spelled[s])))).replace("−", "-")
    )


def _params(params: Mapping[str, float]) -> str:
    return ", ".join(code(f"{name} = {plain(value)}") for name, value in params.items())


def _numbers(params: Mapping[str, float]) -> list[Num]:
    """Parameters as numbers that are written as their names."""
    return [Num(0.5, name) for name in params]


_A, _T = Symbol("a", (1, 1)), Symbol("t", (1,), 0)
_Z = [Symbol("z", (1, j)) for j in (1, 2, 3)]


def _activation(row: Activation) -> Iterator[str]:
    layer = list(map(Sym, _Z)) if row.whole_layer else []
    spelled = {_A: "a", **{s: f"z{n}" if layer else "z" for n, s in enumerate(_Z, 1)}}
    params = _numbers(row.params)
    yield code(row.name)
    yield formula(row.value(Sym(_Z[0]), *layer, *params), spelled)
    yield formula(row.slope(Sym(_Z[0]), Sym(_A), *params), spelled)
    yield _params(row.params)
    yield ", ".join(map(code, row.aliases))
    yield " to ".join(plain(round(end, 4)).replace("inf", "∞") for end in row.range)
    yield row.source


def _activations() -> str:
    kinks = "".join(f"- {row.kink}\n" for row in ACTIVATIONS.values() if row.kink)
    header = "name|a = f(z)|da/dz as shown|parameters|also read as|range|source"
    return table(header, map(_activation, ACTIVATIONS.values())) + "\n" + kinks


def _losses() -> str:
    spelled = {_A: "a", _T: "t"}
    rows = []
    for row in LOSSES.values():
        terms = [Sym(_A), *([Sym(_T)] if row.takes else []), *_numbers(row.params)]
        value, slope = formula(row.value(*terms), spelled), formula(row.slope(*terms), spelled)
        takes = row.takes or "none"
        rows.append((code(row.name), value, slope, _params(row.params), takes, row.source))
    rows.append((code(NO_LOSS), "", "", "", "none, or left unread", "a forward pass alone"))
    kinks = "".join(f"- {row.kink}\n" for row in LOSSES.values() if row.kink)
    return table("name|E of one output|dE/da|parameters|targets|source", rows) + "\n" + kinks


def _pairings() -> str:
    spelled = {_A: "a", _T: "t"}
    rows = []
    for pair in PAIRINGS.values():
        params = _numbers(ACTIVATIONS[pair.activation].params)
        delta = formula(pair.delta(Sym(_A), Sym(_T), *params), spelled)
        rows.append((code(pair.activation), code(pair.loss), delta))
    return table("activation|loss|delta = dE/dz", rows)


def _updates() -> str:
    spelled = {Symbol("w"): "p", Symbol("grad_w"): "g", Symbol("lr"): "η", Symbol("update"): "k"}
    greek = {"weight_decay": "λ", "momentum": "μ", "rho": "ρ", "beta1": "β1", "beta2": "β2"}
    spelled |= {Symbol(name): greek.get(name, "ε") for name in (*greek, "epsilon")}
    for kind, (letter, _) in MEMORIES.items():
        mark = "^" if kind.endswith("unbiased") else ""
        spelled[Symbol(kind)] = letter + mark
        spelled[Symbol(kind, (), 0)] = f"{letter}_old"

    def sym(name: str) -> Sym:
        return Sym(Symbol(name))

    terms = Terms(
        sym("w"), sym("grad_w"), sym("lr"), sym("update"), sym, sym, lambda k: Sym(Symbol(k, (), 0))
    )
    rows = []
    for row in UPDATES.values():
        lines = [
            f"`{spelled[Symbol(kind)]} = {formula(made(terms), spelled)[1:]}"
            for kind, made in row.memory.items()
        ]
        decrease = formula(row.decrease(terms), spelled)
        params = _params(update_params(row))
        rows.append((code(row.name), "<br>".join(lines), decrease, params, row.source))
    return table("name|remembered|taken off p|parameters|source", rows)


def _kinds() -> str:
    rows = []
    for name, kind in KINDS.items():
        if re.sub(r"_[wb]$", "", name) in MEMORIES:
            continue
        alone = "j" if kind.of_sample else "l"  # an index that stands alone
        forms = [code(bare_name(name, tuple(alone if n == 1 else "lji"[:n]))) for n in kind.sizes]
        words = kind.words.format(*("lji" if max(kind.sizes) > 1 else "jji"))
        belongs = "sample" if kind.of_sample else "" if kind.constant else "iteration"
        rows.append((" or ".join(forms), words, belongs))
    return table("name|is the|belongs to a", rows)


def _memories() -> str:
    rules = {
        memory: " ".join(row.name for row in UPDATES.values() if memory in row.memory)
        for memory in MEMORIES
    }
    rules["decayed"] = f"all but adamw, where {WEIGHT_DECAY} is given"
    rows = [(code(f"{key}_w[l][j,i]"), words, rules[key]) for key, (_, words) in MEMORIES.items()]
    return table("name|is the|of", rows)


def _told(sentence: str) -> str:
    return sentence.format(q="*q*", d="…")


def _slips() -> str:
    rows = []
    for row in SLIPS:
        kinds = ", ".join(map(code, row.kinds[:4])) + (" …" if len(row.kinds) > 4 else "")
        rows.append((code(row.id), kinds, _told(row.sentence), row.source))
    return table("id|in|what the student is told|source", rows)


_WHAT = {
    "bytes": "bytes of a problem file",
    "layers": "layers",
    "width": "neurons or inputs of one layer",
    "weights": "weights of the network",
    "iterations": "iterations",
    "cost": "weights × samples × iterations",
    "lines": "lines of working",
}
TABLES: dict[str, Callable[[], str]] = {
    "activations": _activations,
    "losses": _losses,
    "pairings": _pairings,
    "updates": _updates,
    "kinds": _kinds,
    "memories": _memories,
    "limits": lambda: table(
        "limit|most|of", ((code(k), f"{v:,.0f}", _WHAT[k]) for k, v in LIMITS.items())
    ),
    "slips": _slips,
    "accidents": lambda: table(
        "id|what the student is told",
        ((code(row.id), _told(row.sentence)) for row in ACCIDENTS.values()),
    ),
    "inits": lambda: " ".join(map(code, INITS)) + "\n",
    "formats": lambda: table(
        "format|endings|media type",
        ((code(f.name), " ".join(map(code, f.suffixes)), code(f.media)) for f in FORMATS.values()),
    ),
    "examples": lambda: table(
        "name|network|title|what it shows",
        (
            (code(name), "-".join(map(str, p.sizes)), p.title, p.note)
            for name, p in ((name, example(name)) for name in names())
        ),
    ),
}


def tabulated(page: str) -> str:
    """A page with its tables made anew."""
    return re.sub(
        r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)",
        lambda m: f"{m[1]}\n{TABLES[m[2]]()}\n{m[3]}",
        page,
        flags=re.DOTALL,
    )


# ---------------------------------------------------------------- the script
def recorded(page: str) -> str:
    """A page with its transcripts run anew; an output with ``...`` that still fits stays."""
    shell = Shell()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        out, at = "", 0
        for block in blocks(page):
            if block.file:
                Path(block.file).write_text(block.text, encoding="utf-8")
            if block.language != "console":
                continue
            text = ""
            for command, expected in commands(block.text):
                got = shell.run(command)
                text += f"$ {command}\n" + (expected if fits(expected, got) else got)
            out += page[at : block.start] + text
            at = block.end
        return out + page[at:]


def main() -> None:
    """Rewrite every page that is stale."""
    for path in pages():
        old = path.read_text(encoding="utf-8")
        new = recorded(tabulated(old))
        if new != old:
            path.write_text(new, encoding="utf-8")
            print("rewrote", path.relative_to(ROOT))


if __name__ == "__main__":
    main()
