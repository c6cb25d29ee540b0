"""Which quantities a name, a kind or a pattern asks for: the one reading of ``--only`` and ``--ask``.

``it2.`` and ``s3.`` in front keep to that iteration and sample. Without ``s3.``, quantities of a sample
are meant for every sample, and ``loss``, ``grad_w`` and ``grad_b`` are those of the batch.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError
from chalkgrad.light import dataclass
from chalkgrad.notation import KINDS, Symbol, split_prefix

if TYPE_CHECKING:
    from chalkgrad.problem import Problem


@dataclass(frozen=True, slots=True)
class Selection:
    """One name, kind or pattern, resolved.

    Attributes:
        text: as it was asked.
        meant: the symbol that a name means, without regard to iteration and sample; None for others.
        kind: the kind that is asked for, with every index; "" for others.
        pattern: what a pattern's names must look like, with ``*`` for any text.
        aliases: kinds and indices that the problem's own names add to a pattern.
        iteration, sample: kept to, or None.
    """

    text: str
    meant: Symbol | None
    kind: str = ""
    pattern: str = ""
    aliases: frozenset[tuple[str, tuple[int, ...]]] = frozenset()
    iteration: int | None = None
    sample: int | None = None

    def fits(self, symbol: Symbol, iteration: int) -> bool:
        """Whether a symbol, worked in an iteration, is asked for."""
        if self.iteration not in (None, iteration):
            return False
        if self.sample is not None and symbol.sample != self.sample:
            return False
        if self.meant or self.kind:
            same = (
                (self.meant.kind, self.meant.index) == (symbol.kind, symbol.index)
                if self.meant
                else self.kind == symbol.kind
            )
            of_batch = self.sample is None and not KINDS[symbol.kind].of_sample
            return same and not (of_batch and symbol.sample)
        return (symbol.kind, symbol.index) in self.aliases or fnmatchcase(symbol.bare, self.pattern)


def select(text: str, problem: Problem) -> list[Selection]:
    """The selections of a name, a kind such as ``grad_w``, a pattern with ``*``, or a matrix such as ``W[1]``.

    Raises:
        RequestError: no quantity of the problem has that name.

    >>> from chalkgrad.examples import example
    >>> [s.meant.bare for s in select("W[2]", example("mazur"))]
    ['w[2][1,1]', 'w[2][1,2]', 'w[2][2,1]', 'w[2][2,2]']
    """
    text = text.strip()
    prefix, bare = split_prefix(text)
    own = {name.casefold(): target for name, target in problem.names.items()}
    if bare.casefold() in own:
        prefix, bare = split_prefix(prefix + own[bare.casefold()])
    matrix = re.fullmatch(r"(grad_|new_|step_|)W\[(\d+)\]", bare)
    if matrix and 1 <= int(matrix[2]) <= len(problem.layers):
        layer = int(matrix[2])
        rows, columns = problem.sizes[layer], problem.sizes[layer - 1]
        entries = [(j, i) for j in range(1, rows + 1) for i in range(1, columns + 1)]
        names = (f"{prefix}{matrix[1]}w[{layer}][{j},{i}]" for j, i in entries)
        return [selection for name in names for selection in select(name, problem)]
    numbers = dict(re.findall(r"(it|s)(\d+)\.", prefix))
    iteration = int(numbers["it"]) if "it" in numbers else None
    sample = int(numbers["s"]) if "s" in numbers else None
    if bare in KINDS and KINDS[bare].sizes != (0,):
        return [Selection(text, None, bare, iteration=iteration, sample=sample)]
    if "*" not in bare:
        meant = problem.symbol(prefix + bare)
        # a single sample needs no prefix, and takes one
        kept = sample if KINDS[meant.kind].of_sample or len(problem.samples) > 1 else None
        return [Selection(text, meant, iteration=iteration, sample=kept)]
    named = (problem.symbol(name) for name in problem.names if fnmatchcase(name, bare))
    aliases = frozenset((s.kind, s.index) for s in named)
    pattern = bare.replace("[", "[[]")
    return [Selection(text, None, "", pattern, aliases, iteration, sample)]


def check_reach(selection: Selection, count: int) -> None:
    """Refuse an iteration beyond those of the problem."""
    if selection.iteration is not None and selection.iteration > count:
        raise RequestError(f'"{selection.text}": {there_are(count)}')


def there_are(count: int) -> str:
    """How many iterations there are, as a sentence."""
    return "there is 1 iteration" if count == 1 else f"there are {count} iterations"
