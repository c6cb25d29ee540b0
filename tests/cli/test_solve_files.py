"""Files that solve writes: formats by ending, overwriting, failed writes."""

from __future__ import annotations

import json
import resource
import signal

import pytest

from command import SMALL, process

BEGINNINGS = {
    ".txt": "One neuron\n", ".md": "# One neuron", ".markdown": "# One neuron", ".tex": "\\documentclass",
    ".html": "<!doctype html>", ".htm": "<!doctype html>", ".json": '{"schema": "chalkgrad.solve/1"', ".ipynb": "{",
}  # fmt: skip


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_the_ending_of_the_output_chooses_the_format(cg, small, tmp_path, suffix):
    for name in (f"out{suffix}", f"OUT{suffix.upper()}"):
        code, out, _ = cg("solve", small, "-o", tmp_path / name)
        assert (code, out) == (0, "")
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text.lower().startswith(BEGINNINGS[suffix].lower())


def test_format_wins_over_the_ending_and_a_dash_is_stdout(cg, small, tmp_path):
    assert cg("solve", small, "-o", tmp_path / "x.tex", "--format", "json")[0] == 0
    assert json.loads((tmp_path / "x.tex").read_text())["title"] == "One neuron"
    assert cg("solve", small, "-o", "-")[1] == cg("solve", small)[1]


def test_an_existing_file_is_overwritten_only_when_forced(cg, small, tmp_path):
    target = tmp_path / "out.md"
    target.write_text("mine")
    code, out, err = cg("solve", small, "-o", target)
    assert (code, out, target.read_text()) == (2, "", "mine")
    assert "--force" in err
    assert cg("solve", small, "-o", target, "--force")[0] == 0
    assert target.read_text().startswith("# One neuron")


def test_the_problem_file_itself_is_not_overwritten(cg, small):
    assert cg("solve", small, "-o", small, "--format", "text")[0] == 2
    assert small.read_text() == SMALL


def test_a_failed_write_leaves_the_old_file_whole_and_nothing_else(small, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "page.html"
    target.write_text("old")

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = process("solve", str(small), "-o", str(target), "--force", preexec_fn=small_files)
    assert done.returncode == 2
    assert b"cannot write" in done.stderr
    assert target.read_text() == "old"
    assert [p.name for p in folder.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    "where", ["missing/out.txt", ".", "small.toml/out.txt", "n" * 300 + ".txt"]
)
def test_a_place_that_cannot_be_written_is_exit_2_with_the_cause(cg, small, tmp_path, where):
    code, out, err = cg("solve", small, "-o", tmp_path / where, "--force", "--format", "text")
    assert (code, out) == (2, "")
    assert "cannot write" in err
    assert [p.name for p in tmp_path.iterdir()] == ["small.toml"]
