"""Documents made to break an audit: bounded time and memory, a clear line, an exit code that is right.

They are audited by processes that may use so much memory and processor time and no more.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys

import pytest

MEMORY = 1_000_000_000
SECONDS = 120
"""Of the processor: several times what all of them need, so that only what has no bound meets it."""

TEXTS = {
    "powers": ("n.md", lambda: "$9**9**9 = 5$, $9^{9^{9^9}} = 5$, $10^{10^{10}} \\cdot 0 = 1$\n" * 50, (0, 1)),
    "factorials": ("n.md", lambda: "$" + "9" + "!" * 5_000 + " = 5$, $((((9!)!)!)!)! = 2$\n", (0,)),
    "factorial of a tower": ("n.md", lambda: "$(9^{9^9})! = 5$, $200! / 200! = 1$\n", (0,)),
    "exponentials": ("n.tex", lambda: "$e^{e^{e^{e^{99}}}} = 1$ $\\exp(\\exp(\\exp(1000))) = 2$\n", (0,)),
    "braces": ("n.tex", lambda: "$" + "{" * 100_000 + "1" + "}" * 100_000 + " = 2$\n", (0,)),
    "braces in a display": ("n.tex", lambda: "\\[" + "{" * 100_000 + "1" + "}" * 100_000 + " = 2\\]\n", (0,)),
    "braces that stay open": ("n.md", lambda: "$$" + "{" * 100_000 + "1 = 2$$\n", (0,)),
    "brackets": ("n.md", lambda: "$$x = " + "(" * 90_000 + "1" + ")" * 90_000 + " = 2$$\n", (0,)),
    "fractions": ("n.md", lambda: "$$" + "\\frac{1}{1+" * 15_000 + "1" + "}" * 15_000 + " = 2$$\n", (0,)),
    "exponents of exponents": ("n.md", lambda: "$$2" + "^{2" * 60_000 + "}" * 60_000 + " = 2$$\n", (0,)),
    "minus signs": ("n.md", lambda: "$$" + "-" * 150_000 + "1 = 1$$\n", (0,)),
    "one long sum": ("n.md", lambda: "$$" + "+".join(["0.1"] * 19_000) + " = 1900$$\n", (0,)),
    "one long product": ("n.md", lambda: "$$" + r"\cdot ".join(["0.1"] * 9_000) + " = 1$$\n", (0, 1)),
    "one long chain": ("n.md", lambda: "$$" + "=".join(["1"] * 19_000) + "$$\n", (0,)),
    "environments": ("n.tex", lambda: "\\begin{align}" * 20_000 + "1=2" + "\\end{align}" * 20_000, (0, 1)),
    "environments that stay open": ("n.tex", lambda: "\\begin{align} 1 = 2 \n" * 20_000, (0, 1)),
    "dollars": ("n.md", lambda: "$" * 500_001, (0,)),
    "ticks": ("n.md", lambda: "`$" * 300_000, (0,)),
    "comments that stay open": ("n.md", lambda: "<!-- " * 300_000, (0,)),
    "fences": ("n.md", lambda: "```\n" * 200_001 + "$1=2$", (0, 1)),
    "a macro bomb": ("n.tex", lambda: "".join(
        f"\\newcommand{{\\{chr(98 + k)}}}{{{(chr(92) + chr(97 + k)) * 10}}}\n" for k in range(20)
    ).replace("\\a\\", "1+\\a\\") + "\\newcommand{\\a}{1+1}\n$\\u = 5$\n", (0,)),
    "a macro of itself": ("n.tex", lambda: "\\newcommand{\\x}{\\x\\x}\\newcommand{\\y}[1]{\\y{#1#1}}$\\x = 1$ $\\y{1} = 2$\n", (0,)),
    "many macros": ("n.tex", lambda: "".join(
        f"\\newcommand{{\\m{chr(97 + k % 26)}{chr(97 + k // 26 % 26)}{chr(97 + k // 676)}}}{{1}}\n" for k in range(15_000)
    ) + "$\\maaa + 1 = 3$\n", (0, 1)),
    "control characters": ("n.md", lambda: "\x1b[31m$1 +\x07 1 = 3$\x1b]0;title\x07\n", (0, 1)),
    "right to left": ("n.md", lambda: "\u202e$1 + 1 = 3$\u202c \u2067שלום $2 + 2 = 5$\u2069\n", (1,)),
    "odd digits": ("n.md", lambda: "$١ + ١ = ٣$ $²³ + ½ = 7$ $1_000 + 1e400 = 1e-400$ $1e999999999 = 0$\n", (0, 1)),
    "long digits": ("n.md", lambda: "$0." + "3" * 100_000 + " + " + "7" * 100_000 + " = 1$\n", (0, 1)),
    "nothing but digits": ("n.txt", lambda: "7" * 1_900_000, (0,)),
    "a line of figures": ("n.txt", lambda: "0.5 = " * 15_000, (0,)),
    "many small equations": ("n.md", lambda: "$0.5 + 0.25 = 0.75$\n" * 6_000, (0,)),
    "many wrong equations": ("n.md", lambda: "$0.5 + 0.25 = 0.76$\n" * 6_000, (1,)),
    "one name many times": ("n.md", lambda: "$w_1 = 0.5$ $w_1 = 0.6$ $y = 0.5 \\cdot w_1 = 0.25$\n" * 4_000, (0, 1)),
    "a notebook of nothing": ("n.ipynb", lambda: "[" * 100_000, (0,)),
    "a notebook of escapes": ("n.ipynb", lambda: '{"cells": [{"cell_type": "markdown", "source": ["' + "\\\\" * 400_000 + '$1 = 2$"]}]}', (0, 1)),
    "a table": ("n.md", lambda: "|" * 300_000 + "\n|" + "-|" * 100_000 + "\n|" + "1|" * 10_000 + "\n", (0,)),
    "empty": ("n.md", lambda: "", (0,)),
    "one line end": ("n.tex", lambda: "\n", (0,)),
}  # fmt: skip


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run(folder, *args, stdin=None):
    """Exit code, stdout and stderr of ``chalkgrad audit``."""
    done = subprocess.run(
        [sys.executable, "-m", "chalkgrad", "audit", *map(str, args)],
        cwd=folder, input=stdin, capture_output=True, preexec_fn=limited, timeout=300, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """Exit code, stdout and stderr of one audit of all texts, and the file of each."""
    folder = tmp_path_factory.mktemp("hostile")
    files = {what: f"{k}{name[1:]}" for k, (what, (name, _, _)) in enumerate(TEXTS.items())}
    for what, (_, text, _) in TEXTS.items():
        (folder / files[what]).write_text(text(), encoding="utf-8")
    return *run(folder, *files.values()), files


def test_all_hostile_texts_are_audited_within_bounds_and_nothing_acts_on_the_terminal(audited):
    code, out, err, _ = audited
    assert (code, err) == (1, "")
    assert f"{len(TEXTS)} documents" in out.splitlines()[-1]
    assert all(c.isprintable() or c == "\n" for c in out)


@pytest.mark.parametrize("what", TEXTS)
def test_of_a_hostile_text_only_what_is_wrong_is_called_wrong(what, audited):
    _, out, _, files = audited
    wrong = any(re.match(rf"{re.escape(files[what])}:\d+:\d+: ", line) for line in out.splitlines())
    assert wrong in TEXTS[what][2]


def test_a_file_of_50_mb_is_read_to_the_limit_and_it_is_said(tmp_path):
    with (tmp_path / "n.md").open("w") as stream:
        for _ in range(50):
            stream.write("Words without any figure stand here.\n" * 27_800)
    code, out, err = run(tmp_path, "n.md")
    assert (code, err) == (0, "")
    assert "was not read: more than 2,000,000 bytes" in " ".join(out.split())


def test_a_million_figures_are_read_to_the_limit_and_it_is_said(tmp_path):
    (tmp_path / "n.md").write_text("$0.5 + 0.25 = 0.75$\n" * 333_334)
    code, out, err = run(tmp_path, "n.md")
    assert (code, err) == (0, "")
    assert "and what follows was not read" in " ".join(out.split())


def test_a_document_that_takes_too_long_is_judged_in_part_and_it_is_said(tmp_path):
    (tmp_path / "n.md").write_text("$0.5 + 0.25 = 0.75$\n" * 3)
    for more in ([], ["--problem", "mazur"]):
        code, out, err = run(tmp_path, "n.md", "--limit", "seconds=0", *more)
        assert (code, err) == (0, "")
        said = " ".join(out.split())
        assert (
            "n.md: line 1 and what follows was not judged, or not to the end: more than 0 seconds"
            in said
        )
        assert "--limit seconds=N allows more" in said


def test_macros_that_write_too_much_are_left_out_and_it_is_said(tmp_path):
    bombs = "".join(
        r"\newcommand{\%s}{%s}" % (name, rf"\{inner}" * 10)
        for name, inner in ("ab", "bc", "cd", "de")
    )
    (tmp_path / "n.tex").write_text(bombs + "\\newcommand{\\e}{0.5+}" + "$\\a 1 = 2$\n" * 3_000)
    code, out, err = run(tmp_path, "n.tex")
    assert (code, err) == (0, "")
    assert "more pieces were left out as too long" in " ".join(out.split())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"$1 = 2$\n\0$1 = 2$", "n.md:2: it is not text: a zero byte"),
        (bytes(range(256)) * 100, "n.md:1: it is not text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "it is not text"),
    ],
)
def test_what_is_no_text_is_named_with_its_line(data, says, tmp_path):
    (tmp_path / "n.md").write_bytes(data)
    code, out, err = run(tmp_path, "n.md")
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig", "utf-8"])
def test_text_of_another_encoding_is_read(encoding, tmp_path):
    (tmp_path / "n.md").write_bytes("Größe: $1 + 1 = 3$\n".encode(encoding))
    code, out, _ = run(tmp_path, "n.md")
    assert code == 1
    assert out.startswith("n.md:1:17: wrong: 3 should be 2")


def test_half_of_a_letter_at_the_limit_is_no_fault(tmp_path):
    (tmp_path / "n.md").write_text("a\n" + "ü" * 1_100_000)
    code, out, err = run(tmp_path, "n.md")
    assert (code, err) == (0, "")
    assert "line 2 and what follows was not read" in out


def test_a_folder_a_missing_file_and_a_closed_one_are_named(tmp_path):
    (tmp_path / "closed.md").write_text("$1 = 2$")
    (tmp_path / "closed.md").chmod(0)
    says = [f"{tmp_path}: it is a folder", "none.md: No such file", "closed.md: Permission denied"]
    names = [tmp_path, "none.md", "closed.md"]
    for name, words in zip(names, says, strict=True):
        if name == "closed.md" and os.access(tmp_path / name, os.R_OK):
            continue  # root may read anything
        code, out, err = run(tmp_path, name)
        assert (code, out) == (2, "")
        assert words in err


def test_stdin_without_end_is_read_to_the_limit(tmp_path):
    code, out, _ = run(tmp_path, "-", stdin=b"words \n" * 400_000)
    assert code == 0
    assert "was not read" in " ".join(out.split())


def test_a_name_that_acts_on_the_terminal_is_shown_as_its_escape(tmp_path):
    name = "a\x1b[31m\n.md"
    (tmp_path / name).write_text("$1 + 1 = 3$")
    code, out, err = run(tmp_path, name)
    assert (code, err) == (1, "")
    assert out.startswith("a\\x1b[31m\\n.md:1:")
    code, out, err = run(tmp_path, "none\x1b[31m.md")
    assert "\x1b" not in err


@pytest.mark.skipif(sys.platform != "linux", reason="a file without end is wanted")
def test_a_device_without_end_is_no_text(tmp_path):
    code, out, err = run(tmp_path, "/dev/zero")
    assert (code, out) == (2, "")
    assert "it is not text" in err
