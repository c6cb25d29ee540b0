"""What may be asked for by name, beside the rows of the tables; nothing here needs an optional part."""

from __future__ import annotations

MISSING = ("refuse", "mean", "median", "drop")
"""What is done about missing values."""
TASKS = ("auto", "classes", "numbers")
"""What a target is taken for."""
SCALINGS = ("standard", "range", "none")
"""How numbers are scaled."""
ENGINES = ("auto", "llvm", "numpy")
"""What computes."""
DTYPES = ("float64", "float32")
"""How wide numbers are."""
