"""What can be planted in the working of a problem: slips, accidents of digits, missing answers."""

from __future__ import annotations

from decimal import Decimal


def sites(p):
    """(slip tuple, line of the origin, names it may be given) for each slip that a plain problem has room for."""
    depth, size = len(p.layers), p.sizes
    sq = p.training.loss.name.endswith("squared_error")
    out = []

    def put(k, at, *names):
        out.append((k, at, names))

    for l in range(1, depth + 1):
        act, square, layer = (
            p.layers[l - 1].activation.name,
            size[l] == size[l - 1],
            p.layers[l - 1],
        )
        for j in range(size[l]):
            z, a = f"z[{l}][{j + 1}]", f"a[{l}][{j + 1}]"
            if layer.bias is not None:
                put(("bias omitted", l, j), z, "bias_omitted")
                put(("bias with the wrong sign", l, j), z, "bias_sign")
            if square and size[l] > 1:
                put(("transposed weights", l, j), z, "transposed")
            if size[l] > 1:
                put(("weights of a neighbour", l, j), z, "neighbours_weights")
            if size[l - 1] > 1:
                put(("inputs interchanged", l, j), z, "inputs_interchanged")
            if l > 1:
                put(("z taken for a", l, j), z, "z_for_a")
            for i in range(size[l - 1]):
                put(("sign of a term", l, j, i), z, "sign_of_term")
                if size[l - 1] > 1 or layer.bias is not None:
                    put(("a term of the sum omitted", l, j, i), z, "term_omitted")
            if act == "softmax":
                put(("not normalised", l, j), a, "not_normalised")
            elif act != "identity":
                put(("activation forgotten", l, j), a, "activation_forgotten")
                put(("another activation", l, j), a, "another_activation")
            if act == "sigmoid":
                put(("sign of the exponent", l, j), a, "sign_of_exponent")
            d, ga, sl = f"delta[{l}][{j + 1}]", f"grad_a[{l}][{j + 1}]", f"da_dz[{l}][{j + 1}]"
            if l == depth and not sq:
                put(("sign of the error", l, j), d, "error_sign", "sign")
                if act == "sigmoid":
                    put(("f' though it cancels", l, j), d, "slope_though_cancelled")
            else:
                if l == depth:
                    put(("sign of the error", l, j), ga, "error_sign", "sign")
                    put(("factor 1/2", l, j), ga, "factor_half")
                    put(("factor 2", l, j), ga, "factor_two")
                    if size[l] > 1:
                        put(("wrong target", l, j), ga, "wrong_target")
                else:
                    put(
                        ("updated weight used early", l, j),
                        ga,
                        "updated_early",
                        "convention:in_place",
                    )
                    if size[l + 1] == size[l] > 1:
                        put(("transposed weights back", l, j), ga, "transposed_back")
                    if size[l] > 1:
                        put(("weights of a neighbour back", l, j), ga, "neighbours_weights_back")
                    put(("weights forgotten", l, j), ga, "weights_forgotten")
                    for k in range(size[l + 1]):
                        if size[l + 1] > 1:
                            put(("a path omitted", l, j, k), ga, "path_omitted")
                            put(("sign of a path", l, j, k), ga, "sign_of_term")
                if act in ("sigmoid", "tanh"):
                    put(("f' at a", l, j), sl, "slope_at_wrong_value")
                    put(("f' with z for a", l, j), sl, "slope_at_wrong_value")
                    put(("f' of the other function", l, j), sl, "another_slope")
                if act == "relu":
                    put(("relu' = 1 on the dead side", l, j), sl, "dead_side")
                if act != "identity":
                    put(("f' forgotten", l, j), d, "slope_forgotten")
                    put(("f' twice", l, j), d, "slope_twice")
                    if size[l] > 1:
                        put(("f' of another neuron", l, j), d, "neighbours_slope")
            for i in range(size[l - 1]):
                g, n = f"grad_w[{l}][{j + 1},{i + 1}]", f"new_w[{l}][{j + 1},{i + 1}]"
                if size[l] > 1:
                    put(("delta of another neuron", l, j, i), g, "neighbours_delta")
                if size[l - 1] > 1:
                    put(("wrong input", l, j, i), g, "wrong_input")
                    put(("gradient of another weight", l, j, i), n, "other_gradient")
                put(("own activation", l, j, i), g, "wrong_input")
                put(("input omitted", l, j, i), g, "input_omitted")
                if l > 1:
                    put(("z for a in the gradient", l, j, i), g, "z_for_a")
                put(("weight taken for the input", l, j, i), g, "weight_for_input")
                put(("sign of the gradient", l, j, i), g, "sign")
                put(("learning rate omitted", l, j, i), n, "rate_omitted")
                put(("step added", l, j, i), n, "ascent")
                put(("learning rate shifted", l, j, i), n, "rate_shifted")
                put(("step written for the new value", l, j, i), n, "step_for_value")
                put(("not updated", l, j, i), n, "not_updated")
            if layer.shares_bias:
                put(("a branch of the shared bias omitted", l, j), f"grad_b[{l}]", "branch_omitted")
        if layer.bias is not None:
            put(
                ("bias step added", l, 0),
                f"new_b[{l}]" + ("" if layer.shares_bias else "[1]"),
                "ascent",
            )
    if sq:
        put(("factor in the loss",), "loss", "factor_half", "factor_two")
        if size[-1] > 1:
            put(("one output only",), "loss", "term_omitted")
    else:
        put(("base-10 logarithm",), "loss", "log10", "convention:log10")
        put(("base-2 logarithm",), "loss", "log2", "convention:log2")
    put(("sign of the loss",), "loss", "sign")
    return out


ACCIDENTS = {
    "decimal point shifted": ("point_shifted",), "sign": ("sign", "error_sign"), "two digits interchanged": ("digits_swapped",),
    "a digit doubled": ("digit_doubled", "digit_too_many"), "a digit lost": ("digit_lost",),
}  # fmt: skip


def garble(rng, text, how):
    """Digit accidents on a right text; None where it has no room for one."""
    sign, bare = ("-", text[1:]) if text.startswith("-") else ("", text)
    pos = [m for m, ch in enumerate(bare) if ch.isdigit()]
    if how == "decimal point shifted":
        return sign + format(Decimal(bare).scaleb(rng.choice((-1, 1))), "f")
    if how == "sign":
        return bare if sign else "-" + bare
    if how == "two digits interchanged":
        c = [
            (a, b) for a, b in zip(pos, pos[1:], strict=False) if bare[a] != bare[b] and b == a + 1
        ]
        if not c:
            return None
        a, b = rng.choice(c)
        return sign + bare[:a] + bare[b] + bare[a] + bare[b + 1 :]
    frac = [m for m in pos if m > bare.find(".") >= 0]
    if not frac:
        return None
    m = rng.choice(frac)
    return sign + (
        bare[:m] + bare[m] + bare[m:] if how == "a digit doubled" else bare[:m] + bare[m + 1 :]
    )


def part_of(rng, text, how):
    """The whole sheet, a random half of it, or only some kinds."""
    if how == "full":
        return dict(text)
    if how == "half":
        return {k: v for k, v in text.items() if rng.random() < 0.5}
    kinds = {
        "results": ("a", "loss", "grad_w", "grad_b", "new_w", "new_b"),
        "ends": ("loss", "new_w", "new_b"),
    }[how]
    return {k: v for k, v in text.items() if k.rpartition(".")[2].split("[")[0] in kinds}
