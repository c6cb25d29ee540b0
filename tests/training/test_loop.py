"""The loop: learning, stopping, divergence, checkpoints, going on after anything."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from chalkgrad import Choice, Policy, RequestError, example, solve
from chalkgrad.records import Stop
from chalkgrad.training.data import Data, one_hot
from chalkgrad.training.loop import train
from chalkgrad.training.model import network_problem
from chalkgrad.training.saving import load_network, save_network
from chalkgrad.training.settings import Settings


def blobs(rows=120, seed=0):
    """Three clouds, far enough apart."""
    rng = np.random.default_rng(seed)
    labels = np.arange(rows) % 3
    x = rng.normal(size=(rows, 2)) * 0.3 + np.array([[0, 0], [2, 0], [0, 2]])[labels]
    return Data(x, one_hot(labels, 3), ("a", "b", "c"))


def problem_of(data, **options):
    return network_problem(data, (8,), **{"learning_rate": 0.2, **options})


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def test_clouds_are_learnt_and_the_record_is_complete():
    data = blobs()
    heard = []
    network = train(problem_of(data), data, epochs=20, validation=0.25, listen=heard.append)
    assert network.score(data) > 0.97
    assert network.predict(data.x[:3]) == ["a", "b", "c"]
    epochs = network.history.epochs
    assert [e.epoch for e in epochs] == list(range(1, 21))
    assert epochs[-1].loss < 0.2 < epochs[0].loss
    assert epochs[-1].validation_score > 0.95
    assert epochs[-1].updates == 20 * 3  # 90 rows: batches of 32, 32, 26
    kinds = [event.kind for event in heard]
    assert kinds[0] == "start"
    assert kinds[-1] == "end"
    assert kinds.count("epoch") == 20


def test_the_samples_of_a_problem_give_the_numbers_of_solve_to_the_last_bit():
    for name in ("mazur", "adam", "xor", "threshold"):
        problem = example(name)
        problem = problem.with_(iterations=300, stop=type(problem.training.stop)())
        if problem.training.learning_rate is None:
            continue
        network = train(problem, epochs=300)
        working = solve(problem, work=[300], policy=Policy())
        assert network.history.losses[-1] == pytest.approx(
            np.mean(working.losses[297:300]), abs=1e-15
        )
        assert network.architecture.views(network.p)[0][0][0, 0] == working["it300.new_w[1][1,1]"]


def test_one_seed_gives_one_result_and_another_seed_another():
    data = blobs()
    first, again, other = (
        train(problem_of(data), data, epochs=3, seed=seed).p.tobytes() for seed in (1, 1, 2)
    )
    assert first == again != other


def test_engines_agree_over_epochs_with_partial_batches():
    pytest.importorskip("llvmlite")
    data = blobs(101)
    for optimizer in ("sgd", "adam"):
        problem = problem_of(
            data, optimizer=Choice(optimizer), activation="tanh", learning_rate=0.05
        )
        found = [train(problem, data, epochs=5, engine=engine).p for engine in ("numpy", "llvm")]
        assert np.abs(found[0] - found[1]).max() < 1e-10  # 20 steps, each within 1e-12


def test_schedules_shape_the_rate():
    s = Settings(epochs=4, schedule="step", schedule_params={"every": 2, "gamma": 0.5})
    assert s.rates(0.8, 0, 8, 2).tolist() == [0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4]
    warm = Settings(epochs=4, warmup=2).rates(1.0, 0, 6, 2)
    assert warm.tolist() == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    with pytest.raises(RequestError, match='did you mean "cosine"'):
        Settings(schedule="cosin")


def test_clipping_bounds_every_change():
    data = blobs()
    problem = problem_of(data, learning_rate=1.0)
    network = train(problem, data, epochs=1, batch_size=0, clip=0.01)
    from chalkgrad.training.architecture import Architecture

    start = Architecture.of(problem).pack(problem)
    assert np.linalg.norm(network.p - start) == pytest.approx(0.01)


def test_stopping_by_loss_patience_gradient_and_time():
    data = blobs()
    assert train(problem_of(data), data, epochs=500, stop_loss=0.05).history.stopped == "loss"
    assert (
        train(problem_of(data), data, epochs=500, stop_gradient=0.01).history.stopped == "gradient"
    )
    assert (
        train(problem_of(data), data, epochs=10**6, stop_seconds=0.05).history.stopped == "seconds"
    )
    noise = Data(data.x, one_hot(np.random.default_rng(0).integers(0, 3, 120), 3), ("a", "b", "c"))
    network = train(problem_of(noise), noise, epochs=500, validation=0.5, patience=5)
    history = network.history
    assert history.stopped == "patience"
    held = [epoch.validation_loss for epoch in history.epochs]
    assert history.best == 1 + int(np.argmin(held)) == len(held) - 5


def test_divergence_stops_the_run_names_the_step_and_keeps_the_last_good_weights():
    rng = np.random.default_rng(0)
    data = Data(rng.normal(size=(64, 3)) * 10, rng.normal(size=(64, 1)))
    for engine in ("numpy", "auto"):
        problem = network_problem(data, (8,), learning_rate=5.0)
        network = train(problem, data, epochs=50, batch_size=8, engine=engine)
        assert network.history.stopped == "diverged"
        assert np.isfinite(network.p).all()
    assert "at step" in network.history.note
    assert "the weights are those before step" in network.history.note


def test_a_saved_network_answers_as_before(tmp_path):
    data = blobs()
    network = train(problem_of(data), data, epochs=3, scaling="standard")
    save_network(network, tmp_path)
    again = load_network(tmp_path)
    assert again.outputs(data.x).tobytes() == network.outputs(data.x).tobytes()
    assert again.predict(data.x[:4]) == network.predict(data.x[:4])
    (tmp_path / "model.json").write_text("{")
    with pytest.raises(RequestError, match="damaged"):
        load_network(tmp_path)


def test_a_trained_network_is_a_problem_whose_working_gives_its_outputs():
    data = blobs()
    network = train(problem_of(data), data, epochs=3)
    working = solve(network.problem(data.rows(np.arange(1))))
    out = network.outputs(data.x[:1])[0]
    assert [working[f"a[2][{j}]"] for j in (1, 2, 3)] == pytest.approx(out.tolist(), abs=1e-12)


def test_a_callback_that_returns_true_stops_the_run():
    data = blobs()
    heard = []

    def enough(event):
        heard.append(event.kind)
        return event.kind == "epoch" and event.facts["loss"] < 0.3

    network = train(problem_of(data), data, epochs=500, listen=enough)
    assert network.history.stopped == "callback"
    assert network.history.losses[-1] < 0.3 <= network.history.losses[-2]
    assert heard[-1] == "end"


def test_targets_of_any_unit_are_learnt_and_given_back_in_their_own(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    data = Data(x, 5000 + 900 * (x[:, :1] - x[:, 1:]))
    problem = network_problem(data, learning_rate=0.1)
    network = train(problem, data, epochs=40, target_scaling="data")
    assert network.score(data) > 0.999
    assert network.outputs(x).mean() == pytest.approx(data.t.mean(), rel=0.01)
    save_network(network, tmp_path)
    assert load_network(tmp_path).outputs(x).tobytes() == network.outputs(x).tobytes()
    assert train(problem, data, epochs=40).history.losses[0] > 1e6  # what it spares


def test_only_numbers_of_identity_outputs_are_scaled():
    data = blobs()
    with pytest.raises(RequestError, match="identity outputs"):
        train(problem_of(data), data, epochs=1, target_scaling="standard")
    plain = train(problem_of(data), data, epochs=2)
    assert (
        train(problem_of(data), data, epochs=2, target_scaling="data").p.tobytes()
        == plain.p.tobytes()
    )


def test_a_bound_on_the_change_of_the_loss_is_kept_by_checkpoints(tmp_path):
    problem = example("mazur").with_(stop=Stop(change=1e-5), iterations=1)
    whole = train(problem, epochs=100_000)
    assert whole.history.stopped == "change"
    at = whole.updates
    train(problem, epochs=at - 1, folder=tmp_path)  # the loss before is that of the last update
    rest = train(problem, epochs=100_000, folder=tmp_path, resume=True)
    assert (rest.updates, rest.history.stopped) == (at, "change")
    assert rest.p.tobytes() == whole.p.tobytes()
