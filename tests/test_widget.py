"""The widget answers the messages of its module; what it shows is what `solve` says."""

from __future__ import annotations

import pytest

import chalkgrad

pytest.importorskip("anywidget", reason="anywidget is not installed")

MAZUR = chalkgrad.example("mazur")


def say(widget, **message):
    """What the module sends, as it comes in from the browser."""
    widget._handle_custom_msg(message, [])


def test_an_edited_number_is_worked_again():
    widget = chalkgrad.show(MAZUR, iterations=1)
    say(widget, type="edit", name="w[2][1,1]", text="0,5")
    assert widget.fault is None and widget.problem.layers[1].weights[0][0] == 0.5
    other = chalkgrad.solve(widget.problem, iterations=1).step("z[2][1]").text
    assert widget.view["columns"]["own"]["z[2][1]"] == other
    # 0.5 * 0.593269992 + 0.45 * 0.596884378 + 0.6
    assert abs(float(other) - 1.165232966) < 1e-8


def test_a_number_that_is_none_is_a_fault_beside_its_field_and_changes_nothing():
    widget = chalkgrad.show(MAZUR, iterations=1)
    say(widget, type="edit", name="w[2][1,1]", text="half")
    assert widget.fault["name"] == "w[2][1,1]" and "half" in widget.fault["text"]
    assert widget.problem == MAZUR


def test_a_neuron_is_taken_out():
    widget = chalkgrad.show(MAZUR, iterations=1)
    say(widget, type="edit", do="remove_neuron", layer=1, neuron=1)
    assert widget.problem.sizes == (2, 1, 2)
    assert [layer["size"] for layer in widget.view["layers"]] == [2, 1, 2]


def test_another_neuron_of_a_folded_layer_is_opened():
    wide = chalkgrad.loads(
        '[[layer]]\nunits = 40\ninit = "xavier_uniform"\nseed = 1\nactivation = "tanh"\n'
        '[[layer]]\nunits = 1\ninit = "xavier_uniform"\nseed = 2\n'
        "[[sample]]\ninput = [0.1, 0.2]\ntarget = [1]\n"
    )
    widget = chalkgrad.show(wide)
    assert "a[1][17]" not in widget.view["quantities"]
    say(widget, type="open", layer=1, neuron=17)
    assert "a[1][17]" in widget.view["quantities"]
    say(widget, type="part", names=["grad_w[1][33,2]"])
    assert "grad_w[1][33,2]" in widget.part["quantities"]


def test_a_surface_over_two_parameters_comes_when_it_is_asked_for():
    widget = chalkgrad.show(MAZUR, iterations=1)
    say(widget, type="surface", x="w[1][1,1]", y="w[2][2,2]")
    assert list(widget.numbers["surfaces"]["pairs"]) == ["w[1][1,1]|w[2][2,2]"]


def test_a_message_that_means_nothing_changes_nothing():
    widget = chalkgrad.show(MAZUR, iterations=1)
    before = widget.view
    say(widget, type="nonsense")
    say(widget, type="part", names=["nothing[1]"])
    assert widget.view is before and "nothing" in widget.fault["text"]
