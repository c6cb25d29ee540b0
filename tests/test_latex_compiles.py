"""Every example compiles with a real TeX: as a page of its own, and as a fragment within one's own."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from chalkgrad import example, render, solve
from chalkgrad.examples import names
from chalkgrad.formats import Options
from large_nets import large_net

TEX = shutil.which("pdflatex")
STYLES = ("chain", "delta", "matrix")
OWN = "\\documentclass{article}\n\\usepackage{amsmath}\n\\begin{document}\n%s\n\\end{document}\n"

pytestmark = pytest.mark.skipif(TEX is None, reason="pdflatex is not installed")


@pytest.mark.parametrize(("number", "name"), list(enumerate(names())))
def test_an_example_compiles_as_a_page_and_as_a_fragment(number, name, tmp_path):
    """The styles take turns: three examples show all of them."""
    worked = solve(example(name), style=STYLES[number % 3])
    page = render(worked, "latex")
    fragment = render(worked, "latex", Options(fragment=True))
    for stem, text in (("page", page), ("own", OWN % fragment)):
        file = tmp_path / f"{stem}.tex"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [TEX, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", file.name],
            cwd=tmp_path, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        log = done.stdout.decode("latin-1")
        assert done.returncode == 0, log[-2000:]
        assert "Undefined control sequence" not in log
        assert (tmp_path / f"{stem}.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(("name", "style"), [("relu-bce", "chain"), ("momentum", "matrix")])
def test_a_german_page_compiles_with_the_same_few_packages_and_all_its_letters(
    name, style, tmp_path
):
    file = tmp_path / "page.tex"
    file.write_text(render(solve(example(name), style=style, language="de"), "latex"), "utf-8")
    done = subprocess.run(
        [TEX, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", file.name],
        cwd=tmp_path, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    log = done.stdout.decode("latin-1") + (tmp_path / "page.log").read_text("latin-1")
    assert done.returncode == 0, log[-2000:]
    for fault in ("Undefined control sequence", "Missing character", "babel", "Overfull"):
        assert fault not in log


@pytest.mark.parametrize(
    ("sizes", "samples"), [((10, 12, 5), 2), ((2, 30, 2), 1), ((40, 17, 3), 1)]
)
def test_no_matrix_is_wider_or_higher_than_the_page(sizes, samples, tmp_path):
    file = tmp_path / "page.tex"
    worked = solve(large_net(sizes, samples), style="matrix")
    file.write_text(render(worked, "latex"), encoding="utf-8")
    done = subprocess.run(
        [TEX, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", file.name],
        cwd=tmp_path, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]
    assert "Overfull" not in (tmp_path / "page.log").read_text("latin-1")


def test_hostile_words_compile_and_run_nothing(tmp_path):
    words = r"\input{/etc/passwd} \write18{touch ran} $x$ % & # _ ^ ~ { } \ " + "é ß Σ → 数 ‘’"
    problem = example("single-neuron").with_(
        title=words, note=words, names={"p$%_{": "w[1][1,1]", r"\x^^M": "w[1][1,2]"}
    )
    file = tmp_path / "page.tex"
    file.write_text(render(solve(problem), "latex"), encoding="utf-8")
    done = subprocess.run(
        [TEX, "-interaction=nonstopmode", "-halt-on-error", "-shell-escape", file.name],
        cwd=tmp_path, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]
    assert not (tmp_path / "ran").exists()
