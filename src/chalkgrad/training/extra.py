"""The optional parts of training, imported in one place each and named when they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from chalkgrad.errors import MissingExtra

try:
    import numpy as np
except ImportError as error:  # every module of this package starts here
    raise MissingExtra("fast", "training") from error

if TYPE_CHECKING:
    from types import ModuleType

    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"

__all__ = ["Array", "np", "optional"]


def optional(module: str, extra: str, what: str) -> ModuleType:
    """An optional module, or the error that names the extra to install.

    >>> optional("no_such_module", "sklearn", "digits")
    Traceback (most recent call last):
    chalkgrad.errors.MissingExtra: digits needs the optional part "sklearn": pip install "chalkgrad[sklearn]"
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtra(extra, what) from error
