"""Outputs that are read as prose when they change; rewritten only by ``pytest --update-golden``."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad import example, render, solve
from chalkgrad.formats import Options

FOLDER = Path(__file__).parent
CASES = {  # file: example, style, format, options; the language stands in the name
    "single-neuron.txt": ("single-neuron", "chain", "text", {}),
    "single-neuron.ascii.txt": ("single-neuron", "chain", "text", {"ascii_only": True}),
    "single-neuron.md": ("single-neuron", "chain", "markdown", {}),
    "mazur.de.txt": ("mazur", "chain", "text", {}),
    "momentum.txt": ("momentum", "chain", "text", {}),
    "momentum.ascii.txt": ("momentum", "chain", "text", {"ascii_only": True}),
    "momentum.md": ("momentum", "chain", "markdown", {}),
    "softmax.txt": ("softmax", "delta", "text", {}),
    "softmax.ascii.txt": ("softmax", "delta", "text", {"ascii_only": True}),
    "softmax.md": ("softmax", "delta", "markdown", {}),
}


@pytest.mark.parametrize("file", CASES)
def test_an_output_is_the_one_that_was_read_and_kept(file, request):
    name, style, format_name, options = CASES[file]
    working = solve(example(name), style=style, language="de" if ".de." in file else "en")
    made = render(working, format_name, Options(width=80, **options))
    target = FOLDER / file
    if request.config.getoption("--update-golden"):
        target.write_text(made, encoding="utf-8")
    assert made == target.read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_a_case():
    kept = {f.name for f in FOLDER.iterdir() if f.suffix in (".txt", ".md")}
    assert kept == set(CASES)


def test_the_ascii_files_are_ascii_and_say_the_same_numbers():
    import re

    for name in ("single-neuron", "momentum", "softmax"):
        plain, ascii_ = ((FOLDER / f"{name}{e}").read_text("utf-8") for e in (".txt", ".ascii.txt"))
        assert ascii_.isascii()
        numbers = lambda text: re.findall(r"\d+\.\d+", text)
        assert numbers(ascii_) == numbers(plain)
