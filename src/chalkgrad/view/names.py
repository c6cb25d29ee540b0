"""What each quantity is called in the view, where it lives in the drawing, and how it is spelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.boxes import GREEK, Box, Fence, Id, Named, Row, Script, Words, to_plain
from chalkgrad.errors import RequestError
from chalkgrad.mathml import to_mathml
from chalkgrad.notation import KINDS, MEMORIES, PARTED, Symbol
from chalkgrad.sentences import ENGLISH, named, say
from chalkgrad.spelling import NOTATIONS, Speller, derivative
from chalkgrad.view.templates import to_template

if TYPE_CHECKING:
    from chalkgrad.problem import Problem

PARTS = {
    "x": "input", "t": "target", "w": "weight", "b": "bias", "z": "net", "a": "out", "loss": "loss",
    "error": "error", "grad_a": "grad", "da_dz": "slope", "delta": "delta", "grad_w": "grad",
    "grad_b": "grad", "step_w": "step", "step_b": "step", "new_w": "update", "new_b": "update",
    "dz_dw": "factor", "dz_db": "factor", "dz_da": "factor",
}  # fmt: skip
"""What a kind of quantity is to the view; memories and constants are left to `part_of`."""
BEFORE = "before."


def part_of(kind: str) -> str:
    """What a quantity is to the view: ``weight``, ``grad``, ``memory``, ``rate`` and so on.

    >>> part_of("grad_w"), part_of("velocity_w"), part_of("lr")
    ('grad', 'memory', 'rate')
    """
    return PARTS.get(kind) or ("memory" if kind[:-2] in MEMORIES else "rate")


def in_batch(problem: Problem) -> bool:
    """Whether an iteration works several samples, so that names say which."""
    return len(problem.batch(1)) > 1


def view_name(symbol: Symbol, several: bool) -> str:
    """The name of a quantity in the view: the contract's, the same in every iteration.

    >>> view_name(Symbol("z", (1, 2), 1, 3), True), view_name(Symbol("z", (1, 2), 1, 1), False)
    ('s3.z[1][2]', 'z[1][2]')
    """
    before = BEFORE if not symbol.iteration and symbol.kind[:-2] in MEMORIES else ""
    return before + (f"s{symbol.sample}." if several and symbol.sample else "") + symbol.bare


def view_symbol(problem: Problem, name: str) -> Symbol:
    """The symbol of a name of the view, in the first iteration.

    Raises:
        RequestError: the problem has no such quantity.
    """
    if name.startswith(BEFORE):
        return problem.symbol(name.removeprefix(BEFORE))._replace(iteration=0)
    symbol = problem.symbol(name)
    if symbol.iteration > 1:
        raise RequestError(f'"{name}": names of the view are those of any iteration, without it')
    return symbol


def at_iteration(symbol: Symbol, k: int, problem: Problem) -> Symbol:
    """A symbol of the first iteration as it is in iteration k."""
    sample = symbol.sample
    if sample and problem.training.mode == "online":
        sample = problem.batch(k)[0]
    constant = KINDS[symbol.kind].constant
    return symbol._replace(iteration=0 if constant else symbol.iteration + k - 1, sample=sample)


def place(symbol: Symbol, problem: Problem) -> str:
    """The part of the drawing on which a quantity lives: a neuron, an edge, a bias, the loss; or none.

    >>> from chalkgrad.examples import example
    >>> place(Symbol("grad_w", (2, 1, 2)), example("mazur")), place(Symbol("delta", (1, 2)), example("mazur"))
    ('w[2][1,2]', 'n1.2')
    """
    kind, index = symbol.kind, symbol.index
    if kind == "loss":
        return "loss"
    if kind in ("t", "error"):
        return f"e{index[0]}"
    if kind == "x":
        return f"n0.{index[0]}"
    if kind == "dz_da":
        return Symbol("w", index).bare
    if kind == "dz_db":
        shared = problem.layers[index[0] - 1].shares_bias
        return Symbol("b", index[:1] if shared else index).bare
    which = kind.rpartition("_")[2]
    if index and which in ("w", "b"):
        return Symbol(which, index).bare
    return f"n{index[0]}.{index[1]}" if len(index) == 2 else ""


# ---------------------------------------------------------------- words
def who(problem: Problem, layer: int, j: int, language: str = "en") -> str:
    """A neuron in words: ``input 1``, ``hidden 2``; with several hidden layers ``hidden 1.2``."""
    depth = len(problem.layers)
    key = (
        "who_input"
        if not layer
        else "who_output"
        if layer == depth
        else "who_hidden"
        if depth == 2
        else "who_neuron"
    )
    return say(key, language, layer=layer, j=j)


def words(symbol: Symbol, problem: Problem, language: str = "en") -> str:
    """A quantity in words, with the neurons named as the drawing has them."""
    kind, index = symbol.kind, symbol.index
    slots: dict[str, object] = {}
    depth = len(problem.layers)
    if kind in ("x", "t", "error"):
        slots["who"] = who(problem, depth if kind != "x" else 0, index[0], language)
    elif len(index) == 3:
        slots["source"] = who(problem, index[0] - 1, index[2], language)
        slots["to"] = who(problem, index[0], index[1], language)
    elif len(index) == 2:
        slots["who"] = who(problem, index[0], index[1], language)
    elif index:
        slots["who"] = say("who_layer", language, layer=index[0])
    stem, _, which = kind.rpartition("_")
    if stem in MEMORIES:
        of = say(f"what_{which}", language, **slots)
        said = say(f"memory_{stem}", language, of=of)
        said = said if symbol.iteration else say("memory_before", language, memory=said)
    else:
        key = f"what_{kind}"  # what is no neuron's is called what its row of kinds says
        said = say(key, language, **slots) if key in ENGLISH else named(KINDS[kind].words, language)
    if symbol.sample and in_batch(problem):
        key = "what_part" if kind in PARTED else "what_sample"
        said = say(key, language, what=said, s=symbol.sample)
    return said


# ---------------------------------------------------------------- spelling
def spellers(problem: Problem) -> dict[str, Speller]:
    """A speller for each notation that the view offers; ``names`` are those of the problem file."""
    own = {"names": problem.speller()} if problem.names else {}
    shape, samples = problem.shape, len(problem.samples)
    return own | {name: Speller(shape, name, samples=samples) for name in NOTATIONS}


def spelling(symbol: Symbol, speller: Speller, *, marked: bool = False) -> str:
    """A symbol as MathML; `marked` with its sample, for lines about the whole batch."""
    about = Symbol("loss", (), 1, 0 if marked else symbol.sample)
    return to_mathml(speller(symbol, about))


def derived(symbol: Symbol, problem: Problem) -> list[Symbol]:
    """What a derivative is made of: of what, and by what; nothing for any other quantity.

    >>> from chalkgrad.examples import example
    >>> [str(s) for s in derived(Symbol("grad_w", (2, 1, 1)), example("mazur"))]
    ['it1.loss', 'it1.w[2][1,1]']
    """
    kind, index, iteration, sample = symbol
    loss, z = Symbol("loss"), Symbol("z", index[:2], iteration, sample)
    if kind == "grad_a":
        bottom = ("a", index) if index[0] else ("x", index[1:])
        return [loss, Symbol(*bottom, iteration if index[0] else 0, sample)]
    if kind in ("grad_w", "grad_b"):
        return [loss, Symbol(kind[-1], index, iteration)]
    if kind == "da_dz":
        return [Symbol("a", index, iteration, sample), z]
    if kind == "dz_dw":
        return [z, Symbol("w", index, iteration)]
    if kind == "dz_db":
        shared = problem.layers[index[0] - 1].shares_bias
        return [z, Symbol("b", index[:1] if shared else index, iteration)]
    if kind == "dz_da":
        before = ("a", (index[0] - 1, index[2])) if index[0] > 1 else ("x", index[2:])
        return [z, Symbol(*before, iteration if index[0] > 1 else 0, sample)]
    return []


def derivative_template(sample: int = 0) -> str:
    """A derivative with slots for its two symbols; with the mark of a sample at the upper one.

    >>> derivative_template()[:63]
    '<mfrac><mrow><mo lspace="0" rspace="0">∂</mo>‹s 0›</mrow><mrow>'
    """
    top, bottom = (Named(slot, Id(slot)) for slot in ("‹s 0›", "‹s 1›"))
    box = derivative(top, bottom)
    if sample:
        raised = Script(Id("‹s 0›"), sup=Fence(Id(str(sample)), "⟨", "⟩"))
        box = derivative(Named("", raised), bottom)
    return to_template(box)


def pieces(symbol: Symbol, speller: Speller) -> list[str]:
    """A symbol as base, superscript and subscript, for letters in the drawing."""
    box: Box = speller(symbol, Symbol("loss", (), 1, symbol.sample))
    while isinstance(box, Named):
        box = box.body
    match box:
        case Script(base, sub, sup):
            return [_text(base), _text(sup) if sup else "", _text(sub) if sub else ""]
        case _:
            return [_text(box), "", ""]


def _text(box: Box) -> str:
    match box:
        case Id(text) | Words(text):
            return GREEK.get(text, text)
        case Row(items):
            return "".join(map(_text, items))
        case _:
            return to_plain(box)
