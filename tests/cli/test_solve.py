"""The verb solve as a user meets it: exit codes, text, options, and the verbs beside it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest


def test_a_solved_problem_is_exit_0_with_the_working_on_stdout_alone(cg, small):
    code, out, err = cg("solve", small)
    assert (code, err) == (0, "")
    assert out.startswith("One neuron\n")
    assert "0.5 · 1 + (−0.25)" in out.replace("0.50", "0.5")


@pytest.mark.parametrize(
    "argv",
    [
        ("solve",),
        ("solve", "mazur", "--bogus"),
        ("slove", "mazur"),
        ("solve", "mazur", "extra"),
        ("solve", "no-such-file.toml"),
        ("solve", "mazurr"),
        ("solve", "mazur", "--format", "latx"),
        ("solve", "mazur", "--style", "deltas"),
        ("solve", "mazur", "--notation", "numbers"),
        ("solve", "mazur", "--language", "fr"),
        ("solve", "mazur", "--policy", "rounded"),
        ("solve", "mazur", "--decimals", "4", "--significant", "4"),
        ("solve", "mazur", "--decimals", "18"),
        ("solve", "mazur", "--decimals", "-1"),
        ("solve", "mazur", "--significant", "0"),
        ("solve", "mazur", "--decimals", "four"),
        ("solve", "mazur", "--iterations", "0"),
        ("solve", "mazur", "--iterations", "-1"),
        ("solve", "mazur", "--iterations", "1e3"),
        ("solve", "mazur", "--iterations", "1000000000000"),
        ("solve", "mazur", "--work", "1,two"),
        ("solve", "mazur", "--work", "2"),
        ("solve", "mazur", "--work", "0"),
        ("solve", "mazur", "--only", "q[1]"),
        ("solve", "mazur", "--only", "z[3][1]"),
        ("solve", "mazur", "--limit", "lines"),
        ("solve", "mazur", "--limit", "line=5"),
        ("solve", "mazur", "--limit", "lines=many"),
        ("solve", "mazur", "--limit", "lines=5"),
        ("solve", "mazur", "-o", "out.docx"),
        ("solve", "mazur", "-o", "out"),
        ("examples", "mazurr"),
    ],
)
def test_a_bad_request_is_exit_2_with_a_reason_and_nothing_on_stdout(
    cg, tmp_path, monkeypatch, argv
):
    monkeypatch.chdir(tmp_path)
    code, out, err = cg(*argv)
    assert (code, out) == (2, ""), err
    assert err.strip()
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (("solve", "mazurr"), 'did you mean "mazur"?'),
        (("solve", "mazur", "--format", "latx"), 'did you mean "latex"?'),
        (
            ("solve", "mazur", "--format", "word"),
            "the formats are text markdown latex html json notebook",
        ),
        (("solve", "mazur", "--only", "grad_q[1][1,1]"), 'did you mean "grad_'),
        (("solve", "mazur", "--only", "net_h3"), 'did you mean "net_h'),
        (("solve", "mazur", "--limit", "iteration=5"), 'did you mean "iterations"?'),
        (("solve", "mazur", "--iterations", "1000000000000"), "--limit iterations="),
        (("solve", "nowhere"), "chalkgrad examples lists what is built in"),
        (("examples", "xorr"), 'did you mean "xor"?'),
    ],
)
def test_a_bad_request_names_the_nearest_or_the_way_out(cg, argv, hint):
    assert hint in cg(*argv)[2]


@pytest.mark.parametrize("format_", ["pdf", "svg", "png"])
def test_a_format_whose_extra_is_missing_is_exit_3_and_named(cg, format_, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)  # what an import meets where it is not there
    code, out, err = cg("solve", "mazur", "--format", format_)
    assert (code, out) == (3, "")
    assert 'needs the optional part "pdf"' in err
    assert cg("solve", "mazur", "-o", tmp_path / f"x.{format_}")[0] == 3
    assert list(tmp_path.iterdir()) == []


def test_a_bug_is_exit_70_and_asks_for_a_report(cg, monkeypatch):
    """The last resort, met by breaking a table from outside."""
    from chalkgrad.formats import FORMATS

    monkeypatch.setitem(FORMATS, "text", None)
    monkeypatch.delenv("CHALKGRAD_DEBUG", raising=False)
    code, out, err = cg("solve", "mazur")
    assert (code, out) == (70, "")
    assert "please report it" in err
    assert "Traceback" not in err


def test_help_and_version_are_exit_0_on_stdout(cg):
    for argv in (("--help",), ("-h",), ("solve", "--help"), ("examples", "-h"), ("--version",)):
        code, out, err = cg(*argv)
        assert (code, err) == (0, ""), argv
        assert "chalkgrad" in out


@pytest.mark.parametrize("style", ["chain", "delta", "matrix"])
def test_ascii_is_ascii_alone_for_every_example(cg, style):
    from chalkgrad.examples import names

    for name in names():
        few = () if name == "nptel" else ("--iterations", 3)
        code, out, _ = cg("solve", name, "--ascii", "--style", style, *few)
        assert code == 0, name
        assert out.isascii(), (name, next(c for c in out if not c.isascii()))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_asked(cg, width):
    from chalkgrad.examples import names

    for name in names():
        code, out, _ = cg("solve", name, "--width", width)
        assert code == 0
        wide = [line for line in out.splitlines() if len(line) > width]
        assert wide == [], name


def test_fragments_leave_the_preamble_to_the_user(cg):
    out = cg("solve", "softmax", "--format", "latex", "--fragment")[1]
    assert "\\documentclass" not in out
    assert "\\begin{document}" not in out
    assert out.strip()


def test_examples_are_listed_and_printed_as_files_that_work(cg, tmp_path):
    code, out, _ = cg("examples")
    names = [line.split()[0] for line in out.splitlines()]
    assert code == 0
    wanted = {
        "single-neuron",
        "two-two-one",
        "mazur",
        "nptel",
        "relu-bce",
        "xor",
        "softmax",
        "tanh-batch",
        "momentum",
    }
    assert wanted | {"adam", "threshold", "vanishing", "regression"} <= set(names)
    listed = json.loads(cg("examples", "--json")[1])
    assert [e["name"] for e in listed["examples"]] == names
    for name in names:
        file = tmp_path / f"{name}.toml"
        file.write_text(cg("examples", name)[1], encoding="utf-8")
        assert cg("solve", file, "--json", "--work", "1")[0] == 0


def test_the_examples_of_the_repository_are_those_of_the_package():
    from chalkgrad.examples import names, path

    folder = Path(__file__).parents[2] / "examples"
    assert {f.stem for f in folder.glob("*.toml")} == set(names())
    for name in names():
        assert (folder / f"{name}.toml").read_bytes() == path(name).read_bytes()


def test_the_schema_is_json(cg):
    code, out, err = cg("schema")
    assert (code, err) == (0, "")
    assert json.loads(out)["type"] == "object"
