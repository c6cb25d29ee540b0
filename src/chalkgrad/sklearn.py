"""Estimators for scikit-learn: ``from chalkgrad.sklearn import BackpropClassifier, BackpropRegressor``.

They live in `chalkgrad.training.estimators`, which is imported when one of them is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalkgrad.training.estimators import BackpropClassifier, BackpropRegressor

__all__ = ["BackpropClassifier", "BackpropRegressor"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'chalkgrad.sklearn' has no attribute {name!r}")
    from chalkgrad.training import estimators

    return getattr(estimators, name)
