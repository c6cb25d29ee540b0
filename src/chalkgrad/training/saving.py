"""A trained network as two files: ``model.json`` and ``model.safetensors``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.files import write_text
from chalkgrad.records import Choice, Stop, Training
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.checkpoint import Checkpoint, from_bytes, to_bytes, write_bytes
from chalkgrad.training.columns import Column
from chalkgrad.training.data import Scaling
from chalkgrad.training.extra import np
from chalkgrad.training.model import Network

if TYPE_CHECKING:
    import os

_FORMAT = "chalkgrad.model/1"


def save_network(network: Network, folder: str | os.PathLike[str]) -> None:
    """Write a network into a folder; the numbers W[l] and b[l] under their own names.

    Raises:
        RequestError: the files cannot be written.
    """
    made = network.architecture
    W, b = made.views(np.asarray(network.p))
    arrays = {f"W[{l}]": w for l, w in enumerate(W, 1)}
    arrays |= {f"b[{l}]": v for l, v in enumerate(b, 1) if len(v)}
    facts = {
        "schema": _FORMAT,
        "sizes": list(made.sizes),
        "activations": [asdict(choice) for choice in made.activations],
        "bias_sizes": list(made.bias_sizes),
        "training": asdict(made.training),
        "classes": list(network.classes),
        "columns": [asdict(column) for column in network.columns],
        "scaling": asdict(network.scaling) if network.scaling else None,
        "target_scaling": asdict(network.target_scaling) if network.target_scaling else None,
    }
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / "model.safetensors", to_bytes(Checkpoint(arrays, {}), _FORMAT))
    except OSError as error:
        raise RequestError(f'cannot write to "{folder}": {error.strerror or error}') from error
    write_text(folder / "model.json", json.dumps(facts, indent=1) + "\n", force=True)


def load_network(folder: str | os.PathLike[str]) -> Network:
    """The network that `save_network` wrote.

    Raises:
        RequestError: a file is missing, damaged or of something else.
    """
    folder = Path(folder)
    try:
        facts: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        checkpoint = from_bytes(
            (folder / "model.safetensors").read_bytes(), "model.safetensors", _FORMAT
        )
        training = dict(facts["training"])
        training |= {key: Choice(**training[key]) for key in ("loss", "optimizer")}
        training["stop"] = Stop(**training["stop"])
        made = Architecture(
            tuple(facts["sizes"]),
            tuple(Choice(**choice) for choice in facts["activations"]),
            tuple(facts["bias_sizes"]),
            Training(**training),
        )
        arrays = checkpoint.arrays
        p = np.zeros(made.count, dtype=arrays["W[1]"].dtype)
        for l in range(1, made.depth + 1):
            p[made.weight_slice(l)] = arrays[f"W[{l}]"].ravel()
            if made.bias_sizes[l - 1]:
                p[made.bias_slice(l)] = arrays[f"b[{l}]"]
        columns = tuple(
            Column(c["name"], tuple(c["categories"]), c["fill"]) for c in facts["columns"]
        )
        inputs, targets = (
            Scaling(tuple(kept["shift"]), tuple(kept["scale"])) if kept else None
            for kept in (facts["scaling"], facts.get("target_scaling"))
        )
        return Network(made, p, tuple(facts["classes"]), columns, inputs, target_scaling=targets)
    except OSError as error:
        raise RequestError(f'"{folder}" holds no network: {error.strerror or error}') from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RequestError(f'"{folder / "model.json"}" is damaged: {error}') from error
