"""The examples in these docstrings run where the extras are installed."""

from __future__ import annotations

from importlib.util import find_spec

_NEEDS = {
    "sklearn": ["estimators.py", "estimator_base.py"],
    "llvmlite": [
        "dense_code.py", "dense_llvm.py", "dense_places.py", "llvm_vectors.py", "object_cache.py",
        "tiles.py",
    ],
    "numpy": ["[a-z]*.py"],
}  # fmt: skip
collect_ignore_glob = [
    name for module, names in _NEEDS.items() if not find_spec(module) for name in names
]
