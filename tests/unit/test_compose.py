"""Documents of workings: what stands in them, in which order, and what is said of conventions."""

from __future__ import annotations

import pytest

from chalkgrad import (
    Choice,
    Digits,
    Layer,
    Policy,
    Problem,
    Sample,
    Training,
    example,
    render,
    solve,
)
from chalkgrad.boxes import to_plain
from chalkgrad.compose import compose
from chalkgrad.compose_voice import harmless
from chalkgrad.examples import names
from chalkgrad.records import Stop
from chalkgrad.rendering.document import Curve, Diagram, Equations, Heading, Note, Prose, Table
from chalkgrad.sentences import say
from large_nets import large_net

STYLES = ("chain", "delta", "matrix")


def parts(document, kind):
    return [part for part in document.parts if isinstance(part, kind)]


def text(inline):
    return "".join(item if isinstance(item, str) else to_plain(item) for item in inline)


def headings(document):
    return [heading.text for heading in parts(document, Heading)]


def equations(document):
    return [equation for part in parts(document, Equations) for equation in part.items]


def notes(document):
    return " ".join(text(note.text) for note in parts(document, Note))


def test_a_working_is_told_from_the_network_to_the_update():
    assert headings(compose(solve(example("mazur")))) == [
        "The network", "Given", "Forward pass", "Loss", "Backward pass, output layer", "Backward pass, layer 1",
        "Update of layer 1", "Update of layer 2",
    ]  # fmt: skip


def test_updates_in_place_stand_before_the_gradients_that_read_them():
    found = headings(compose(solve(example("mazur").with_(update_order="in_place"))))
    assert (
        found.index("Update of layer 2")
        < found.index("Backward pass, layer 1")
        < found.index("Update of layer 1")
    )


@pytest.mark.parametrize("style", ["chain", "delta"])
def test_every_line_that_a_style_works_with_is_shown_once(style):
    for name in ("mazur", "tanh-batch", "adam", "softmax"):
        worked = solve(example(name), style=style)
        shown = [equation.name for equation in equations(compose(worked))]
        expected = [
            str(s.symbol) for i in worked.iterations for _, steps, _ in i.groups for s in steps
        ]
        assert shown == expected, name
        assert len(set(shown)) == len(shown)


def test_every_gradient_and_update_is_shown_in_every_style():
    for style in STYLES:
        document = compose(solve(example("mazur"), style=style))
        if style == "matrix":
            shown = [equation.name for equation in equations(document)]
            assert {"it1.grad_W[1]", "it1.grad_W[2]"} <= {
                name.replace("s1.", "") for name in shown
            } or shown
            continue
        shown = {equation.name for equation in equations(document)}
        for l in (1, 2):
            for j in (1, 2):
                for i in (1, 2):
                    assert f"it1.grad_w[{l}][{j},{i}]" in shown
                    assert f"it1.new_w[{l}][{j},{i}]" in shown


def test_an_equation_goes_from_the_rule_over_the_formula_and_the_numbers_to_the_value():
    document = compose(solve(example("single-neuron"), work=[1]))
    gradient = next(e for e in equations(document) if e.name == "it1.grad_w[1][1,1]")
    assert to_plain(gradient.left) == "∂E/∂W1"
    assert [to_plain(step) for step in gradient.steps] == [
        "∂E/∂y_hat · ∂y_hat/∂s · ∂s/∂W1", "∂E/∂y_hat · ∂y_hat/∂s · X1", "0.774 · 0.11 · 0.1", "0.0085",
    ]  # fmt: skip


def test_what_would_repeat_itself_is_left_out():
    for name in names():
        count = 1 if not example(name).updates else 2
        for style in STYLES:
            problem = example(name)
            worked = solve(
                problem.with_(iterations=count) if problem.updates else problem, style=style
            )
            for equation in equations(compose(worked)):
                plain = [to_plain(step) for step in equation.steps]
                assert all(one != other for one, other in zip(plain, plain[1:], strict=False)), (
                    equation.name
                )


def test_marks_in_the_working_have_their_sentence_at_the_foot():
    marked = solve(example("softmax"), policy=Policy("exact", Digits("decimals", 3)))
    assert any(e.marked for e in equations(compose(marked)))
    assert say("marked") in notes(compose(marked))
    carried = compose(solve(example("softmax"), policy=Policy("carried", Digits("decimals", 3))))
    assert not any(e.marked for e in equations(carried))
    assert say("marked") not in notes(carried)


@pytest.mark.parametrize(
    ("changes", "subtitle", "note"),
    [
        ({"update_order": "in_place"}, "updates in place", "Updates are made in place"),
        ({"mode": "online"}, "online", "every iteration takes the next sample"),
        ({"train_biases": False}, "biases kept fixed", "The biases are kept fixed"),
        ({"bias_input": -1}, "", "threshold"),
        ({"over_samples": "sum"}, "sum over samples", ""),
        ({"over_outputs": "mean"}, "mean over outputs", ""),
        ({"optimizer": Choice("adam")}, "adam", ""),
        ({"loss": Choice("absolute_error")}, "absolute error", "where a = t is taken as 0"),
    ],
)
def test_a_convention_that_is_not_the_usual_one_is_said(changes, subtitle, note):
    usual = compose(solve(example("tanh-batch"), work=[1]))
    other = compose(solve(example("tanh-batch").with_(**changes), work=[1]))
    assert subtitle in other.subtitle
    assert note in notes(other)
    assert not subtitle or subtitle not in usual.subtitle
    assert not note or note not in notes(usual)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "step"])
def test_a_convention_at_a_kink_is_said(activation):
    layer = Layer(((0.5,),), None, Choice(activation))
    document = compose(solve(Problem((layer,), (Sample((1.0,), (0.0,)),), Training())))
    assert f"{activation}" in notes(document)
    assert "taken as" in notes(document)


def test_the_policy_is_said_in_subtitle_and_notes():
    for mode in ("exact", "carried"):
        document = compose(solve(example("softmax"), policy=Policy(mode, Digits("decimals", 5))))
        assert f"{mode} arithmetic, 5 decimals" in document.subtitle
        assert f"Arithmetic: {mode}" in notes(document)


def test_many_iterations_end_in_a_table_a_curve_and_the_last_parameters():
    worked = solve(example("mazur"), iterations=500, policy=Policy())
    document = compose(worked)
    (table,), (curve,) = parts(document, Table), parts(document, Curve)
    assert text(table.rows[0][1]) == "0.298371"
    assert text(table.rows[-1][0]) == "500"
    assert (curve.ys[0], curve.ys[-1]) == (worked.losses[0], worked.losses[-1])
    assert curve.xs[-1] == 500
    assert len(curve.ys) <= 400
    assert {"Iteration 1", "Iteration 2", "Iteration 500", "All iterations"} <= set(
        headings(document)
    )
    assert "iterations 1, 2, 500 of 500" in notes(document)
    final = text(parts(document, Prose)[-1].text)
    assert final.count("=") == 8


def test_a_stop_says_which_bound_and_when():
    said = lambda document: " ".join(text(p.text) for p in parts(document, Prose))
    assert "Training stopped after update 578: the loss is at most 0.001." in said(
        compose(solve(example("xor")))
    )
    never = example("xor").with_(iterations=5, stop=Stop(loss=1e-9))
    assert "not met up to update 5" in said(compose(solve(never)))


def test_the_diagram_is_left_out_where_only_some_lines_are_asked_for():
    assert len(parts(compose(solve(example("mazur"))), Diagram)) == 1
    document = compose(solve(example("mazur"), only=["z[1][1]"]))
    assert parts(document, Diagram) == []
    assert [e.name for e in equations(document)] == ["it1.s1.z[1][1]"]


def test_anchors_are_unique_and_plain():
    for name in ("mazur", "xor", "tanh-batch"):
        anchors = [h.anchor for h in parts(compose(solve(example(name))), Heading)]
        assert len(set(anchors)) == len(anchors)
        assert all(
            a and a.replace("-", "").isalnum() and a.isascii() and a == a.lower() for a in anchors
        )


def test_the_agreement_is_a_table_of_every_gradient():
    document = compose(solve(example("mazur")), agreement=True)
    (table,) = parts(document, Table)
    assert len(table.rows) == 10
    assert "Agreement with central differences" in headings(document)


def test_words_of_a_file_lose_what_acts_on_a_terminal_and_keep_their_letters():
    assert harmless("a\x1b[31mb\u202e c\nd\te\x9b\x07") == "a[31mb c d e"
    assert harmless("größe Σ 数 π") == "größe Σ 数 π"


def test_a_problem_without_title_is_a_worked_solution():
    problem = example("mazur").with_(title="", note="")
    assert compose(solve(problem)).title == "Worked solution"


def test_a_tall_matrix_is_written_in_bands_of_rows_that_each_carry_their_own_mark():
    working = solve(large_net((3, 40, 2)), style="matrix", work=[1])
    bands = [e for e in equations(compose(working)) if to_plain(e.left) == "∂E/∂W[1]"]
    assert [e.words for e in bands] == [
        "Rows 1 to 16 of 40:", "Rows 17 to 32 of 40:", "Rows 33 to 40 of 40:",
    ]  # fmt: skip
    steps = [s for s in working.steps() if s.symbol.kind == "grad_w" and s.symbol.index[0] == 1]
    for band, first in zip(bands, (0, 48, 96), strict=True):
        within = steps[first : first + 48]
        assert band.marked == any(s.marked for s in within)
        rows = [
            "; ".join(" ".join(s.text for s in within[k : k + 3]) for k in range(0, len(within), 3))
        ]
        assert to_plain(band.steps[-1]) == f"[{rows[0]}]".replace("-", "−")


def test_every_weight_and_the_learning_rate_are_given_in_a_network_of_any_size():
    problem = large_net((10, 40, 5))
    said = " ".join(text(part.text) for part in parts(compose(solve(problem, work=[1])), Prose))
    assert "η = 0.1" in said
    named = [f"w[{n}][{j},{i}] = " for n, j, i in ((1, 40, 10), (1, 1, 1), (2, 5, 40))]
    assert all(name in said for name in named)
    assert said.count("w[") == 10 * 40 + 40 * 5


def test_of_many_samples_those_that_the_working_takes_are_given_and_it_is_said():
    one = Sample((0.5,), (1.0,))
    layer = Layer(((0.5,),), 0.0, Choice("identity"))
    problem = Problem(
        (layer,),
        (one,) * 500,
        Training(Choice("half_squared_error"), learning_rate=0.1, mode="online"),
    )
    document = compose(solve(problem, iterations=3))
    (table, *_) = parts(document, Table)
    assert [row[0] for row in table.rows] == [("1",), ("2",), ("3",)]
    assert any("Of 500 samples" in text(part.text) for part in parts(document, Prose))


@pytest.mark.parametrize("loss", [0.2983, 0.2])
def test_training_that_stops_after_one_update_says_so(loss):
    working = solve(example("mazur").with_(iterations=5000, stop=Stop(loss=loss), learning_rate=40))
    said = " ".join(text(part.text) for part in parts(compose(working), Prose))
    assert working.updates == 1 and working.stopped == "loss"
    assert "Training stopped after update 1: the loss is at most" in said


def test_a_long_number_in_the_drawing_has_its_power_as_everywhere():
    layer = Layer(((-12345678.9, 0.0000123456),), activation=Choice("identity"))
    drawn = next(
        iter(parts(compose(solve(Problem((layer,), (Sample((1.0, 1.0), (1.0,)),)))), Diagram))
    )
    assert [edge.text for edge in drawn.edges] == ["-1.235e7", "1.235e-5"]


def test_a_table_of_many_inputs_keeps_to_the_width_of_the_text():
    working = solve(large_net((30, 2, 1), samples=2), work=[1])
    lines = render(working, "text").splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line.split()[1:] for line in lines if line.lstrip().startswith("2  ")]
    assert [float(cell) for row in rows for cell in row] == [*working.problem.samples[1].input, 1.0]
