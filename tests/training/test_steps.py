"""Any step of a run again: its numbers, its samples, and its working by hand."""

from __future__ import annotations

import re

import pytest

np = pytest.importorskip("numpy")

from chalkgrad import Choice, Layer, Problem, RequestError, Sample, Training, example, render, solve
from chalkgrad.training.data import Data, one_hot
from chalkgrad.training.loop import train
from chalkgrad.training.model import network_problem
from chalkgrad.training.replay import step_of


def cloud(rows=50, seed=3):
    rng = np.random.default_rng(seed)
    labels = np.arange(rows) % 3
    x = rng.normal(size=(rows, 4)) + labels[:, None]
    return Data(x, one_hot(labels, 3), ("a", "b", "c"))


def problem_of(data, **options):
    return network_problem(data, (5,), **{"learning_rate": 0.1, "activation": "tanh", **options})


def mean_loss(p, x, t, weights=None):
    """Cross-entropy of a 4-5-3 network of tanh and softmax, written out."""
    W1, W2, b1, b2 = p[:20].reshape(5, 4), p[20:35].reshape(3, 5), p[35:40], p[40:43]
    z = np.tanh(x @ W1.T + b1) @ W2.T + b2
    each = -(t * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))).sum(axis=1)
    return np.average(each, weights=weights)


def differences(p, *given):
    steps = 1e-6 * np.eye(len(p))
    return np.array([(mean_loss(p + h, *given) - mean_loss(p - h, *given)) / 2e-6 for h in steps])


def values_of(working, k):
    """The updated parameters of a working, in the order weights, biases."""
    names = [f"w[1][{j},{i}]" for j in range(1, 6) for i in range(1, 5)]
    names += [f"w[2][{j},{i}]" for j in range(1, 4) for i in range(1, 6)]
    names += [f"b[1][{j}]" for j in range(1, 6)] + [f"b[2][{j}]" for j in range(1, 4)]
    return np.array([working[f"it{k}.new_{name}"] for name in names])


def test_the_gradient_of_a_step_is_that_of_its_own_samples_at_the_numbers_before_it():
    data = cloud()
    network = train(problem_of(data), data, epochs=4, batch_size=16, seed=5)
    step = network.step(11)  # the third of four batches of the third epoch
    x, t = data.x[step.rows - 1], data.t[step.rows - 1]
    assert len(x) == 16
    loss, W, b = step.gradients()
    assert loss == pytest.approx(mean_loss(step.p, x, t), abs=1e-12)
    flat = np.concatenate([part.ravel() for part in (*W, *b)])
    assert flat == pytest.approx(differences(step.p, x, t), abs=1e-8)


def test_the_samples_of_the_steps_of_an_epoch_are_all_samples_once():
    data = cloud()
    network = train(problem_of(data), data, epochs=2, batch_size=16, seed=5)
    rows = np.concatenate([network.step(k).rows for k in (5, 6, 7, 8)])
    assert sorted(rows.tolist()) == list(range(1, 51))
    assert len(network.step(8).rows) == 2


def test_samples_are_named_by_the_rows_of_the_data_before_a_part_was_held_back():
    data = cloud()
    network = train(problem_of(data), data, epochs=1, batch_size=8, validation=0.2)
    step = network.step(2)
    assert step.course.x[step.samples].tolist() == data.x[step.rows - 1].tolist()


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ("sgd", {}),
        ("momentum", {"schedule": "cosine", "warmup": 1}),
        ("nesterov", {"clip": 0.05}),
        ("adam", {"class_weights": {"a": 3.0, "b": 0.5}}),
        ("adamw", {"clip": 0.1, "class_weights": "balanced"}),
        ("adagrad", {"batch_size": 0}),
        ("rmsprop", {"batch_size": 1}),
    ],
)
def test_every_update_worked_by_hand_is_that_of_the_run(rule, options):
    data = cloud(21)
    params = {"weight_decay": 0.1} if rule in ("sgd", "adamw") else {}
    problem = problem_of(data, optimizer=Choice(rule, params))
    network = train(problem, data, **{"epochs": 25, "batch_size": 8, **options})
    working = network.step(19).working()
    after = network.step(20).p
    assert values_of(working, 19) == pytest.approx(after, abs=1e-12)
    working.verify()


@pytest.mark.parametrize("order", ["simultaneous", "in_place"])
@pytest.mark.parametrize("bias_input", [1, -1])
@pytest.mark.parametrize(("over_outputs", "over_samples"), [("sum", "mean"), ("mean", "sum")])
def test_conventions_of_a_problem_file_hold_in_every_step(
    order, bias_input, over_outputs, over_samples
):
    rng = np.random.default_rng(2)
    x, t = rng.normal(size=(19, 3)), rng.uniform(0.1, 0.9, size=(19, 2))
    shapes = [((4, 3), 0.3), ((2, 4), (0.1, -0.2))]  # a shared bias, and one of each neuron
    layers = tuple(
        Layer(tuple(map(tuple, rng.normal(size=shape).tolist())), bias, Choice("sigmoid"))
        for shape, bias in shapes
    )
    training = Training(
        Choice("binary_cross_entropy"), over_outputs, over_samples, 0.1, Choice("momentum"),
        update_order=order, bias_input=bias_input,
    )  # fmt: skip
    problem = Problem(layers, (Sample(tuple(x[0]), tuple(t[0])),), training)
    network = train(problem, Data(x, t), epochs=3, batch_size=8)
    working, after = network.step(5).working(), network.step(6)
    W, b = after.course.architecture.views(after.p)
    for name, value in (("w[1][2,3]", W[0][1, 2]), ("b[1]", b[0][0]), ("b[2][2]", b[1][1])):
        assert working[f"it5.new_{name}"] == pytest.approx(value, abs=1e-13)
    alone = network.step(5).working(only=["w[1][2,3]"])
    assert alone["it5.new_w[1][2,3]"] == pytest.approx(W[0][1, 2], abs=1e-13)


def test_a_weight_of_a_wide_network_is_worked_without_its_millions_of_other_lines():
    rng = np.random.default_rng(0)
    data = Data(rng.random((64, 784)), one_hot(rng.integers(0, 10, 64), 10), tuple("0123456789"))
    network = train(network_problem(data, (512,)), data, epochs=1, batch_size=32, engine="numpy")
    working = network.step(2).working(only=["w[1][3,2]", "s7.z[1][3]"])
    after = network.p[(3 - 1) * 784 + 2 - 1]
    assert working["it2.new_w[1][3,2]"] == pytest.approx(after, abs=1e-13)
    assert len(list(working.steps())) == 7
    text = render(working)
    line = " ".join(text.split()).partition("z[1][3] = ")[2].partition(" = ")[0]
    shown = [int(i) for i in re.findall(r"w\[1\]\[3,\d+\] · x\[(\d+)\]", line)]
    step = network.step(2)
    row = step.p[: 784 * 512].reshape(512, 784)[2]
    sizes = np.abs(row * step.course.x[step.samples][6])
    assert shown == sorted(int(i) + 1 for i in np.argsort(-sizes)[:3])
    assert "… in a sum stands for terms that are left out" in text
    with pytest.raises(RequestError, match="name quantities one by one"):
        network.step(2).working(only=["grad_w*"])


def test_without_names_a_large_step_shows_its_loss_and_its_steepest_parameter():
    data = cloud(64)
    network = train(network_problem(data, (40,)), data, epochs=1, batch_size=32)
    step = network.step(2)
    working = step.working()
    flat = np.concatenate([part.ravel() for part in (*step.gradients()[1], *step.gradients()[2])])
    worked = {s.symbol.bare: s.value for s in working.steps() if not s.symbol.sample}
    assert worked["loss"] == pytest.approx(step.gradients()[0], abs=1e-12)
    steepest = [value for name, value in worked.items() if name.startswith("grad_")]
    assert np.abs(steepest) == pytest.approx([np.abs(flat).max()], abs=1e-12)
    assert "--only names others" in " ".join(render(working).split())


def test_a_step_of_the_problems_own_samples_is_the_iteration_of_solve():
    for name in ("mazur", "adam", "threshold", "xor"):
        problem = example(name)
        if problem.training.learning_rate is None:
            continue
        problem = problem.with_(iterations=40, stop=type(problem.training.stop)())
        network = train(problem, epochs=40)
        exact = type(problem.arithmetic)()
        known = {
            step.symbol: step.value for step in solve(problem, work=[23], policy=exact).steps()
        }
        found = {step.symbol: step.value for step in network.step(23).working().steps()}
        assert found.keys() == known.keys()
        assert list(found.values()) == pytest.approx(list(known.values()), abs=1e-14)


def test_a_step_is_worked_in_german():
    data = cloud()
    step = train(problem_of(data), data, epochs=1, batch_size=16, clip=1e-3, seed=5).step(2)
    text = render(step.working(only=["w[2][1,1]"], language="de"), "text")
    assert "Schritt 2 des Laufs: Epoche 1, Batch 2 von 4. Die Beispiele s1 bis s16" in text
    assert "Die Gradienten sind mit" in text and "Aktualisierung der Schicht 2" in text


def test_the_numbers_before_a_step_are_the_same_from_a_checkpoint_and_from_the_start(tmp_path):
    data = cloud()
    options = {"epochs": 12, "batch_size": 16, "folder": tmp_path, "validation": 0.2}
    network = train(problem_of(data, optimizer="adam"), data, checkpoint_seconds=0.0, **options)
    found = sorted(tmp_path.glob("step-*"))
    near = int(found[0].name[5:-12]) + 1  # the step after the older one of the two that are kept
    for number in (near, 17, network.updates):
        with_, without = (
            step_of(network.course, number, network.updates, folder) for folder in (tmp_path, None)
        )
        assert with_.p.tobytes() == without.p.tobytes()
        assert with_.memory["first_moment"].tobytes() == without.memory["first_moment"].tobytes()


def test_what_a_step_cannot_be_is_said():
    data = cloud()
    network = train(problem_of(data), data, epochs=2, batch_size=16)
    with pytest.raises(RequestError, match="there is no step 9: the run made the steps 1 to 8"):
        network.step(9)
    with pytest.raises(RequestError, match="this is the working of iteration 3"):
        network.step(3).working(only=["it4.loss"])
    with pytest.raises(RequestError, match="not between 1 and 5"):
        network.step(3).working(only=["w[1][6,1]"])


def test_float32_runs_are_worked_from_their_own_numbers():
    data = cloud()
    network = train(problem_of(data), data, epochs=2, batch_size=16, dtype="float32")
    working = network.step(4).working(only=["w[2][3,1]"])
    place = 20 + 2 * 5
    assert working["it4.new_w[2][3,1]"] == pytest.approx(float(network.step(5).p[place]), abs=1e-6)
    assert "float32" in render(working)


def test_the_factor_of_clipping_is_written_with_six_digits():
    data = cloud()
    step = train(problem_of(data), data, epochs=1, batch_size=16, clip=1e-3, seed=5).step(2)
    text = render(step.working(only=["w[2][1,1]"]), "text")
    (factor,) = set(re.findall(r"η · (\S+) · ∂E", text))
    assert f"multiplied by {factor}," in " ".join(text.split())
    assert len(factor.strip("0.")) <= 6


def test_a_weighted_batch_of_one_is_that_sample():
    data = cloud(13)
    network = train(
        problem_of(data), data, epochs=1, batch_size=4, class_weights="balanced", validation=0
    )
    text = render(network.step(network.updates).working(only=["w[2][1,1]"]), "text")
    assert "1/1" not in text and "1 · ∂E" not in text
