"""Modules of instructions made into functions of this process, by way of the machine code kept on disk."""

from __future__ import annotations

import ctypes
import threading
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm

from chalkgrad.training import object_cache

if TYPE_CHECKING:
    from collections.abc import Callable

    from llvmlite import ir


def _machine() -> Any:
    features = llvm.get_host_cpu_features().flatten() + ",-prefer-256-bit"
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=2, jit=True
    )


_MOST = 64
"""So many pieces of code stay in a process for those who ask again."""
_LOADED: dict[str, Loaded] = {}
_LOCK = threading.Lock()


class Loaded:
    """Machine code in this process; it stays as long as this object.

    Args:
        request: what the code is asked to do, by which it is found again.
        write: makes its instructions.
        tidy: whether they still are to be put in order; if not, they are translated as they stand.
    """

    def __init__(
        self, request: str, write: Callable[[], ir.Module], *, tidy: bool = True
    ) -> None:  # fmt: skip
        key = object_cache.key_of(request)
        machine = _machine()
        code = object_cache.find(key)
        if code is None:
            module = llvm.parse_assembly(str(write()))
            if tidy:
                # Loops stay as they are written: each turn then rounds as every other, wherever a run is cut.
                tuning = llvm.create_pipeline_tuning_options(speed_level=2)
                tuning.loop_unrolling = False
                builder = llvm.create_pass_builder(machine, tuning)
                builder.getModulePassManager().run(module, builder)
            code = machine.emit_object(module)
            object_cache.keep(key, code)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    @classmethod
    def of(
        cls, request: str, write: Callable[[], ir.Module], *, tidy: bool = True
    ) -> Loaded:  # fmt: skip
        """The code of a request, the same one where it was asked for before in this process."""
        with _LOCK:
            if request not in _LOADED:
                while len(_LOADED) >= _MOST:
                    del _LOADED[next(iter(_LOADED))]
                _LOADED[request] = cls(request, write, tidy=tidy)
            return _LOADED[request]

    def function(self, name: str, *args: Any) -> Callable[..., None]:
        """A function without a result, by name, with the types of its arguments."""
        made: Callable[..., None] = ctypes.CFUNCTYPE(None, *args)(
            self._engine.get_function_address(name)
        )
        return made
