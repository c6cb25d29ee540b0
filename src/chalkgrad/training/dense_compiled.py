"""The compiled functions of one network, float width and batch size."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from chalkgrad.training.arrays import namespace
from chalkgrad.training.dense_code import dense_module
from chalkgrad.training.dense_places import Places
from chalkgrad.training.machine_code import Loaded
from chalkgrad.training.update_code import by_reciprocals, table_source, update_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.training.architecture import Architecture
    from chalkgrad.training.extra import Array

_P, _N, _D, _F = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double, ctypes.c_float


class Code:
    """The functions of one network, float width and batch size, and where its numbers stand."""

    def __init__(
        self, architecture: Architecture, batch: int, *, double: bool, weighted: bool, apart: bool
    ) -> None:
        request = repr(("dense", architecture, batch, double, weighted, apart))
        loaded = Loaded.of(
            request,
            lambda: dense_module(
                architecture, batch, double=double, weighted=weighted, apart=apart
            ),
            tidy=False,  # as fast without, and made in a third of the time
        )
        self.at = Places(architecture.sizes, batch, double, apart)
        E = _D if double else _F
        given = (_P, _P, _P, _P, _N, _N, _N, _P, _P, _P, _P, _N, _P, E, _N, _N, _P)
        self.train = loaded.function("train", *given)
        self.evaluate = loaded.function("evaluate", _P, _P, _P, _N, _P, _P, _P, _P)
        self.gradient: Callable[..., None] | None = None
        if apart:
            self.gradient = loaded.function("gradient", _P, _P, _P, _P, _N, _P, _P, E, _P)
        space: dict[str, Any] = namespace()
        code = by_reciprocals(update_code(architecture))
        exec(compile(table_source(code), "<table>", "exec"), space)  # noqa: S102  made of own names
        self.columns: Callable[[Array, Array], list[Any]] = space["table"]
        self.kept = code.kept
        self.loaded = loaded  # the functions live as long as this
