"""Training on real data: the rows of the tables, written out over arrays.

``train(problem, data)`` is the verb. Everything here needs NumPy (the extra ``fast``); llvmlite is used
where it is installed, and the NumPy engine gives the same numbers where it is not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalkgrad.training.data import Data
    from chalkgrad.training.history import History
    from chalkgrad.training.loop import train
    from chalkgrad.training.many import train_many
    from chalkgrad.training.model import Network, network_problem
    from chalkgrad.training.readers import load_data
    from chalkgrad.training.replay import TrainingStep
    from chalkgrad.training.saving import load_network
    from chalkgrad.training.surface import Surface, error_surface

_HOME = {
    "Data": "data",
    "History": "history",
    "Network": "model",
    "Surface": "surface",
    "TrainingStep": "replay",
    "error_surface": "surface",
    "load_data": "readers",
    "load_network": "saving",
    "network_problem": "model",
    "train": "loop",
    "train_many": "many",
}
__all__ = [
    "Data", "History", "Network", "Surface", "TrainingStep", "error_surface", "load_data",
    "load_network", "network_problem", "train", "train_many",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'chalkgrad.training' has no attribute {name!r}")
    return getattr(import_module(f"chalkgrad.training.{_HOME[name]}"), name)
