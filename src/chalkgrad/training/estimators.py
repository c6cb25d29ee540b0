"""Estimators for scikit-learn: they fit where ``MLPClassifier`` and ``MLPRegressor`` fit.

What those are asked for and do not have is here: start weights, an activation for each layer, any loss of
the tables, a validation curve, callbacks, and the gradients of any step.
"""

from __future__ import annotations

from chalkgrad.errors import MissingExtra
from chalkgrad.training.data import Data, one_hot
from chalkgrad.training.estimator_base import Backprop, Rows
from chalkgrad.training.extra import Array, np

try:
    from sklearn.base import ClassifierMixin, RegressorMixin
    from sklearn.utils.multiclass import check_classification_targets, unique_labels
    from sklearn.utils.validation import column_or_1d
except ImportError as error:
    raise MissingExtra("sklearn", "the estimators") from error


class BackpropClassifier(ClassifierMixin, Backprop):  # type: ignore[misc]
    """A network that learns classes: softmax outputs and cross-entropy, unless a loss is given.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = BackpropClassifier((8,), learning_rate=0.05, batch_size=32, epochs=30, random_state=0)
    >>> model.fit(X, y).score(X, y) > 0.9
    True
    """

    def _targets_of(self, X: Array, y: Array, *, first: bool) -> Data:
        check_classification_targets(y)
        y = np.asarray(y)
        y = column_or_1d(y, warn=True)
        if first and not hasattr(self, "_declared"):
            self.classes_ = unique_labels(y)
        places = np.searchsorted(self.classes_, y)
        places[places == len(self.classes_)] = 0
        if not (self.classes_[places] == y).all():
            raise ValueError(f"y has labels that are not among {list(self.classes_)}")
        names = tuple(map(str, self.classes_.tolist()))
        return Data(X, one_hot(places, len(names)), names)

    def fit(self, X: Rows, y: Rows, sample_weight: Rows = None) -> BackpropClassifier:
        """Fit to rows and their labels."""
        self._fit(X, y, sample_weight, go_on=self.warm_start, epochs=self.epochs)
        return self

    def partial_fit(
        self, X: Rows, y: Rows, classes: Rows = None, sample_weight: Rows = None
    ) -> BackpropClassifier:
        """One more epoch over these rows; the first call must know all classes."""
        if classes is not None and not hasattr(self, "network_"):
            self.classes_ = unique_labels(classes)
            self._declared = True
        try:
            self._fit(X, y, sample_weight, go_on=True, epochs=1)
        finally:
            self.__dict__.pop("_declared", None)
        return self

    def predict_proba(self, X: Rows) -> Array:
        """The output of each class."""
        out = self._outputs(X)
        return out if out.shape[1] > 1 else np.ones_like(out)

    def predict(self, X: Rows) -> Array:
        """The class of each row."""
        chosen = self._outputs(X).argmax(axis=1)
        labels: Array = self.classes_[chosen]
        return labels


class BackpropRegressor(RegressorMixin, Backprop):  # type: ignore[misc]
    """A network that learns numbers: identity outputs and half squared error, unless a loss is given.

    >>> X = np.linspace(-1, 1, 60)[:, None]
    >>> model = BackpropRegressor((20,), "tanh", learning_rate=0.02, batch_size=20, random_state=0)
    >>> model.fit(X, X[:, 0] ** 2).score(X, X[:, 0] ** 2) > 0.95
    True
    """

    _numeric = True

    def _targets_of(self, X: Array, y: Array, *, first: bool) -> Data:
        y = np.asarray(y, dtype=np.float64)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        self._flat = y.ndim == 1
        return Data(X, y.reshape(len(y), -1))

    def fit(self, X: Rows, y: Rows, sample_weight: Rows = None) -> BackpropRegressor:
        """Fit to rows and their numbers."""
        self._fit(X, y, sample_weight, go_on=self.warm_start, epochs=self.epochs)
        return self

    def partial_fit(self, X: Rows, y: Rows, sample_weight: Rows = None) -> BackpropRegressor:
        """One more epoch over these rows."""
        self._fit(X, y, sample_weight, go_on=True, epochs=1)
        return self

    def predict(self, X: Rows) -> Array:
        """The numbers of each row."""
        out = self._outputs(X)
        return out.ravel() if self._flat else out
