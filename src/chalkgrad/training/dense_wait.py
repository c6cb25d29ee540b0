"""How threads of a step wait for each other: a short spin, then sleep, so that others get the processor.

On Linux a thread sleeps until it is woken (futex); elsewhere it sleeps for moments of 50 microseconds.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
from llvmlite import ir

from chalkgrad.training.llvm_vectors import I32, I64

if TYPE_CHECKING:
    from chalkgrad.training.dense_base import Base

_SPINS = 1000
"""Turns of waiting before sleep: some 15 to 50 microseconds, about what being woken costs."""
_SLEEPERS = 32
"""Where the number of sleepers stands, on another cache line than the count of those who came."""
MEETING = 64
"""Numbers of 32 bits that a meeting needs."""
_WAIT, _WAKE = 128, 129
"""The two operations of futex(2), for threads of one process."""
_FUTEX = {"x86_64": 202, "aarch64": 98}.get(platform.machine(), 0) if sys.platform == "linux" else 0


def _address(library: Any, name: str) -> int:
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0


if _FUTEX:
    llvm.add_symbol("chalkgrad_system", _address(ctypes.CDLL(None), "syscall"))
elif os.name == "nt":
    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
    llvm.add_symbol("chalkgrad_sleep", _address(kernel, "Sleep"))
else:
    llvm.add_symbol("chalkgrad_sleep", _address(ctypes.CDLL(None), "usleep"))


def wait(d: Base) -> Any:
    """A function (meeting, target, threads): come, and wait until `target` have come; alone, go on at once."""
    count = I32.as_pointer()
    e = d.function("wait", count, I32, I32)
    meeting, target, threads = e.fn.args
    b: Any = e.b
    more, last, spin, pause, bed, out = (e.fn.append_basic_block() for _ in range(6))
    b.cbranch(b.icmp_signed("==", threads, I32(1)), out, more)
    b.position_at_end(more)
    sleepers = b.gep(meeting, [I32(_SLEEPERS)])
    came = b.add(b.atomic_rmw("add", meeting, I32(1), "seq_cst"), I32(1))
    b.cbranch(b.icmp_signed("==", came, target), last, spin)

    b.position_at_end(last)
    with b.if_then(b.icmp_signed(">", b.load_atomic(sleepers, "seq_cst", 4), I32(0))):
        _wake(b, d.module, meeting)
    b.branch(out)

    b.position_at_end(spin)
    n = b.phi(I32)
    n.add_incoming(I32(0), more)
    here = b.load_atomic(meeting, "seq_cst", 4)
    b.cbranch(b.icmp_signed("<", here, target), pause, out)
    b.position_at_end(pause)
    _relax(b, d.module)
    following = b.add(n, I32(1))
    n.add_incoming(following, pause)
    b.cbranch(b.icmp_signed("<", following, I32(_SPINS)), spin, bed)

    b.position_at_end(bed)
    b.atomic_rmw("add", sleepers, I32(1), "seq_cst")
    look, lie, up = (e.fn.append_basic_block() for _ in range(3))
    b.branch(look)
    b.position_at_end(look)
    here = b.load_atomic(meeting, "seq_cst", 4)
    b.cbranch(b.icmp_signed("<", here, target), lie, up)
    b.position_at_end(lie)
    _sleep(b, d.module, meeting, here)
    b.branch(look)
    b.position_at_end(up)
    b.atomic_rmw("add", sleepers, I32(-1), "seq_cst")
    b.branch(out)
    b.position_at_end(out)
    b.ret_void()
    return e.fn


def _known(module: ir.Module, name: str, kind: ir.FunctionType) -> Any:
    return module.globals.get(name) or ir.Function(module, kind, name)


def _system(b: Any, module: ir.Module, meeting: Any, operation: int, value: Any) -> None:
    call = _known(module, "chalkgrad_system", ir.FunctionType(I64, [I64], var_arg=True))
    none = I64(0)
    b.call(call, [I64(_FUTEX), b.ptrtoint(meeting, I64), I64(operation), value, none, none, none])


def _sleep(b: Any, module: ir.Module, meeting: Any, seen: Any) -> None:
    """Sleep while the count is what was seen."""
    if _FUTEX:
        _system(b, module, meeting, _WAIT, b.zext(seen, I64))
        return
    moment = 0 if os.name == "nt" else 50
    b.call(_known(module, "chalkgrad_sleep", ir.FunctionType(ir.VoidType(), [I32])), [I32(moment)])


def _wake(b: Any, module: ir.Module, meeting: Any) -> None:
    if _FUTEX:
        _system(b, module, meeting, _WAKE, I64(2**31 - 1))


def _relax(b: Any, module: ir.Module) -> None:
    """Tell the processor that this is a loop that waits."""
    kind = llvm.get_default_triple().split("-")[0]
    nothing = ir.VoidType()
    if kind in ("x86_64", "amd64"):
        b.call(_known(module, "llvm.x86.sse2.pause", ir.FunctionType(nothing, [])), [])
    elif kind in ("aarch64", "arm64"):
        hint = _known(module, "llvm.aarch64.hint", ir.FunctionType(nothing, [I32]))
        b.call(hint, [I32(1)])
