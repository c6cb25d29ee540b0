"""The loop: learning, stopping, divergence, checkpoints, going on after anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

np = pytest.importorskip("numpy")

from chalkgrad import Choice, Policy, RequestError, example, solve
from chalkgrad.training.checkpoint import Checkpoint, Keeper, to_bytes
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


# ---------------------------------------------------------------- checkpoints
def test_a_checkpoint_is_a_file_that_safetensors_reads():
    safetensors = pytest.importorskip("safetensors.numpy")
    data = to_bytes(
        Checkpoint({"p": np.arange(3.0), "w": np.ones((2, 2), np.float32)}, {"step": 1})
    )
    read = safetensors.load(data)
    assert read["p"].tolist() == [0, 1, 2]
    assert read["w"].dtype == np.float32


@pytest.mark.parametrize("damage", ["cut", "flip", "header", "empty", "foreign", "other"])
def test_a_checkpoint_that_is_not_whole_is_refused_and_the_one_before_used(tmp_path, damage):
    keeper = Keeper(tmp_path)
    for step in (1, 2, 3):
        keeper.save(Checkpoint({"p": np.full(4, float(step))}, {"step": step}))
    keeper.wait()
    assert [path.name for path in keeper.files()] == [
        "step-000000000002.safetensors",
        "step-000000000003.safetensors",
    ]
    last = keeper.files()[-1]
    data = bytearray(last.read_bytes())
    if damage == "cut":
        data = data[:-5]
    elif damage == "flip":
        data[-3] ^= 1
    elif damage == "header":
        data[40] ^= 1
    elif damage == "empty":
        data = bytearray()
    elif damage == "foreign":
        data = bytearray(b"PK\3\4" + bytes(100))
    else:
        data = bytearray(to_bytes(Checkpoint({"p": np.ones(1)}, {"step": 3}), "another/1"))
    last.write_bytes(bytes(data))
    checkpoint, refused = keeper.last()
    assert checkpoint.facts["step"] == 2
    assert len(refused) == 1
    assert last.name in refused[0]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("engine", ["numpy", "llvm"])
def test_a_run_that_goes_on_ends_in_the_same_bytes(tmp_path, engine, optimizer):
    if engine == "llvm":
        pytest.importorskip("llvmlite")
    data = blobs()
    options = {"epochs": 12, "validation": 0.2, "patience": 50, "engine": engine, "seed": 4}
    problem = problem_of(data, optimizer=optimizer, learning_rate=0.05)
    whole = train(problem, data, **options)
    asked = iter([False, False, False, False, True])
    part = train(problem, data, folder=tmp_path, interrupted=lambda: next(asked), **options)
    assert part.history.stopped == "interrupted"
    assert len(part.history.epochs) < 12
    rest = train(problem, data, folder=tmp_path, resume=True, **options)
    assert rest.p.tobytes() == whole.p.tobytes()
    assert rest.history.losses == whole.history.losses
    assert rest.history.stopped == ""


def test_checkpoints_of_another_run_are_refused(tmp_path):
    data = blobs()
    train(problem_of(data), data, epochs=2, folder=tmp_path)
    with pytest.raises(RequestError, match="checkpoints of another run"):
        train(problem_of(data, learning_rate=0.1), data, epochs=2, folder=tmp_path, resume=True)
    more = train(problem_of(data), data, epochs=4, folder=tmp_path, resume=True)
    assert more.p.tobytes() == train(problem_of(data), data, epochs=4).p.tobytes()


def test_a_disk_that_cannot_be_written_to_does_not_end_the_run(tmp_path, monkeypatch):
    from chalkgrad.training import checkpoint

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "write_bytes", full)
    data = blobs()
    network = train(problem_of(data), data, epochs=2, folder=tmp_path)
    assert len(network.history.epochs) == 2
    assert "No space left on device" in network.history.note


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


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from test_loop import blobs, problem_of
from chalkgrad.training.loop import train
from chalkgrad.training.saving import save_network
data = blobs(600)
print("begun", flush=True)
network = train(problem_of(data, optimizer="adam", learning_rate=0.01), data, epochs=60, folder={folder!r},
                resume=True, checkpoint_seconds=0.0, engine="numpy")
save_network(network, {folder!r})
"""


def test_killed_runs_end_in_the_same_bytes(tmp_path):
    """The short form: a dozen kills at moments of their own; the long one is in benchmarks."""
    here = os.path.dirname(__file__)
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    text = SCRIPT.format(tests=here, folder=str(whole))
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", text], check=True, env=env, stdout=subprocess.DEVNULL)
    usual = time.perf_counter() - began
    text = SCRIPT.format(tests=here, folder=str(killed))
    kills, finished, rng = 0, False, np.random.default_rng(1)
    while not finished:
        child = subprocess.Popen([sys.executable, "-c", text], env=env, stdout=subprocess.PIPE)
        child.stdout.readline()
        try:
            if kills < 12:
                child.wait(timeout=float(rng.uniform(0.005, usual / 8)))
            else:
                child.wait()
            finished = child.returncode == 0
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
            kills += 1
        child.stdout.close()
    assert kills
    assert (whole / "model.safetensors").read_bytes() == (killed / "model.safetensors").read_bytes()
    assert (whole / "model.json").read_bytes() == (killed / "model.json").read_bytes()
