"""Right notes are left alone: what a document calls wrong, other cases, and other habits of writing."""

import pytest

import chalkgrad
from chalkgrad.auditing.givens import problem_text

NET = """
[[layer]]
weights = [[0.4, -0.7]]
bias = [0.15]
activation = "tanh"

[training]
loss = "squared_error"
learning_rate = 0.2

[[sample]]
input = [1.2, 0.5]
target = [0.9]
"""
# z = 0.48 - 0.35 + 0.15 = 0.28, a = tanh(0.28) = 0.2729
RIGHT = (
    "Here $z = 0.4 \\cdot 1.2 - 0.7 \\cdot 0.5 + 0.15 = 0.28$ and $a = \\tanh 0.28 = 0.2729$.\n\n"
)


def problem(tmp_path, text):
    path = tmp_path / "net.toml"
    path.write_text(text, encoding="utf-8")
    return chalkgrad.load(path)


def wrong(tmp_path, text, net=NET, name="n.md"):
    return [f.printed for f in chalkgrad.audit({name: text}, problem(tmp_path, net)).wrong]


@pytest.mark.parametrize(
    "remark",
    [
        "A common mistake is to drop the bias, which gives $z = 0.13$.",
        "- (b) $z = 0.13$ ✗",
        "Student A found $z = 0.13$, and that is not right.",
        "Had we left the bias out, then $z = 0.13$.",
        "If the bias were 0, we would get $z = 0.13$.",
        "Let $z = 0.61$ for now.",
        "Compare with last week's neuron, where $z = 0.61$.",
        "**What students wrote.** First $z = 0.13$.",
    ],
)
def test_a_figure_of_which_the_words_say_that_it_is_not_this_one_is_not_accused(tmp_path, remark):
    assert wrong(tmp_path, RIGHT + remark) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "So $z = 0.13$.",
        "It is a mistake to hurry. Now $z = 0.13$.",
        "This is not wrong: $z = 0.13$.",
    ],
)
def test_without_such_words_in_its_own_sentence_it_is_accused(tmp_path, sentence):
    assert wrong(tmp_path, RIGHT + sentence) == ["0.13"]


def test_arithmetic_that_the_document_calls_wrong_is_not_accused():
    assert chalkgrad.audit({"n.md": "It is wrong that $0.5 \\cdot 0.5 = 0.35$."}).clean
    assert not chalkgrad.audit({"n.md": "We see that $0.5 \\cdot 0.5 = 0.35$."}).clean


def test_the_derivative_of_another_function_is_none_of_the_network(tmp_path):
    assert (
        wrong(
            tmp_path,
            RIGHT + "With $q = x + y = 3$, $f = qz$: $\\frac{\\partial f}{\\partial q} = z = -4$.",
        )
        == []
    )


ROWS = """
[[layer]]
weights = [[0.2, 0.3], [-0.1, 0.4]]

[training]
learning_rate = 0.1

[[sample]]
input = [2, 1]
target = [0, 0]
"""
# y = (0.7, 0.2); gradients by rows of inputs: x^T y = [[1.4, 0.4], [0.7, 0.2]]; W - 0.1 of them
SIDEWAYS = r"""
$$W_1 = \begin{pmatrix}0.2 & -0.1\\ 0.3 & 0.4\end{pmatrix}$$
$$\frac{\partial L}{\partial W_1} = x^T y = \begin{pmatrix}1.4 & 0.4\\ 0.7 & 0.2\end{pmatrix}$$
$$W_1 \leftarrow W_1 - 0.1\frac{\partial L}{\partial W_1} = \begin{pmatrix}0.06 & -0.14\\ 0.23 & 0.38\end{pmatrix}$$
"""


def test_matrices_with_a_column_for_each_neuron_have_gradients_and_new_values_that_lie_so_too(
    tmp_path,
):
    assert wrong(tmp_path, SIDEWAYS, ROWS) == []
    assert wrong(tmp_path, SIDEWAYS.replace("0.38", "0.39"), ROWS) == ["0.39"]


def test_typed_statements_on_one_line_are_parted_by_blanks(tmp_path):
    made = chalkgrad.audit(
        {"n.txt": "W1 = [0.4 -0.7]     b1 = 0.15     t = 0.9\n"}, problem(tmp_path, NET)
    )
    assert made.clean
    assert [f.name for f in made.figures if f.verdict == "ok"] == [
        "w[1][1,1]",
        "w[1][1,2]",
        "b[1][1]",
        "t[1]",
    ]


def test_v_is_the_velocity_where_the_rule_has_one(tmp_path):
    net = """
[[layer]]
weights = [[0.6]]

[training]
loss = "squared_error"
learning_rate = 0.1
iterations = 2
optimizer = { name = "momentum", momentum = 0.9 }

[[sample]]
input = [2.0]
target = [0.5]
"""
    # g = 2 (1.2 - 0.5) 2 = 2.8, w = 0.32; g = 2 (0.64 - 0.5) 2 = 0.56, v = 0.9 2.8 + 0.56 = 3.08
    note = (
        "$y = 0.6 \\cdot 2 = 1.2$, $v = 0.9 \\cdot 0 + 2.8 = 2.8$ and $w = 0.6 - 0.1 \\cdot 2.8 = 0.32$.\n\n"
        "Now $y = 0.32 \\cdot 2 = 0.64$ and $v = 0.9 \\cdot 2.8 + 0.56 = 3.08$."
    )
    assert wrong(tmp_path, note, net) == []


def test_a_result_of_three_digits_is_rounded_also_where_only_its_name_says_so():
    # from 0.68361: 0.68361 (1 - 0.68361) (0.8 - 0.68361) = 0.02517
    note = "$o_6 = 0.684$\n\n$\\delta_6 = 0.684 (1 - 0.684)(0.8 - 0.684) = 0.0252$"
    assert chalkgrad.audit({"n.md": note}).clean
    assert not chalkgrad.audit({"n.md": note.replace("0.0252", "0.0262")}).clean


def test_neurons_that_are_numbered_on_from_the_inputs_are_found_by_their_figures(tmp_path):
    net = """
[[layer]]
weights = [[0.1, 0.3], [0.5, 0.7]]
bias = 0.2
activation = "sigmoid"

[[layer]]
weights = [[0.35, -0.25], [0.45, 0.15]]
bias = 0.4
activation = "sigmoid"

[[sample]]
input = [0.2, 0.6]
target = [0.3, 0.8]
"""
    # inputs 1 and 2, hidden 3 and 4: net_4 = 0.1 + 0.42 + 0.2 = 0.72, o_4 = 1/(1 + e^-0.72) = 0.6726
    assert wrong(tmp_path, "$o_4 = 0.673$", net) == []
    assert wrong(tmp_path, "$o_4 = 0.693$", net) == ["0.693"]


def test_a_formula_that_the_document_calls_wrong_is_not_accused(tmp_path):
    said = RIGHT.replace("$z =", "$z = w_1 x_1 + w_2 x_2 + b =")
    slip = "$w_1^{new} = w_1 - \\frac{\\partial E}{\\partial w_1}$"
    made = [f.kind for f in chalkgrad.audit({"n.md": said + slip}, problem(tmp_path, NET)).wrong]
    assert made == ["formula"]
    assert wrong(tmp_path, said + "It would be wrong to write " + slip) == []


def test_the_loss_and_the_last_activation_of_a_document_are_those_that_its_figures_fit():
    # tanh inside, the logistic function behind it, only a sigma to say so: tanh 0.5 = 0.4621, 1/(1 + e^-0.2311) = 0.5575
    note = (
        "$W_1 = \\begin{pmatrix}0.5\\end{pmatrix}$, $W_2 = \\begin{pmatrix}0.5\\end{pmatrix}$, $x_1 = 1$, $t_1 = 0$\n\n"
        "$z_1 = 0.5 \\cdot 1 = 0.5$, $a_1 = \\tanh 0.5 = 0.4621$\n\n"
        "$z_2 = 0.5 \\cdot 0.4621 = 0.2311$, $a_2 = \\sigma(z_2) = 0.5575$\n"
    )
    made = problem_text("n.md", note)
    assert [line for line in made.splitlines() if "activation" in line] == [
        'activation = "tanh"',
        'activation = "sigmoid"',
    ]


def test_a_square_matrix_on_its_side_is_known_by_its_weights(tmp_path):
    # x = (2, 1), W = [[0.2, -0.1], [0.3, 0.4]] with a column for each neuron: x W = (0.7, 0.2) = y - t
    net = ROWS + '\n[names]\ny1 = "a[1][1]"\n'
    note = (
        "$x = (2, 1),\\ W_1 = \\begin{pmatrix}0.2 & -0.1\\\\ 0.3 & 0.4\\end{pmatrix}$\n\n"
        + SIDEWAYS
    )
    assert wrong(tmp_path, note, net) == []
    upright = SIDEWAYS.replace("0.2 & -0.1", "0.2 & 0.3").replace(
        "0.3 & 0.4\\end", "-0.1 & 0.4\\end", 1
    )
    assert wrong(tmp_path, upright, net) == ["-0.14", "0.23"]


def test_a_blank_with_a_backslash_belongs_to_no_name(tmp_path):
    made = chalkgrad.audit({"n.md": r"$w_1 = 0.4,\ w_2 = -0.7,\ b = 0.15$"}, problem(tmp_path, NET))
    assert [f.verdict for f in made.figures] == ["ok", "ok", "ok"]
