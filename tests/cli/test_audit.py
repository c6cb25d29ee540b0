"""`audit` from the command line: codes, streams, files."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from chalkgrad import Sample, load
from chalkgrad.__main__ import main

GOOD = "# Notes\n\n$z = 0.1 \\cdot 0.5 + 0.3 = 0.35$\n"
BAD = GOOD.replace("0.35", "0.36")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*args, stdin=None):
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(["audit", *map(str, args)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def notes(tmp_path):
    (tmp_path / "good.md").write_text(GOOD)
    (tmp_path / "bad.md").write_text(BAD)
    return tmp_path


def test_a_right_document_is_exit_0(run, notes):
    code, out, err = run("good.md")
    assert (code, err) == (0, "")
    assert "nothing wrong" in out


def test_a_wrong_figure_is_exit_1_and_shown(run, notes):
    code, out, err = run("bad.md", "good.md")
    assert (code, err) == (1, "")
    assert out.startswith("bad.md:3:28: wrong: 0.36 should be 0.35\n")
    assert "2 documents" in out
    assert run("bad.md", "--exit-zero")[0] == 0


def test_stdin_is_a_document(run):
    code, out, _ = run("-", stdin=BAD.encode())
    assert code == 1
    assert out.startswith("-:3:28:")


def test_json_and_sarif_are_one_object_each(run, notes):
    for option, key in (("--json", "schema"), ("--sarif", "version")):
        code, out, err = run("bad.md", option)
        assert (code, err) == (1, "")
        assert json.loads(out)[key] in ("chalkgrad.audit/1", "2.1.0")


@pytest.mark.parametrize(
    ("file", "begins"),
    [("a.sarif", "{"), ("a.json", '{"schema": "chalkgrad.audit/1"'), ("a.html", "<!DOCTYPE html>"), ("a.txt", "bad.md:3:28")],
)  # fmt: skip
def test_the_ending_of_the_output_file_chooses_the_format(run, notes, file, begins):
    code, out, err = run("bad.md", "-o", file)
    assert (code, out) == (1, "")
    assert "1 wrong" in err
    assert (notes / file).read_text().startswith(begins)
    assert run("bad.md", "-o", file)[0] == 2
    assert run("bad.md", "-o", file, "--force")[0] == 1


def test_fix_prints_a_diff_and_writes_only_if_forced(run, notes):
    code, out, err = run("bad.md", "good.md", "--fix")
    assert code == 1
    assert out.splitlines()[:3] == ["--- a/bad.md", "+++ b/bad.md", "@@ -1,3 +1,3 @@"]
    assert "good.md" not in out
    assert (notes / "bad.md").read_text() == BAD
    code, out, err = run("bad.md", "--fix", "--force")
    assert code == 0
    assert "bad.md: 1 figure corrected" in err
    assert (notes / "bad.md").read_text() == GOOD
    assert "nothing wrong" in out


@pytest.mark.parametrize("text", [BAD.encode("utf-8-sig"), BAD.replace("\n", "\r\n").encode()])
def test_a_correction_in_place_keeps_line_ends_and_mark(run, tmp_path, text):
    (tmp_path / "n.md").write_bytes(text)
    assert run("n.md", "--fix", "--force")[0] == 0
    assert (tmp_path / "n.md").read_bytes() == text.replace(b"0.36", b"0.35")


def test_what_cannot_be_corrected_in_place_is_left_as_it_is(run, tmp_path):
    latin = BAD.replace("Notes", "Übung").encode("latin-1")
    (tmp_path / "latin.md").write_bytes(latin)
    (tmp_path / "bad.md").write_text(BAD)
    code, _, err = run("bad.md", "latin.md", "--fix", "--force")
    assert code == 2
    assert "latin.md: it is not written in UTF-8" in err
    assert (tmp_path / "bad.md").read_text() == BAD
    assert (tmp_path / "latin.md").read_bytes() == latin
    assert run("-", "--fix", "--force", stdin=BAD.encode())[0] == 2


def test_a_file_that_cannot_be_read_does_not_stop_the_others(run, notes):
    code, out, err = run("missing.md", "bad.md", notes)
    assert code == 2
    assert "bad.md:3:28: wrong" in out
    assert err.splitlines() == [
        "missing.md: No such file or directory",
        f"{notes}: it is a folder; name the documents in it",
    ]


def test_a_baseline_silences_what_is_known(run, notes):
    assert run("bad.md", "--write-baseline", "known.json")[0] == 0
    code, out, _ = run("bad.md", "--baseline", "known.json")
    assert code == 0
    assert "1 known from the baseline" in out
    (notes / "bad.md").write_text("new line\n" + BAD + "\n$1 + 1 = 3$\n")
    code, out, _ = run("bad.md", "--baseline", "known.json")
    assert code == 1
    assert out.startswith("bad.md:6:")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((), "no documents"),
        (("good.md", "--json", "--sarif"), "exclude each other"),
        (("good.md", "--json", "--fix"), "exclude each other"),
        (("good.md", "--limit", "figurs=3"), 'did you mean "figures"'),
        (("good.md", "--limit", "figures=x"), "must be a number"),
        (("good.md", "--baseline", "none.json"), "none.json"),
        (("good.md", "--problem", "mazzur"), 'did you mean "mazur"'),
        (("good.md", "--problem", "mazur", "--write-problem", "p.toml"), "exclude each other"),
        (("good.md", "good.md", "--write-problem", "p.toml"), "reads one document"),
        (("good.md", "--write-problem", "p.toml"), "good.md"),
        (("-", "--problem", "-"), "not both"),
    ],
)
def test_a_bad_request_is_exit_2_and_said(run, notes, args, says):
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert says in err


def test_a_correction_in_a_notebook_leaves_all_else_as_it_is(run, tmp_path):
    def cell(kind, *source):
        more = {"outputs": [], "execution_count": None} if kind == "code" else {}
        return {"cell_type": kind, "metadata": {}, "source": list(source), **more}

    def notebook(value):
        cells = [
            cell("code", "x = 1 + 1\n", "# $1 + 1 = 4$"),
            cell("markdown", 'A "quote" and\n', f"$0.5 \\cdot 0.3 = {value}$ \\\\ é\n"),
        ]
        return json.dumps(
            {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1
        )

    (tmp_path / "n.ipynb").write_text(notebook("0.18"))
    code, out, _ = run("n.ipynb")
    assert code == 1
    assert "wrong: 0.18 should be 0.15" in out
    assert run("n.ipynb", "--fix", "--force")[0] == 0
    assert (tmp_path / "n.ipynb").read_text() == notebook("0.15")


def test_the_hook_for_pre_commit_runs_the_verb(run, notes):
    manifest = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text()
    (entry,) = re.findall(r"^  entry: chalkgrad audit *(.*)$", manifest, re.MULTILINE)
    assert run(*entry.split(), "good.md", "bad.md")[0] == 1
    (hook,) = re.findall(r"^- id: (.*)$", manifest, re.MULTILINE)
    page = (Path(__file__).parents[2] / "docs/audit.md").read_text()
    assert f"- id: {hook}\n" in page


NEURON = r"""Inputs $x_1 = 0.1$ and $x_2 = 0.3$, target $t = 0.1$, weights $w_1 = 0.55$ and $w_2 = 0.2$,
bias $b = 1.83$, learning rate $\eta = 0.5$, a sigmoid.

$$z = 0.1 \cdot 0.55 + 0.3 \cdot 0.2 + 1.83 = 1.945$$

$$a = \frac{1}{1 + e^{-1.945}} = 0.8749$$
"""


def test_the_givens_of_a_document_become_a_problem_that_it_is_audited_with(run, tmp_path):
    wrong = (
        NEURON.replace(" + 1.83 = 1.945", " = 0.115")
        .replace("-1.945", "-0.115")
        .replace("0.8749", "0.5287")
    )
    (tmp_path / "good.md").write_text(NEURON)
    (tmp_path / "bad.md").write_text(wrong)
    code, out, err = run("good.md", "--write-problem", "p.toml")
    assert (code, err) == (0, "the givens of good.md are in p.toml\n")
    problem = load(tmp_path / "p.toml")
    assert problem.layers[0].weights == ((0.55, 0.2),)
    assert problem.samples == (Sample((0.1, 0.3), (0.1,)),)
    assert problem.training.learning_rate == 0.5
    assert run("bad.md")[0] == 0  # its arithmetic holds
    assert run("bad.md", "--write-problem", "p.toml")[0] == 2  # the file is there
    code, out, _ = run("bad.md", "--problem", "p.toml")
    assert code == 1
    assert out.startswith("bad.md:4:")
    assert "0.115 should be 1.945" in out
    assert "the bias is left out" in out
    assert "From it follows" in out
    assert "1 wrong" in out.splitlines()[-1]


def test_figures_over_the_limit_are_left_out_and_said(run, notes):
    code, out, _ = run("bad.md", "--limit", "figures=3")
    assert code == 0
    assert "bad.md: line 3 and what follows was not read: more than 3 figures" in " ".join(
        out.split()
    )


def test_the_library_takes_files_and_texts(notes):
    import chalkgrad

    assert [f.expected for f in chalkgrad.audit(notes / "bad.md").wrong] == ["0.35"]
    assert chalkgrad.audit([notes / "good.md"]).clean
    assert not chalkgrad.audit({"a.md": BAD, "b.md": GOOD}).clean
    with pytest.raises(chalkgrad.RequestError, match=r"none\.md"):
        chalkgrad.audit("none.md")
