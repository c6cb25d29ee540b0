"""Networks whose matrices are larger than a page, from drawn weights."""

from __future__ import annotations

from chalkgrad import Problem, loads


def large_net(sizes: tuple[int, ...], samples: int = 1, training: str = "") -> Problem:
    """Tanh neurons with the half squared error."""
    layers = "".join(
        f'[[layer]]\nunits = {n}\nseed = {k}\nactivation = "tanh"\n'
        for k, n in enumerate(sizes[1:])
    )
    inputs = [round(0.137 * (i + 1) % 1, 2) for i in range(sizes[0])]
    sample = f"[[sample]]\ninput = {inputs}\ntarget = {[1] * sizes[-1]}\n"
    head = '[training]\nloss = "half_squared_error"\nlearning_rate = 0.1\n'
    return loads(layers + head + training + sample * samples)
