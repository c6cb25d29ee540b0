"""What both estimators share: options, fitting, going on, and what is read afterwards."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, TypeAlias

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.errors import MissingExtra, nearest
from chalkgrad.losses import LOSSES
from chalkgrad.records import Choice, Layer
from chalkgrad.training.extra import Array, np
from chalkgrad.training.loop import train
from chalkgrad.training.model import Network, network_problem
from chalkgrad.training.numpy_engine import NumpyEngine
from chalkgrad.training.offered import DTYPES, ENGINES
from chalkgrad.training.schedules import SCHEDULES
from chalkgrad.updates import UPDATES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalkgrad.problem import Problem
    from chalkgrad.training.architecture import Architecture
    from chalkgrad.training.data import Data
    from chalkgrad.training.history import Event, History

try:
    from sklearn.base import BaseEstimator
    from sklearn.utils._param_validation import Interval, InvalidParameterError, StrOptions
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as error:
    raise MissingExtra("sklearn", "the estimators") from error

Rows: TypeAlias = Any
"""What scikit-learn takes for a table."""
_HIDDEN = [name for name, row in ACTIVATIONS.items() if not row.whole_layer]


def _from(least: int, kind: type = Real, **ends: Any) -> Any:
    """Numbers of a kind from `least` up."""
    return Interval(kind, least, ends.get("most"), closed=ends.get("closed", "left"))


class Backprop(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What both estimators share."""

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        activation: str | Sequence[str] = "relu",
        *,
        loss: str = "",
        optimizer: str = "adam",
        optimizer_params: dict[str, float] | None = None,
        learning_rate: float = 0.001,
        schedule: str = "constant",
        weight_decay: float = 0.0,
        batch_size: int = 200,
        epochs: int = 200,
        shuffle: bool = True,
        clip: float | None = None,
        validation_fraction: float = 0.0,
        patience: int = 0,
        warm_start: bool = False,
        start_weights: Sequence[Array] | None = None,
        start_biases: Sequence[Array] | None = None,
        dtype: str = "float64",
        engine: str = "auto",
        callback: Callable[[Event], object] | None = None,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.optimizer = optimizer
        self.optimizer_params = optimizer_params
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.epochs = epochs
        self.shuffle = shuffle
        self.clip = clip
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.warm_start = warm_start
        self.start_weights = start_weights
        self.start_biases = start_biases
        self.dtype = dtype
        self.engine = engine
        self.callback = callback
        self.random_state = random_state

    n_iter_: int
    n_outputs_: int

    _parameter_constraints: dict[str, Any] = {  # noqa: RUF012  a name and form of scikit-learn
        "hidden_layer_sizes": ["array-like", _from(1, Integral)],
        "activation": [StrOptions(set(_HIDDEN)), list, tuple],
        "loss": [StrOptions({"", *LOSSES})],
        "optimizer": [StrOptions(set(UPDATES))],
        "optimizer_params": [dict, None],
        "learning_rate": [_from(0)],
        "schedule": [StrOptions(set(SCHEDULES))],
        "weight_decay": [_from(0)],
        "batch_size": [_from(0, Integral)],
        "epochs": [_from(1, Integral)],
        "shuffle": ["boolean"],
        "clip": [_from(0, closed="neither"), None],
        "validation_fraction": [_from(0, most=1)],
        "patience": [_from(0, Integral)],
        "warm_start": ["boolean"],
        "start_weights": [list, tuple, None],
        "start_biases": [list, tuple, None],
        "dtype": [StrOptions(set(DTYPES))],
        "engine": [StrOptions(set(ENGINES))],
        "callback": [callable, None],
        "random_state": ["random_state"],
    }

    def _checked(self) -> None:
        """Refuse parameters that are none, as scikit-learn's own estimators do."""
        self._validate_params()
        sizes, names = self.hidden_layer_sizes, self.activation
        each = [sizes] if isinstance(sizes, Integral) else list(sizes)
        if not all(isinstance(size, Integral) and int(size) >= 1 for size in each):
            raise InvalidParameterError(
                f"The 'hidden_layer_sizes' parameter of {type(self).__name__} must be whole numbers "
                f"from 1 up. Got {sizes!r} instead."
            )
        for name in [names] if isinstance(names, str) else names:
            if name not in _HIDDEN:
                raise InvalidParameterError(
                    f"The 'activation' parameter of {type(self).__name__} must be one of {_HIDDEN}, "
                    f"or one for each hidden layer. Got {name!r} instead. "
                    f"{nearest(str(name), _HIDDEN)}".rstrip()
                )

    # ---------------------------------------------------------------- fitting
    def _seed(self) -> int:
        state = self.random_state
        if state is None:
            return int(np.random.default_rng().integers(2**31))
        if isinstance(state, (int, np.integer)):
            return int(state)
        return int(state.randint(2**31 - 1))

    def _hidden(self) -> tuple[int, ...]:
        sizes = self.hidden_layer_sizes
        return (int(sizes),) if isinstance(sizes, (int, np.integer)) else tuple(map(int, sizes))

    def _problem(self, data: Data, seed: int) -> Problem:
        """The problem: drawn weights, or those that were given."""
        hidden, given = self._hidden(), self.activation
        names = [given] * len(hidden) if isinstance(given, str) else list(given)
        if len(names) != len(hidden):
            raise ValueError(f"activation must have {len(hidden)} names, one a hidden layer")
        params = dict(self.optimizer_params or {})
        if self.weight_decay:
            params["weight_decay"] = self.weight_decay
        problem = network_problem(
            data, hidden, activation=names[0] if names else "relu", loss=self.loss,
            learning_rate=self.learning_rate, optimizer=Choice(self.optimizer, params), seed=seed,
        )  # fmt: skip
        layers = list(problem.layers)
        for k, name in enumerate(names):
            layers[k] = replace(layers[k], activation=Choice(name))
        for k, weights in enumerate(self.start_weights or ()):
            # as coefs_ are: one row a source
            rows = tuple(map(tuple, np.asarray(weights, dtype=float).T.tolist()))
            layers[k] = Layer(rows, layers[k].bias, layers[k].activation)
        for k, biases in enumerate(self.start_biases or ()):
            bias = tuple(np.asarray(biases, dtype=float).tolist())
            layers[k] = replace(layers[k], bias=bias)
        return problem.with_(layers=tuple(layers))

    def _fit(self, X: Rows, y: Rows, weights: Rows, *, go_on: bool, epochs: int) -> None:
        self._checked()
        first = not (go_on and hasattr(self, "network_"))
        X, y = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=self._numeric, reset=first
        )
        data = self._targets_of(X, y, first=first)
        if weights is not None:
            weights = _check_sample_weight(weights, X, dtype=np.float64)
        if first:
            self._seed_ = self._seed()
            problem = self._problem(data, self._seed_)
        elif self.n_outputs_ != data.t.shape[1]:
            raise ValueError(f"y has {data.t.shape[1]} outputs, it had {self.n_outputs_}")
        else:
            problem = self.network_.problem(data.rows(np.arange(1)))
        # every call of partial_fit has an order of its own
        seed = self._seed_ + (0 if first else self.network_.updates)
        self.network_: Network = train(
            problem, data, sample_weights=weights, start=None if first else self.network_,
            listen=self.callback, epochs=epochs, batch_size=self.batch_size, seed=seed,
            shuffle=self.shuffle, schedule=self.schedule, clip=self.clip,
            validation=self.validation_fraction, patience=self.patience, dtype=self.dtype,
            engine=self.engine,
        )  # fmt: skip
        done = len(self.network_.history.epochs)
        self.n_iter_ = done if first else self.n_iter_ + done
        self.loss_curve_ = self.network_.history.losses
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else float("nan")
        self.n_outputs_ = data.t.shape[1]
        self.n_layers_ = len(self._hidden()) + 2

    _numeric = False

    def _targets_of(self, X: Array, y: Array, *, first: bool) -> Data:
        raise NotImplementedError

    # ---------------------------------------------------------------- reading
    @property
    def coefs_(self) -> list[Array]:
        """The weights of each layer, one row a source."""
        return [W.T for W in self.network_.architecture.views(self.network_.p)[0]]

    @property
    def intercepts_(self) -> list[Array]:
        """The biases of each layer."""
        return self.network_.architecture.views(self.network_.p)[1]

    @property
    def history_(self) -> History:
        """The record of the last fit, with the validation curve."""
        return self.network_.history

    def _outputs(self, X: Rows) -> Array:
        check_is_fitted(self, "network_")
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self.network_.outputs(X)

    def gradients(self, X: Rows, y: Rows) -> tuple[list[Array], list[Array]]:
        """The gradients of weights (one row a source) and biases for a batch, at the fitted numbers."""
        check_is_fitted(self, "network_")
        X = validate_data(self, X, dtype=np.float64, reset=False)
        data = self._targets_of(X, np.asarray(y), first=False)
        made: Architecture = self.network_.architecture
        engine = NumpyEngine(made, np.dtype(np.float64))
        flat = engine.gradients(self.network_.p.astype(np.float64), X, data.t)[1]
        W, b = made.views(flat)
        return [w.T for w in W], b

    def step_gradients(self, number: int) -> tuple[list[Array], list[Array]]:
        """The gradients of weights (one row a source) and biases in one step, from 1, of the last fit.

        The steps before it are made again, so this needs the data of the fit: an estimator that was pickled
        has left it behind.
        """
        check_is_fitted(self, "network_")
        _, W, b = self.network_.step(number).gradients()
        return [w.T for w in W], b
