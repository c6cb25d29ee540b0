"""The problem that a document poses, read out of the document itself."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from chalkgrad.auditing.auditor import audit
from chalkgrad.auditing.chains import chains_of
from chalkgrad.auditing.documents import read_document
from chalkgrad.auditing.gathering import WEIGHT, collect
from chalkgrad.auditing.records import OK, WRONG
from chalkgrad.errors import ChalkgradError, ProblemError, RequestError
from chalkgrad.formula import Add, Mul, Sym
from chalkgrad.problem import Problem
from chalkgrad.problem_writer import dump
from chalkgrad.records import Choice, Layer, Sample, Training
from chalkgrad.rounding import Given

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.gathering import Found
    from chalkgrad.auditing.sides import Chain
    from chalkgrad.auditing.sources import Source

_ROUNDS = re.compile(r"\biteration\s*(\d{1,2})\b", re.IGNORECASE)
_ACTIVATIONS = ("relu", "sigmoid", "tanh", "softmax")
_HALF = re.compile(
    r"\\[td]?frac\s*\{?1\}?\s*\{?\s*2|1\s*/\s*2|0\.5\s*(?:\\times|\\cdot|\*|×)?\s*\(|½"
)
_SQUARED = ("half_squared_error", "squared_error")
_NEW_BIAS = re.compile(r"(?i:new:?b\d*)|[bB][\d\[\],]*\^?(?:\(\d\))?new")
_NEW_WEIGHT = re.compile(r"(?i:new:?w\d*)|[wW][\d\[\],]*\^?(?:\(\d\))?new")
_BIAS_GRADIENT = re.compile(r"d\(\w+\)/d\([bB][\w\[\],]*\)")


def problem_text(name: str, text: str) -> str:
    """The TOML of the problem that a document poses.

    Raises:
        RequestError: the document does not say all that a problem needs; the message says what is missing.

    >>> note = '''One neuron, sigmoid. $x_1 = 0.1$, $x_2 = 0.3$, $t = 1$, $w_1 = 0.5$, $w_2 = 0.2$, $b = 0.1$.
    ... The loss is $\\\\frac{1}{2}(t - a)^2$, the learning rate is 0.5.'''
    >>> problem_text("note.md", note).splitlines()[:4]
    ['[[layer]]', 'weights = [[0.5, 0.2]]', 'bias = [0.1]', 'activation = "sigmoid"']
    """
    source = read_document(name, text)
    chains, _ = chains_of(source)
    found = collect(source, chains)
    missing = [
        what
        for what, there in (
            ("inputs", found.inputs),
            ("targets", found.targets),
            ("weights", found.weights or found.grids),
        )
        if not there
    ]
    if missing:
        raise RequestError(
            f"{name}: the document does not say the {', '.join(missing)} in a way that is read"
        )
    best: tuple[int, Problem] | None = None
    reasons: list[str] = []
    fits = False
    for wordings in _wordings(text):
        for wording in wordings:
            for problem in _problems(source, chains, found, reasons, wording):
                verdicts = Counter(f.verdict for f in audit({name: text}, problem).figures)
                score = verdicts[OK] - 3 * verdicts[WRONG]
                if best is None or score > best[0]:
                    best, fits = (score, problem), not verdicts[WRONG]
        if fits:
            break  # nothing tells against the likeliest loss
    if best is None:
        why = f": {reasons[0]}" if reasons else ""
        raise RequestError(f"{name}: what it gives does not make a network{why}")
    return dump(best[1])


# ---------------------------------------------------------------- networks
def _problems(
    source: Source,
    chains: Sequence[Chain],
    found: Found,
    reasons: list[str],
    wording: tuple[str, str, str],
) -> Iterator[Problem]:
    """The networks that the numbers can make, with the activations, hidden and last, and the loss of a wording."""
    hidden, end, loss = wording
    inputs = [found.inputs[k] for k in sorted(found.inputs)]
    targets = [found.targets[k] for k in sorted(found.targets)]
    for rows, biases in _layers(chains, found, len(inputs), len(targets)):
        layers = tuple(
            Layer(
                tuple(tuple(Given(t) for t in row) for row in matrix),
                bias,
                Choice(end if k == len(rows) - 1 else hidden),
            )
            for k, (matrix, bias) in enumerate(zip(rows, biases, strict=True))
        )
        sample = Sample(tuple(map(Given, inputs)), tuple(map(Given, targets)))
        rounds = max((int(m[1]) for m in _ROUNDS.finditer(source.text)), default=1)
        training = Training(
            loss=Choice(loss),
            learning_rate=Given(found.rate) if found.rate else None,
            iterations=max(1, rounds) if found.rate else 1,
            train_biases=_updates_biases(source.text, chains),
        )
        try:
            yield Problem(layers, (sample,), training, names=_names(found, layers))
        except (ProblemError, ChalkgradError) as error:
            reasons.append(str(error).split("\n")[0])


def _layers(
    chains: Sequence[Chain], found: Found, inputs: int, outputs: int
) -> Iterator[tuple[list[list[list[str]]], list[Given | tuple[Given, ...] | None]]]:
    if found.grids:
        yield from _from_grids(found, inputs, outputs)
        return
    numbers = sorted(found.weights)
    count = len(numbers)
    if numbers != list(range(1, count + 1)):
        return
    texts = [found.weights[k] for k in numbers]
    if count == inputs * outputs:
        matrix = [texts[j * inputs : (j + 1) * inputs] for j in range(outputs)]
        own = [found.biases[k] for k in sorted(found.biases)]
        yield [matrix], [_bias(own, outputs)]
        return
    hidden, rest = divmod(count, inputs + outputs)
    if rest or not hidden:
        return
    split = inputs * hidden
    own = [found.biases[k] for k in sorted(found.biases)]
    biases: list[Given | tuple[Given, ...] | None]
    if len(own) == 2:
        biases = [_bias(own[:1], hidden), _bias(own[1:], outputs)]
    elif len(own) == hidden + outputs:
        biases = [_bias(own[:hidden], hidden), _bias(own[hidden:], outputs)]
    elif not own:
        biases = [None, None]
    else:
        return
    first = [texts[j * inputs : (j + 1) * inputs] for j in range(hidden)]
    last = [texts[split + j * hidden : split + (j + 1) * hidden] for j in range(outputs)]
    yield [first, last], biases
    if _by_columns(chains):
        columns = [[texts[i * hidden + j] for i in range(inputs)] for j in range(hidden)]
        ends = [[texts[split + i * outputs + j] for i in range(hidden)] for j in range(outputs)]
        yield [columns, ends], biases


def _by_columns(chains: Sequence[Chain]) -> bool:
    """Whether a net input is printed with weights that do not follow each other: x1 w1 + x2 w3."""
    for chain in chains:
        if any(name.startswith(("d(", "delta")) for name in chain.names):
            continue  # what comes back from the outputs is added up over other weights
        for side in chain.sides:
            if not isinstance(side.value, Add):
                continue
            numbers = []
            for term in side.value.terms:
                if isinstance(term, Mul):
                    numbers += [
                        int(m[1])
                        for f in term.factors
                        if isinstance(f, Sym) and (m := WEIGHT.fullmatch(f.name.kind))
                    ]
            if len(numbers) > 1 and numbers[1] != numbers[0] + 1:
                return True
    return False


def _from_grids(
    found: Found, inputs: int, outputs: int
) -> Iterator[tuple[list[list[list[str]]], list[Given | tuple[Given, ...] | None]]]:
    """Matrices, read by rows and, where that fits too, by columns."""
    numbers = sorted(found.grids)
    for turned in (False, True):
        rows, wide, fits = [], inputs, True
        for number in numbers:
            matrix = found.grids[number]
            other = [list(column) for column in zip(*matrix, strict=True)]
            order = (other, matrix) if turned else (matrix, other)
            chosen = next((m for m in order if len(m[0]) == wide), None)
            if chosen is None:
                fits = False
                break
            rows.append(chosen)
            wide = len(chosen)
        if not fits or wide != outputs:
            continue
        biases = []
        for k, number in enumerate(numbers):
            own = found.bias_rows.get(number) or (
                [found.biases[number]] if number in found.biases else []
            )
            biases.append(_bias(own, len(rows[k])))
        yield rows, biases


def _bias(own: Sequence[str], width: int) -> Given | tuple[Given, ...] | None:
    if not own:
        return None
    if len(own) == 1 and width > 1:
        return Given(own[0])
    return tuple(Given(t) for t in own)


def _names(found: Found, layers: Sequence[Layer]) -> dict[str, str]:
    """How the document calls its weights."""
    if found.grids:
        return {}
    names, number = {}, 0
    for layer, row in enumerate(layers, 1):
        for j, weights in enumerate(row.weights, 1):
            for i, _ in enumerate(weights, 1):
                number += 1
                names[f"w{number}"] = f"w[{layer}][{j},{i}]"
    return names


# ---------------------------------------------------------------- words
def _wordings(text: str) -> Iterator[list[tuple[str, str, str]]]:
    """What the words can mean, loss by loss: the activations, hidden and last, and the loss; likeliest first."""
    hidden, end, loss = _activation(text, last=False), _activation(text, last=True), _loss(text)
    ends = [end]
    if end not in ("softmax", "sigmoid"):
        ends.append("sigmoid")
        ends += ["identity"] if end != "identity" else []
    losses = [loss]
    if loss in _SQUARED and not _HALF.search(text):  # a half that is printed leaves no choice
        losses += [other for other in _SQUARED if other != loss]
    for other in losses:
        yield [(last if hidden == "identity" else hidden, last, other) for last in ends]


def _activation(text: str, *, last: bool) -> str:
    low = text.lower()
    named = [name for name in _ACTIVATIONS if name in low]
    hidden = next((n for n in named if n in ("relu", "tanh")), "")
    if last:
        end = next((n for n in named if n in ("softmax", "sigmoid")), "")
        return end or (
            "sigmoid" if re.search(r"e\s*\^\s*\{?\s*-|e\^\{", text) else hidden or "identity"
        )
    return hidden or _activation(text, last=True)


def _loss(text: str) -> str:
    low = text.lower()
    if "binary cross" in low or "bce" in low:
        return "binary_cross_entropy"
    if "cross-entropy" in low or "cross entropy" in low:
        return "cross_entropy"
    if not re.search(r"\^\s*\{?\s*2|²|\*\*\s*2", text):
        return "half_squared_error"  # none is printed: the usual one
    return "half_squared_error" if _HALF.search(text) else "squared_error"


def _updates_biases(text: str, chains: Sequence[Chain]) -> bool:
    """Whether the biases are learned: a new value of one is printed, or the words say so.

    A gradient of one says so too where no new value of a weight is printed either.
    """
    names = {name for chain in chains for name in chain.names}
    if any(_NEW_BIAS.fullmatch(name) for name in names):
        return True
    if any(_BIAS_GRADIENT.fullmatch(n) for n in names) and not any(map(_NEW_WEIGHT.match, names)):
        return True
    return bool(re.search(r"updat\w*[^.\n]{0,80}\bbias", text, re.IGNORECASE))
