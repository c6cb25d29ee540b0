"""Modules of instructions made into functions of this process, by way of the machine code kept on disk."""

from __future__ import annotations

import ctypes
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


class Loaded:
    """Machine code in this process; it stays as long as this object."""

    def __init__(self, request: str, write: Callable[[], ir.Module]) -> None:
        key = object_cache.key_of(request)
        machine = _machine()
        code = object_cache.find(key)
        if code is None:
            module = llvm.parse_assembly(str(write()))
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

    def function(self, name: str, *args: Any) -> Callable[..., None]:
        """A function without a result, by name, with the types of its arguments."""
        made: Callable[..., None] = ctypes.CFUNCTYPE(None, *args)(
            self._engine.get_function_address(name)
        )
        return made
