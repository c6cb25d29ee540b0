"""One epoch step for step beside PyTorch and scikit-learn: the same start, the same batches, the same numbers."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from chalkgrad import Choice, Problem
from chalkgrad.records import Layer, Sample, Training
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.engines import Batches, make_engine

# Both round in float64, with another exp and sums in another order; 14 updates carry the difference on.
CLOSE = 1e-12
SIZES, ROWS, SIZE = (6, 11, 7, 3), 130, 10


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


@pytest.fixture(params=["numpy", "llvm"])
def kind(request):
    if request.param == "llvm":
        pytest.importorskip("llvmlite")
    return request.param


def drawn():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(ROWS + 4, SIZES[0])), rng.integers(0, 3, ROWS + 4)
    W = [rng.normal(size=(m, n)) / n**0.5 for n, m in zip(SIZES, SIZES[1:])]
    return x, y, W, [rng.normal(size=m) * 0.1 for m in SIZES[1:]]


def our_epoch(kind, activation, rule, rate):
    """The parameters after every step, and its loss."""
    x, y, W, b = drawn()
    acts = [Choice(activation)] * 2 + [Choice("softmax")]
    layers = tuple(
        Layer(tuple(map(tuple, w.tolist())), tuple(v.tolist()), act)
        for w, v, act in zip(W, b, acts)
    )
    training = Training(Choice("cross_entropy"), learning_rate=rate, optimizer=rule)
    sample = Sample((0.0,) * SIZES[0], (1.0, 0.0, 0.0))
    made = Architecture.of(Problem(layers=layers, training=training, samples=(sample,)))
    engine = make_engine(made, name=kind, batch=SIZE)
    flat = np.concatenate([w.ravel() for w in W] + b)
    state, found = engine.start(flat), []
    for start in range(0, len(x), SIZE):
        rows = np.arange(start, min(start + SIZE, len(x)))
        batch = Batches(x, np.eye(3)[y], None, rows, SIZE, np.array([rate]))
        (loss,) = engine.run(state, batch)
        found.append((loss, engine.plain(state.p)))
    return found


@pytest.mark.parametrize(
    ("rule", "of_torch"),
    [
        (Choice("sgd"), lambda torch, p: torch.optim.SGD(p, lr=0.2)),
        (
            Choice("momentum", {"momentum": 0.8}),
            lambda torch, p: torch.optim.SGD(p, lr=0.2, momentum=0.8),
        ),
        (Choice("adam"), lambda torch, p: torch.optim.Adam(p, lr=0.2)),
    ],
)
@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_every_step_of_an_epoch_is_pytorchs(kind, activation, rule, of_torch):
    torch = pytest.importorskip("torch")
    x, y, W, b = drawn()
    parts = []
    for w, v in zip(W, b):
        layer = torch.nn.Linear(*w.T.shape, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(w))
            layer.bias.copy_(torch.tensor(v))
        parts += [layer, torch.nn.Tanh() if activation == "tanh" else torch.nn.GELU()]
    net = torch.nn.Sequential(*parts[:-1])
    optimizer = of_torch(torch, net.parameters())
    x, y = torch.tensor(x), torch.tensor(y)
    for step, (loss, p) in enumerate(our_epoch(kind, activation, rule, 0.2)):
        rows = slice(step * SIZE, (step + 1) * SIZE)  # the last batch has 4 rows
        optimizer.zero_grad()
        theirs = torch.nn.functional.cross_entropy(net(x[rows]), y[rows])
        theirs.backward()
        optimizer.step()
        weights = [layer.weight.detach().numpy().ravel() for layer in parts[::2]]
        want = np.concatenate(weights + [layer.bias.detach().numpy() for layer in parts[::2]])
        assert abs(loss - theirs.item()) <= CLOSE * 10
        assert np.abs(p - want).max() <= CLOSE * 10


@pytest.mark.filterwarnings("ignore:Got `batch_size`")  # the last batch is smaller
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_every_step_of_an_epoch_is_scikit_learns(kind, momentum):
    network = pytest.importorskip("sklearn.neural_network")
    x, y, W, b = drawn()
    model = network.MLPClassifier(
        SIZES[1:-1], activation="tanh", solver="sgd", alpha=0, batch_size=SIZE, shuffle=False,
        learning_rate_init=0.2, momentum=momentum, nesterovs_momentum=False, random_state=0,
    )  # fmt: skip
    model.partial_fit(
        x[:SIZE], y[:SIZE], classes=[0, 1, 2]
    )  # makes its arrays; then all starts anew
    for k in range(3):
        model.coefs_[k][...] = W[k].T
        model.intercepts_[k][...] = b[k]
    for velocity in model._optimizer.velocities:
        velocity[...] = 0
    rule = Choice("momentum", {"momentum": momentum}) if momentum else Choice("sgd")
    for step, (_, p) in enumerate(our_epoch(kind, "tanh", rule, 0.2)):
        rows = slice(step * SIZE, (step + 1) * SIZE)
        model.partial_fit(x[rows], y[rows])
        want = np.concatenate([w.T.ravel() for w in model.coefs_] + model.intercepts_)
        assert np.abs(p - want).max() <= CLOSE * 10
