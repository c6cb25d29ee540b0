"""Plain text: equations over several lines, names and matrices without TeX, and workings that the library types."""

from __future__ import annotations

import pytest

from chalkgrad import audit, example, loads, render, solve
from chalkgrad.auditing.chains import chains_of
from chalkgrad.auditing.documents import read_document
from chalkgrad.auditing.givens import problem_text

NAMES = {"markdown": "notes.md", "latex": "notes.tex", "text": "notes.txt"}


def sides(text):
    """The chains of a text: how many sides each has, and its names."""
    found, _ = chains_of(read_document("notes.txt", text))
    return [(len(c.sides), c.names) for c in found]


def wrong(text, problem="mazur"):
    return [(f.line, f.printed, f.name) for f in audit({"notes.txt": text}, example(problem)).wrong]


def named(text, problem="mazur"):
    return {
        f.printed: f.name for f in audit({"notes.txt": text}, example(problem)).figures if f.name
    }


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("z = 0.1*0.5\n  = 0.05", [(3, ["z"])]),
        ("z\n  = 0.1*0.5\n  = 0.05", [(3, ["z"])]),
        ("z = 0.1*0.5\n    + 0.3\n  = 0.35", [(3, ["z"])]),
        ("z = (0.1 + 0.2\n  + 0.3) * 2\n  = 1.2", [(3, ["z"])]),
        ("z = 0.1*0.5\n  = 0.05\na = 0.5", [(3, ["z"]), (2, ["a"])]),
    ],
)
def test_an_equation_goes_on_over_lines(text, want):
    assert sides(text) == want


@pytest.mark.parametrize("mark", ["-", "*", "+", "  -"])
def test_an_item_of_a_list_is_no_rest_of_the_equation_above(mark):
    assert sides(f"z = 0.4\n{mark} a = 0.6") == [(2, ["z"]), (2, ["a"])]


def test_a_sentence_below_an_equation_is_no_rest_of_it():
    assert sides("z = 0.1*0.5\n      so that 0.3 is left\n  = 0.05") == [(2, ["z"])]


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("w5_new = 0.35891648", "new_w[2][1,1]"),
        ("w₅' = 0.35891648", "new_w[2][1,1]"),
        ("w[2][1,1]_new = 0.35891648", "new_w[2][1,1]"),
        ("dE/dw5 = 0.082167041", "grad_w[2][1,1]"),
        ("dE_total/dw5 = 0.082167041", "grad_w[2][1,1]"),
        ("∂E/∂w[2][1,1] = 0.082167041", "grad_w[2][1,1]"),
        ("delta_o1 = 0.138498562", "delta[2][1]"),
        ("δ[2][1] = 0.138498562", "delta[2][1]"),
        ("out_h1 = 0.593269992", "a[1][1]"),
        ("dout_o1/dnet_o1 = 0.186815602", "da_dz[2][1]"),
        ("a[1][1] = 0.593269992", "a[1][1]"),
        ("w5 ↦ 0.35891648", "new_w[2][1,1]"),
    ],
)
def test_a_name_without_tex_is_a_quantity(printed, name):
    figure = printed.split()[-1]
    assert named(f"so\n{printed}\n")[figure] == name


@pytest.mark.parametrize(
    ("right", "slip"),
    [
        ("a[1][1] = 0.593269992", "a[1][1] = 0.598269992"),
        ("w[2][1,1]_new = 0.35891648", "w[2][1,1]_new = 0.35891684"),
        ("∂E/∂w5 = 0.082167041", "∂E/∂w5 = 0.082467041"),
        ("dE_total/dw5 = 0.082167041", "dE_total/dw5 = 0.082467041"),
        ("E_o1 = (0.01 - 0.75)² / 2 = 0.2738", "E_o1 = (0.01 - 0.75)² / 2 = 0.2378"),
        ("z = √(0.16) + 1e−1 = 0.5", "z = √(0.16) + 1e−1 = 0.6"),
    ],
)
def test_a_wrong_figure_beside_a_typed_name_is_found(right, slip):
    assert wrong(right) == []
    assert [f[:2] for f in wrong(slip)] == [(1, slip.split()[-1])]


def test_blanks_and_semicolons_make_a_matrix():
    text = "z[1] = [0.15 0.20; 0.25 0.30] [0.05; 0.10] + [0.35; 0.35]\n     = [0.3775; {}]\n"
    assert wrong(text.format("0.3925")) == []
    assert wrong(text.format("0.3952")) == [(2, "0.3952", "z[1][2]")]


def test_a_sum_in_square_brackets_is_no_matrix():
    assert sides("z = 2 * [0.1 + 0.2] = 0.6") == [(3, ["z"])]
    assert wrong("z = 2 * [0.1 + 0.2] = 0.6") == []


def test_indices_that_count_from_zero_name_nothing():
    text = "a[0][0] = 0.05\na[1][1] = 0.75136507\nw[1][1,1] = 0.45"
    assert wrong(text) == []
    assert "a[1][1]" not in named(text).values()


def test_a_short_line_alone_says_which_sample_is_meant():
    text = "Sample {}\n\n  a[2][1] = −0.2916\n"
    assert wrong("Notes\n\n" + text.format(2), "tanh-batch") == []
    assert wrong("Notes\n\n" + text.format(3), "tanh-batch") == [(5, "−0.2916", "s3.a[2][1]")]


# ---------------------------------------------------------------- what the library types itself
@pytest.mark.parametrize("style", ["chain", "delta", "matrix"])
@pytest.mark.parametrize("name", ["single-neuron", "two-two-one", "relu-bce", "vanishing"])
def test_a_working_in_plain_text_is_read(name, style):
    text = render(solve(example(name), style=style), "text")
    found = audit({"notes.txt": text}, example(name))
    coverage = found.coverage()
    assert found.wrong == ()
    assert coverage["checked"] >= 0.95 * coverage["figures"]


@pytest.mark.parametrize("form", NAMES)
@pytest.mark.parametrize(
    ("name", "style", "iterations"),
    [("single-neuron", "chain", 3), ("two-two-one", "delta", 2), ("tanh-batch", "matrix", 2)],
)
def test_more_iterations_than_the_problem_states_give_no_finding(name, style, iterations, form):
    assert example(name).training.iterations < iterations
    text = render(solve(example(name), style=style, iterations=iterations), form)
    found = audit({NAMES[form]: text}, example(name))
    assert f"Iteration {iterations}" in text
    assert found.wrong == ()
    assert found.coverage()["checked"] >= 0.95 * found.coverage()["figures"]


@pytest.mark.parametrize("form", ["markdown", "text"])
def test_the_givens_of_a_working_are_those_of_its_problem(form):
    problem = example("mazur")
    text = render(solve(problem), form)
    found = loads(problem_text(NAMES[form], text))
    assert [layer.weights for layer in found.layers] == [la.weights for la in problem.layers]
    assert not found.training.train_biases
    assert audit({NAMES[form]: text}, found).wrong == ()
