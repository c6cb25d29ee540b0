"""chalkgrad: backpropagation with the working shown.

>>> import chalkgrad
>>> working = chalkgrad.solve(chalkgrad.example("mazur"))
>>> working.step("new_w[2][1,1]").text
'0.35891648'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalkgrad.auditing.front import audit
    from chalkgrad.auditing.records import Audit
    from chalkgrad.errors import (
        ChalkgradError,
        LimitError,
        MissingExtra,
        ProblemError,
        RequestError,
        VerificationError,
    )  # fmt: skip
    from chalkgrad.examples import example
    from chalkgrad.formats import render
    from chalkgrad.marking.blank import blank_sheet
    from chalkgrad.marking.checking import check
    from chalkgrad.marking.records import Report
    from chalkgrad.problem import Problem
    from chalkgrad.problem_file import load, loads
    from chalkgrad.problem_writer import dump
    from chalkgrad.records import Choice, Layer, Sample, Training
    from chalkgrad.rounding import Digits, Policy
    from chalkgrad.solving import solve
    from chalkgrad.training import (
        error_surface,
        load_data,
        network_problem,
        train,
        train_many,
    )
    from chalkgrad.widget import show
    from chalkgrad.working import Working

__version__ = "0.1.0"

# Where each public name lives; imported when it is asked for, so that `--help` starts at once.
_HOMES = {
    "auditing.front": ("audit",),
    "auditing.records": ("Audit",),
    "errors": (
        "ChalkgradError", "LimitError", "MissingExtra", "ProblemError", "RequestError",
        "VerificationError",
    ),
    "examples": ("example",),
    "marking.blank": ("blank_sheet",),
    "marking.checking": ("check",),
    "marking.records": ("Report",),
    "problem": ("Problem",),
    "problem_file": ("load", "loads"),
    "problem_writer": ("dump",),
    "records": ("Choice", "Layer", "Sample", "Training"),
    "rounding": ("Digits", "Policy"),
    "formats": ("render",),
    "solving": ("solve",),
    "training": ("error_surface", "load_data", "network_problem", "train", "train_many"),
    "widget": ("show",),
    "working": ("Working",),
}  # fmt: skip
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Audit",
    "ChalkgradError",
    "Choice",
    "Digits",
    "Layer",
    "LimitError",
    "MissingExtra",
    "Policy",
    "Problem",
    "ProblemError",
    "Report",
    "RequestError",
    "Sample",
    "Training",
    "VerificationError",
    "Working",
    "audit",
    "blank_sheet",
    "check",
    "dump",
    "error_surface",
    "example",
    "load",
    "load_data",
    "loads",
    "network_problem",
    "render",
    "show",
    "solve",
    "train",
    "train_many",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'chalkgrad' has no attribute {name!r}")
    value = getattr(import_module(f"chalkgrad.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
