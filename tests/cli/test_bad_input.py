"""Bad problem files: exit 2, every fault on a line of its own with file and line, no traceback, within seconds."""

from __future__ import annotations

import re
import sys
import time

import pytest

from chalkgrad.__main__ import main

GOOD = """\
[[layer]]
weights = [[0.5, -0.25]]
bias = 0.1
activation = "sigmoid"
[training]
learning_rate = 0.5
[[sample]]
input = [1, 2]
target = [0]
"""
SECONDS = 10  # a slow and busy machine; they take a few tenths


@pytest.fixture
def solved(tmp_path, capsys):
    """Solve a text or bytes in process: exit code, stdout, lines of stderr with the path as FILE."""

    def run(data, *more):
        file = tmp_path / "bad.toml"
        file.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
        began = time.monotonic()
        code = main(["solve", str(file), *more])
        assert time.monotonic() - began < SECONDS
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        assert "a bug of chalkgrad" not in captured.err
        return code, captured.out, captured.err.replace(str(file), "FILE").splitlines()

    return run


def edited(*pairs: tuple[str, str]) -> str:
    text = GOOD
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


CASES = {
    "empty": ("", [1]),
    "blank": (" \n\n \t\n", [1]),
    "only a comment": ("# nothing\n", [1, 1]),
    "binary": (bytes(range(256)) * 9, [1]),
    "an ELF file": (b"\x7fELF\x02\x01\x01" + bytes(64), [1]),
    "latin-1": (edited(("[[layer]]", 'title = "Übung"\n[[layer]]')).encode("latin-1"), [1]),
    "UTF-16": (GOOD.encode("utf-16"), [1]),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), [1]),
    "a string that does not end": (edited(('"sigmoid"', '"sigmoid')), [4]),
    "a bracket that does not close": (edited(("-0.25]]", "-0.25]")), [2]),
    "no TOML at all": ("{\n  'weights': [1]\n}\n", None),
    "an unknown key": (edited(("bias", "bais")), [3]),
    "two unknown keys": (
        edited(("bias", "bais"), ("[training]", "[training]\nlerning_rate = 1")),
        [3, 6],
    ),
    "an unknown table": (GOOD + "[tranining]\nx = 1\n", [10]),
    "a duplicate key": (edited(("bias = 0.1", "bias = 0.1\nbias = 0.2")), [4]),
    "a duplicate table": (GOOD + "[training]\nmode = 'batch'\n", [10]),
    "ragged weights": (edited(("[[0.5, -0.25]]", "[[0.5, -0.25], [1]]"), ("[0]", "[0, 1]")), [2]),
    "shapes that do not chain": (
        edited(("[training]", "[[layer]]\nweights = [[1, 2, 3]]\n[training]")),
        [6],
    ),
    "nan": (edited(("0.5, ", "nan, ")), [2]),
    "inf": (edited(("bias = 0.1", "bias = inf")), [3]),
    "1e400": (edited(("[1, 2]", "[1e400, 2]")), [8]),
    "a target that is no number": (edited(("[0]", "['no']")), [9]),
    "a target of another size": (edited(("[0]", "[0, 1]")), [9]),
    "a target outside of the loss": (
        edited(("[training]", "[training]\nloss = 'binary_cross_entropy'"), ("[0]", "[1.5]")),
        [10],
    ),
    "softmax without its partner": (edited(('"sigmoid"', '"softmax"')), [5]),
    "softmax in a hidden layer": (
        edited(('"sigmoid"', '"softmax"\n[[layer]]\nweights = [[1]]')),
        [4],
    ),
    "zero samples": (GOOD.partition("[[sample]]")[0], [1]),
    "no layers": ("[training]\nlearning_rate = 1\n[[sample]]\ninput = [1]\n", [1]),
    "iterations of -1": (edited(("[training]", "[training]\niterations = -1")), [6]),
    "iterations of 2.5": (edited(("[training]", "[training]\niterations = 2.5")), [6]),
    "a bias for another number of neurons": (edited(("0.1", "[0.1, 0.2]")), [3]),
    "names that collide": (GOOD + "[names]\np = 'w[1][1,1]'\nq = 'w[1][1,1]'\n", [12]),
    "names that differ in case alone": (GOOD + "[names]\np = 'w[1][1,1]'\nP = 'w[1][1,2]'\n", [12]),
    "a name of the vocabulary": (GOOD + "[names]\nloss = 'w[1][1,1]'\n", [11]),
    "a name of nothing": (GOOD + "[names]\np = 'w[2][1,1]'\n", [11]),
    "a name with an escape sequence": (GOOD + '[names]\n"p\\u001b[31m" = "w[1][1,1]"\n', [11]),
    "a name that turns the writing": (GOOD + '[names]\n"p\u202eq" = "w[1][1,1]"\n', [11]),
    "a table where a number belongs": (edited(("0.5\n", "{ a = 1 }\n")), [6]),
    "a date where a number belongs": (edited(("= 0.1", "= 2020-01-01")), [3]),
    "a boolean where a number belongs": (edited(("= 0.1", "= true")), [3]),
    "a number beyond 64 bits": (
        edited(("[training]", "[training]\niterations = 99999999999999999999999999")),
        [6],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_is_exit_2_with_its_faults_on_their_lines(solved, name):
    data, lines = CASES[name]
    code, out, err = solved(data)
    assert (code, out) == (2, ""), err
    found = [re.match(r"FILE:(\d+): .", line) for line in err]
    assert found
    assert all(found), err
    if lines is not None:
        assert [int(m[1]) for m in found] == lines, err


def test_all_faults_of_a_file_are_reported_at_once(solved):
    data = edited(
        ("0.5, ", "nan, "), ("bias", "bais"), ('"sigmoid"', '"sigmiod"'), ("[training]", "[training]\niterations = -1"),
        ("[1, 2]", "[1, 2, 3]"), ("learning_rate = 0.5", "learning_rate = 'fast'"),
    )  # fmt: skip
    code, _, err = solved(data)
    assert code == 2
    assert [int(line.split(":")[1]) for line in err] == [2, 3, 4, 6, 7, 9]
    assert 'did you mean "sigmoid"?' in err[2]
    assert 'did you mean "bias"?' in err[1]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(),
        GOOD.rstrip("\n").encode(),
    ],
)
def test_a_byte_order_mark_and_windows_line_ends_work(solved, data):
    code, out, err = solved(data)
    assert (code, err) == (0, [])
    assert out == solved(GOOD)[1]


@pytest.mark.parametrize(
    "where",
    ["missing.toml", "", "nowhere/at/all.toml", "x" * 300 + ".toml", "a\0b.toml", "n" * 5000],
)
def test_a_file_that_is_not_there_is_exit_2(tmp_path, capsys, where):
    target = str(tmp_path / where) if where else str(tmp_path)
    assert main(["solve", target]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("chalkgrad: cannot read ")
    assert len(captured.err.splitlines()) == 1
    assert main(["solve", where or "."]) == 2


def test_a_name_that_is_no_file_and_far_too_long_is_exit_2(capsys):
    assert main(["solve", "q" * 5000]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (edited(("[training]", "[training]\niterations = 1000000000000")), "iterations"),
        (edited(("weights = [[0.5, -0.25]]", "units = 1000000")), "width"),
        (edited(("weights = [[0.5, -0.25]]", f"weights = [[{'0.5, ' * 100_001}]]")), "width"),
        (
            "[[layer]]\nweights = [[1]]\n" * 10_000 + "[[sample]]\ninput = [1]\ntarget = [1]\n",
            "layers",
        ),
        (
            edited(
                ("[training]", "[[layer]]\nunits = 99999\n[[layer]]\nunits = 99999\n[training]")
            ),
            "weights",
        ),
        (
            edited(
                ("weights = [[0.5, -0.25]]", f"weights = {[[0.5, -0.25]] * 1000}"),
                ("[0]", str([0] * 1000)),
                ("[training]", "[training]\niterations = 999999"),
            ),
            "cost",
        ),
    ],
)
def test_a_network_that_is_too_large_is_refused_with_the_limit_and_how_to_raise_it(
    solved, data, limit
):
    code, out, err = solved(data)
    assert (code, out) == (2, "")
    assert len(err) == 1
    assert f"--limit {limit}=" in err[0]


def test_a_file_of_fifty_megabytes_is_refused_without_being_parsed(solved):
    code, out, err = solved(b"# " + b"x" * 50_000_000 + b"\n" + GOOD.encode())
    assert (code, out) == (2, "")
    assert "--limit bytes=" in err[0]


@pytest.mark.parametrize(
    "value",
    [
        "[" * 100_000 + "]" * 100_000,
        "[" * 50_000,
        "{a=" * 20_000 + "1" + "}" * 20_000,
        "[[" + "1," * 500_000 + "]]",
    ],
)
def test_deep_nesting_and_long_lists_are_faults_within_seconds(solved, value):
    code, out, err = solved(edited(("[[0.5, -0.25]]", value)))
    assert (code, out) == (2, "")
    assert err
    assert all(len(line) < 400 for line in err)


def test_a_thousand_faults_are_counted_beyond_a_hundred(solved):
    code, _, err = solved("".join(f"key_{k} = {k}\n" for k in range(1000)) + GOOD)
    assert code == 2
    assert len(err) == 101
    assert "more" in err[-1]


# ---------------------------------------------------------------- hostile text
HOSTILE = "\\u001b]0;owned\\u0007 \\u001b[2J\\u009b31m \\u202e \\r \\b <script>alert(1)</script> \\\\input{x} $\\\\write18$ **b** | `c`"


def acts_on_a_terminal(text: str) -> list[str]:
    return [c for c in text if not c.isprintable() and c not in "\n\u00a0"]


@pytest.mark.parametrize("format_", ["text", "markdown", "latex", "html", "json", "notebook"])
def test_a_title_and_a_note_cannot_act_on_a_terminal_or_a_page(solved, format_):
    data = f'title = "{HOSTILE}"\nnote = "{HOSTILE}"\n' + GOOD
    code, out, err = solved(data, "--format", format_)
    assert (code, err) == (0, [])
    assert acts_on_a_terminal(out.replace("\t", "")) == []
    if format_ == "html":
        assert "<script>alert" not in out
    if format_ == "latex":
        assert "\\input{" not in out
        assert "\\write18" not in out


@pytest.mark.parametrize(
    "name",
    [
        "p<q>",
        "a&b",
        "x$y$",
        "\\input{y}",
        "p q",
        "ü_1",
        "w^2",
        "100%",
        "_",
        "`c`",
        "|",
        "#",
        "~",
        '"',
        "p'",
        "α",
        "{",
        "}",
        "--",
        "x" * 60,
        "̈",
    ],
)
@pytest.mark.parametrize("format_", ["text", "markdown", "latex", "html", "json"])
def test_names_of_any_letters_are_shown_in_every_format(solved, name, format_):
    key = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    code, out, err = solved(
        GOOD + f"[names]\n{key} = 'w[1][1,1]'\n", "--format", format_, "--verify"
    )
    assert code == 0, err
    if format_ == "html":
        assert "<q>" not in out
    if format_ == "latex":
        assert "\\input{" not in out


def test_faults_show_control_characters_as_escapes_on_one_line(solved):
    data = (
        edited(('"sigmoid"', '"\\u001b[31msig\\nFILE:1: forged\\u202e"'))
        + '"k\\u001b[2J\\n" = 1\n"\x1b[31m" = 2\n'
    )
    code, out, err = solved(data)
    assert (code, out) == (2, "")
    assert acts_on_a_terminal("".join(err)) == []
    assert len(err) == 3
    assert "\\x1b[31msig" in err[0]


@pytest.mark.parametrize(
    "argv",
    [
        ("solve", "no\x1b[31mfile"), ("solve", "no\x1b[31mfile.toml"), ("solve", "mazur", "--only", "q\x1b[31m"),
        ("solve", "mazur", "--style", "q\x1b[31m"), ("solve", "mazur", "--format", "q\x1b[31m"),
        ("solve", "mazur", "--limit", "q\x1b[31m"), ("solve", "mazur", "--work", "q\x1b[31m"),
        ("solve", "mazur", "--q\x1b[31m"), ("q\x1b[31m",), ("examples", "q\x1b[31m"),
    ],
)  # fmt: skip
def test_an_argument_is_repeated_without_its_control_characters(capsys, argv):
    assert main(list(argv)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert acts_on_a_terminal(captured.err) == []


def test_the_recursion_limit_is_left_as_it_was(solved):
    before = sys.getrecursionlimit()
    solved("[" * 5000)
    assert sys.getrecursionlimit() == before
