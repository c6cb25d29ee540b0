"""The compiled engine: clipping, threads that change no digit, and the choice of their number."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
dense = pytest.importorskip("chalkgrad.training.dense_llvm", exc_type=ImportError)

from chalkgrad import Choice, RequestError
from chalkgrad.records import Training
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.dense_threads import Pace
from chalkgrad.training.engines import Batches, make_engine
from chalkgrad.training.numpy_engine import NumpyEngine

SIZES, ROWS, SIZE = (21, 40, 33, 5), 50, 16
DOUBLE = np.dtype("float64")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def architecture(rule="sgd", biases=SIZES[1:], **options):
    acts = (Choice("tanh"), Choice("relu"), Choice("softmax"))
    training = Training(
        Choice("cross_entropy"), learning_rate=0.2, optimizer=Choice(rule), **options
    )
    return Architecture(SIZES, acts, biases, training)


def data():
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(ROWS, SIZES[0])), np.eye(5)[rng.integers(0, 5, ROWS)]
    return x, t, rng.permutation(np.tile(np.arange(ROWS), 2)), rng.random(ROWS)


def after(engine, made, *, clip=None, weights=None, steps=7):
    x, t, order, _ = data()
    state = engine.start(np.random.default_rng(1).normal(size=made.count) * 0.3)
    rates = np.full(steps, 0.2)
    engine.run(state, Batches(x, t, weights, order, SIZE, rates, clip))
    return engine.plain(state.p)


@pytest.mark.parametrize("rule", ["sgd", "adam"])
@pytest.mark.parametrize("biases", [SIZES[1:], (1, 0, 5)])
@pytest.mark.parametrize("train_biases", [True, False])
def test_clipped_updates_are_numpys(rule, biases, train_biases):
    made = architecture(rule, biases, train_biases=train_biases)
    compiled = after(dense.DenseEngine(made, DOUBLE, SIZE, threads=1, clip=True), made, clip=0.1)
    plain = after(NumpyEngine(made, DOUBLE), made, clip=0.1)
    assert np.abs(compiled - plain).max() <= 1e-12


def test_a_clipped_step_of_sgd_has_the_length_of_the_rate_times_the_bound():
    made = architecture()
    engine = dense.DenseEngine(made, DOUBLE, SIZE, threads=1, clip=True)
    before = after(engine, made, clip=1e-3, steps=2)
    step = after(engine, made, clip=1e-3, steps=3) - before
    assert np.sqrt(step @ step) == pytest.approx(0.2 * 1e-3, rel=1e-9)


@pytest.mark.parametrize(
    ("clip", "weighted", "options"),
    [
        (None, False, {}),
        (0.1, False, {}),
        (None, True, {}),
        (None, False, {"update_order": "in_place"}),
    ],
)
def test_threads_change_no_digit(clip, weighted, options):
    made = architecture("adam", (1, 33, 5), **options)
    weights = data()[3] if weighted else None
    one, two, three = (
        after(
            dense.DenseEngine(
                made, DOUBLE, SIZE, threads=n, weighted=weighted, clip=clip is not None
            ),
            made, clip=clip, weights=weights,
        )
        for n in (1, 2, 3)
    )  # fmt: skip
    assert one.tobytes() == two.tobytes() == three.tobytes()


def test_the_gradient_of_many_rows_is_that_of_one_batch_of_them():
    made = architecture(biases=(40, 1, 5))
    x, t, _, weights = data()
    flat = np.random.default_rng(1).normal(size=made.count) * 0.3
    engine = dense.DenseEngine(made, DOUBLE, SIZE, threads=1)  # 50 rows are four of its batches
    for given in (None, weights):
        loss, found = engine.gradients(engine.packed(flat), x, t, given)
        want_loss, want = NumpyEngine(made, DOUBLE).gradients(flat, x, t, given)
        assert loss == pytest.approx(want_loss, rel=1e-13)
        assert np.abs(found - want).max() <= 1e-14


def test_clipping_is_refused_where_updates_are_made_in_place():
    made = architecture(update_order="in_place")
    with pytest.raises(RequestError, match="must be whole before the first update"):
        make_engine(made, name="llvm", clip=True)


def lived(seconds, pace, total):
    """How long a run of so many seconds' work takes where a step costs what `seconds` says at that time."""
    clock = 0.0
    steps = round(total / 1e-3)
    while steps > 0:
        threads, count = pace.next()
        count = min(count or steps, steps)
        spent = seconds(threads, clock)
        pace.took(threads, spent)
        clock += spent * count
        steps -= count
    return clock


def test_two_threads_are_kept_where_they_are_faster():
    cost = {1: 1e-3, 2: 0.6e-3}
    assert lived(lambda n, now: cost[n], Pace(1e-3, 2), 10) < 1.02 * 6


def test_beside_a_busy_process_little_is_lost_to_one_thread():
    cost = {1: 1e-3, 2: 8e-3}
    assert lived(lambda n, now: cost[n], Pace(1e-3, 2), 10) < 1.15 * 10


def test_a_process_that_comes_and_goes_is_noticed():
    def cost(threads, now):
        busy = 3 < now < 6
        return 1e-3 if threads == 1 else 6e-3 if busy else 0.6e-3

    # 3 s at 0.6, 3 s at 1, and what is then left at 0.6 again: 5 s, 3 s and 2 s of work
    assert lived(cost, Pace(1e-3, 2), 10) < 1.1 * (3 + 3 + 2 * 0.6)


def test_short_steps_are_never_shared():
    pace = Pace(3e-6, 64)
    for seconds in (3e-6, 3e-4, 3e-3):  # however late the machine is
        assert pace.next() == (1, 0)
        pace.took(1, seconds)


def test_more_threads_are_tried_while_they_help():
    pace, used = Pace(1e-2, 8), set()
    for _ in range(40):
        threads, _count = pace.next()
        used.add(threads)
        pace.took(threads, 1e-2 / min(threads, 4))
    assert used == {1, 2, 4, 8}
    assert pace.next()[0] == 4
