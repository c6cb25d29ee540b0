"""The estimators: every check of scikit-learn, and what MLPClassifier does not have."""

from __future__ import annotations

import pickle

import pytest

pytest.importorskip("sklearn")  # and with it NumPy

import numpy as np
from sklearn.datasets import load_digits, load_iris
from sklearn.utils.estimator_checks import check_estimator

from chalkgrad import RequestError
from chalkgrad.sklearn import BackpropClassifier, BackpropRegressor


@pytest.mark.filterwarnings("ignore")  # the checks skip what is not installed with a warning
@pytest.mark.parametrize("estimator", [BackpropClassifier(), BackpropRegressor()])
def test_every_check_of_scikit_learn_passes(estimator):
    results = check_estimator(estimator, on_fail=None)
    failed = [
        (r["check_name"], r["exception"])
        for r in results
        if r["status"] not in ("passed", "skipped")
    ]
    assert not failed
    assert sum(r["status"] == "passed" for r in results) >= 50


def test_start_weights_activations_and_loss_are_as_given():
    X, y = load_iris(return_X_y=True)
    rng = np.random.default_rng(0)
    sizes = (4, 5, 6, 3)
    start = [rng.normal(size=pair) for pair in zip(sizes, sizes[1:])]
    model = BackpropClassifier(
        (5, 6),
        ("tanh", "sigmoid"),
        start_weights=start,
        start_biases=[np.ones(5), np.ones(6), np.ones(3)],
        learning_rate=0.0,
        optimizer="sgd",
        epochs=1,
    ).fit(X, y)
    assert all(np.array_equal(a, b) for a, b in zip(model.coefs_, start))
    h = np.tanh(X @ start[0] + 1)
    h = 1 / (1 + np.exp(-(h @ start[1] + 1)))
    z = h @ start[2] + 1
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    assert np.allclose(model.predict_proba(X), p, atol=1e-12)


def test_gradients_are_those_of_the_loss():
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier((4,), "tanh", epochs=3, random_state=0).fit(X, y)
    W, _ = model.gradients(X, y)
    made = model.network_

    def loss(change):
        coefs = [c.copy() for c in model.coefs_]
        coefs[0][1, 2] += change
        h = np.tanh(X @ coefs[0] + model.intercepts_[0])
        z = h @ coefs[1] + model.intercepts_[1]
        p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        return -np.log(p[np.arange(len(y)), y]).mean()

    assert W[0][1, 2] == pytest.approx((loss(1e-5) - loss(-1e-5)) / 2e-5, rel=1e-6)
    assert made.score is not None


def test_partial_fit_goes_on_and_pickles_answer_alike():
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier((16,), learning_rate=0.05, random_state=0)
    for _ in range(150):
        model.partial_fit(X, y, classes=[0, 1, 2])
    assert model.score(X, y) > 0.9
    assert model.network_.updates == 150
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict(X) == model.predict(X)).all()


def test_digits_are_learnt():
    X, y = load_digits(return_X_y=True)
    heard = []
    model = BackpropClassifier(
        (64,),
        learning_rate=0.003,
        batch_size=32,
        epochs=30,
        validation_fraction=0.2,
        random_state=0,
        callback=heard.append,
    ).fit(X / 16, y)
    assert model.history_.epochs[-1].validation_score > 0.95
    assert heard


def test_gradients_of_any_step_are_those_that_the_steps_went_by():
    X, y = load_iris(return_X_y=True)
    options = {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 40, "random_state": 0}
    model = BackpropClassifier((4,), "tanh", epochs=1, **options).fit(X, y)
    start = [np.asarray(layer.weights).T for layer in model.network_.course.problem.layers]
    moved = sum(model.step_gradients(k)[0][0] for k in (1, 2, 3, 4))  # batches of 40, 40, 40 and 30
    assert np.allclose(model.coefs_[0], start[0] - 0.1 * moved, atol=1e-12)


def test_a_pickled_estimator_leaves_the_data_behind():
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier((4,), epochs=1, random_state=0).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert again.network_.course is None
    assert len(pickle.dumps(model)) < len(pickle.dumps(X))
    with pytest.raises(RequestError, match="its run is not at hand"):
        again.step_gradients(1)


def test_a_callback_can_stop_a_fit():
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier((4,), epochs=50, callback=lambda event: event.kind == "epoch")
    assert model.fit(X, y).n_iter_ == 1


@pytest.mark.parametrize("kind", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", "fast"),
        ("learning_rate", -1.0),
        ("hidden_layer_sizes", "a"),
        ("hidden_layer_sizes", (8, "a")),
        ("hidden_layer_sizes", (8, 0)),
        ("hidden_layer_sizes", (2.5,)),
        ("activation", "rleu"),
        ("activation", ["tanh", 3]),
        ("optimizer", "adan"),
        ("optimizer_params", 3),
        ("loss", "square"),
        ("schedule", None),
        ("epochs", 0),
        ("epochs", 1.5),
        ("batch_size", -1),
        ("clip", 0),
        ("validation_fraction", 1.0),
        ("patience", "long"),
        ("dtype", "float16"),
        ("engine", "exact"),
        ("callback", 3),
        ("shuffle", "yes"),
        ("start_weights", 3),
        ("random_state", "x"),
    ],
)
def test_a_parameter_that_is_none_is_refused_by_its_name_as_scikit_learn_does(kind, name, value):
    X, y = np.zeros((6, 2)), np.arange(6) % 2
    with pytest.raises(
        ValueError, match=rf"^The '{name}' parameter of {kind.__name__} must be "
    ) as e:
        kind(**{name: value}).fit(X, y)
    got = value[-1] if name == "activation" and isinstance(value, list) else value
    assert f"Got {got!r} instead" in str(e.value)
