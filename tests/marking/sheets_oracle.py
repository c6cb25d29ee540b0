"""Students made of straight arithmetic: problems worked line by line in plain loops.

Planted slips included. Nothing here reads a formula, a plan or the table of slips:
only the records of a problem come from the library.
"""

from __future__ import annotations

import math


def logistic(z):
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0


def phi(z):
    return 0.5 * math.erfc(-z / math.sqrt(2))


def value_of(choice, z):
    g = choice.params.get("gain", 1.0)
    return {
        "identity": lambda: z, "linear": lambda: choice.params.get("slope", 1.0) * z,
        "sigmoid": lambda: logistic(g * z), "tanh": lambda: math.tanh(z), "relu": lambda: max(z, 0.0),
        "leaky_relu": lambda: z if z > 0 else 0.01 * z, "elu": lambda: z if z > 0 else math.exp(z) - 1,
        "softplus": lambda: math.log(1 + math.exp(z)), "silu": lambda: z * logistic(z),
        "gelu": lambda: z * phi(z), "step": lambda: 1.0 if z >= 0 else 0.0,
    }[choice.name]()  # fmt: skip


def slope_of(choice, z, a):
    g = choice.params.get("gain", 1.0)
    return {
        "identity": lambda: 1.0, "linear": lambda: choice.params.get("slope", 1.0),
        "sigmoid": lambda: g * a * (1 - a), "tanh": lambda: 1 - a * a, "relu": lambda: 1.0 if z > 0 else 0.0,
        "leaky_relu": lambda: 1.0 if z > 0 else 0.01, "elu": lambda: 1.0 if z > 0 else math.exp(z),
        "softplus": lambda: logistic(z), "silu": lambda: a + logistic(z) * (1 - a),
        "gelu": lambda: phi(z) + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi), "step": lambda: 0.0,
    }[choice.name]()  # fmt: skip


def loss_of(name, a, t, log=math.log, factor=1.0):
    e = a - t
    if name == "half_squared_error":
        return e * e / 2 * factor
    if name == "squared_error":
        return e * e * factor
    if name == "absolute_error":
        return abs(e)
    if name == "huber":
        return e * e / 2 if abs(e) <= 1 else abs(e) - 0.5
    if name == "cross_entropy":
        return -t * log(a) if t else 0.0
    return -(t * log(a) if t else 0.0) - ((1 - t) * log(1 - a) if t != 1 else 0.0)


def slope_of_loss(name, a, t):
    e = a - t
    return {
        "half_squared_error": lambda: e, "squared_error": lambda: 2 * e,
        "absolute_error": lambda: float((e > 0) - (e < 0)),
        "huber": lambda: e if abs(e) <= 1 else float((e > 0) - (e < 0)), "output": lambda: 1.0,
    }[name]()  # fmt: skip


# ---------------------------------------------------------------- the working
def work(p, keep, slips=()):
    """All iterations of p on paper. `slips` holds tuples (name, layer, neuron, ...); each alters one line."""
    tr = p.training
    depth, size = len(p.layers), p.sizes
    W = [[list(r) for r in layer.weights] for layer in p.layers]
    B = [list(l.bias) if isinstance(l.bias, tuple) else l.bias for l in p.layers]
    shared = [l.shares_bias for l in p.layers]
    for k, b in enumerate(B):
        if b is not None and not isinstance(b, list) and not shared[k]:
            B[k] = [b]
    memory = {}
    for it in range(1, tr.iterations + 1):
        _iteration(p, keep, slips, it, W, B, shared, memory, depth, size)
    return keep.text


def _iteration(p, keep, slips, it, W, B, shared, memory, depth, size):
    tr = p.training
    hit = lambda *k: k in slips  # noqa: E731
    batch = list(p.batch(it))
    several = len(p.samples) > 1
    head = f"it{it}." if it > 1 else ""
    pre = lambda s: f"{head}s{s}." if several else head  # noqa: E731
    loss, n_out = tr.loss.name, size[-1]
    over = 1 / n_out if tr.over_outputs == "mean" else 1.0
    paired = (p.layers[-1].activation.name, loss) in (
        ("softmax", "cross_entropy"),
        ("sigmoid", "binary_cross_entropy"),
    )
    A, Z, losses = {}, {}, []
    for s in batch:
        x, t = p.samples[s - 1].input, p.samples[s - 1].target
        a, zs = [list(x)], [None]
        for l in range(1, depth + 1):
            z = []
            for j in range(size[l]):
                total = 0.0
                for i in range(size[l - 1]):
                    w, v = W[l - 1][j][i], a[l - 1][i]
                    if hit("transposed weights", l, j):
                        w = W[l - 1][i][j]
                    if hit("weights of a neighbour", l, j):
                        w = W[l - 1][(j + 1) % size[l]][i]
                    if hit("inputs interchanged", l, j):
                        v = a[l - 1][(1, 0)[i] if i < 2 else i]
                    if hit("z taken for a", l, j):
                        v = zs[l - 1][i]
                    if hit("sign of a term", l, j, i):
                        v = -v
                    if hit("a term of the sum omitted", l, j, i):
                        v = 0.0
                    total += w * v
                b = B[l - 1]
                b = 0.0 if b is None else tr.bias_input * (b if shared[l - 1] else b[j])
                if hit("bias omitted", l, j):
                    b = 0.0
                if hit("bias with the wrong sign", l, j):
                    b = -b
                z.append(keep(f"{pre(s)}z[{l}][{j + 1}]", total + b))
            zs.append(z)
            row, choice = [], p.layers[l - 1].activation
            for j in range(size[l]):
                v = z[j]
                if choice.name == "softmax":
                    y = math.exp(v) / sum(math.exp(k) for k in z)
                    if hit("not normalised", l, j):
                        y = math.exp(v)
                else:
                    y = value_of(choice, v)
                if hit("activation forgotten", l, j):
                    y = v
                if hit("sign of the exponent", l, j):
                    y = 1 / (1 + math.exp(v))
                if hit("another activation", l, j):
                    y = math.tanh(v) if choice.name == "sigmoid" else logistic(v)
                row.append(keep(f"{pre(s)}a[{l}][{j + 1}]", y))
            a.append(row)
        A[s], Z[s] = a, zs
        e = 0.0
        for j in range(n_out):
            y = a[depth][j]
            if hit("one output only") and j:
                continue
            if loss == "output":
                e += y
                continue
            log = (
                math.log10
                if hit("base-10 logarithm")
                else math.log2
                if hit("base-2 logarithm")
                else math.log
            )
            factor = (2.0 if loss[0] == "h" else 0.5) if hit("factor in the loss") else 1.0
            e += loss_of(loss, y, t[j], log, factor)
        e *= over
        if hit("sign of the loss"):
            e = -e
        losses.append(keep(f"{pre(s)}loss" if len(batch) > 1 else f"{head}loss", e))
    if len(batch) > 1:
        keep(f"{head}loss", sum(losses) / len(batch) if tr.over_samples == "mean" else sum(losses))
    early = any(k[0] == "updated weight used early" for k in slips)
    in_place = tr.update_order == "in_place"
    ahead = None
    D = {s: [None] * (depth + 1) for s in batch}
    new_W, new_B = [None] * depth, [None] * depth
    mean = (lambda v: v / len(batch)) if tr.over_samples == "mean" else (lambda v: v)
    old = [[list(r) for r in layer] for layer in W]
    for l in range(depth, 0, -1):
        J, choice = range(size[l]), p.layers[l - 1].activation
        for s in batch:
            a, z, P = A[s], Z[s], pre(s)
            t = p.samples[s - 1].target
            if l == depth and paired:
                row = []
                for j in J:
                    d = (a[l][j] - t[j]) * over * choice.params.get("gain", 1.0)
                    if hit("sign of the error", l, j):
                        d = -d
                    if hit("f' though it cancels", l, j):
                        d *= a[l][j] * (1 - a[l][j])
                    row.append(keep(f"{P}delta[{l}][{j + 1}]", d))
                D[s][l] = row
                continue
            ga = []
            for j in J:
                if l == depth:
                    g = slope_of_loss(loss, a[l][j], t[j] if t else 0.0) * over
                    if hit("sign of the error", l, j):
                        g = -g
                    if hit("factor 1/2", l, j):
                        g /= 2
                    if hit("factor 2", l, j):
                        g *= 2
                    if hit("wrong target", l, j):
                        g += (t[j] - t[(j + 1) % size[l]]) * (2 if loss == "squared_error" else 1)
                else:
                    g = 0.0
                    for k in range(size[l + 1]):
                        w, d = (new_W[l] if in_place else old[l])[k][j], D[s][l + 1][k]
                        if hit("updated weight used early", l, j):
                            w = ahead[k][j]
                        if hit("transposed weights back", l, j):
                            w = old[l][j][k]
                        if hit("weights of a neighbour back", l, j):
                            w = old[l][k][(j + 1) % size[l]]
                        if hit("a path omitted", l, j, k):
                            d = 0.0
                        if hit("weights forgotten", l, j):
                            w = 1.0
                        if hit("sign of a path", l, j, k):
                            d = -d
                        g += d * w
                ga.append(keep(f"{P}grad_a[{l}][{j + 1}]", g))
            sl = []
            for j in J:
                y, v = a[l][j], z[l][j]
                f = slope_of(choice, v, y)
                at = logistic(y) if choice.name == "sigmoid" else math.tanh(y)
                if hit("f' at a", l, j):
                    f = at * (1 - at) if choice.name == "sigmoid" else 1 - at * at
                if hit("f' with z for a", l, j):
                    f = v * (1 - v) if choice.name == "sigmoid" else 1 - v * v
                if hit("relu' = 1 on the dead side", l, j):
                    f = 1.0
                if hit("f' of the other function", l, j):
                    f = 1 - y * y if choice.name == "sigmoid" else y * (1 - y)
                sl.append(keep(f"{P}da_dz[{l}][{j + 1}]", f))
            row = []
            for j in J:
                d = ga[j] * sl[j]
                if hit("f' forgotten", l, j):
                    d = ga[j]
                if hit("f' twice", l, j):
                    d = ga[j] * sl[j] * sl[j]
                if hit("f' of another neuron", l, j):
                    d = ga[j] * sl[(j + 1) % size[l]]
                row.append(keep(f"{P}delta[{l}][{j + 1}]", d))
            D[s][l] = row
        GW = {}
        for j in range(size[l]):
            for i in range(size[l - 1]):
                g = 0.0
                for s in batch:
                    d, v = D[s][l][j], A[s][l - 1][i]
                    if hit("delta of another neuron", l, j, i):
                        d = D[s][l][(j + 1) % size[l]]
                    if hit("wrong input", l, j, i):
                        v = A[s][l - 1][(i + 1) % size[l - 1]]
                    if hit("own activation", l, j, i):
                        v = A[s][l][j]
                    if hit("input omitted", l, j, i):
                        v = 1.0
                    if hit("z for a in the gradient", l, j, i):
                        v = Z[s][l - 1][i]
                    if hit("weight taken for the input", l, j, i):
                        v = old[l - 1][j][i]
                    g += d * v
                g = mean(g)
                if hit("sign of the gradient", l, j, i):
                    g = -g
                GW[j, i] = keep(f"{head}grad_w[{l}][{j + 1},{i + 1}]", g)
        gb = {}
        if B[l - 1] is not None:
            for j in [None] if shared[l - 1] else range(size[l]):
                g = 0.0
                for s in batch:
                    for k in range(size[l]) if j is None else [j]:
                        if not hit("a branch of the shared bias omitted", l, k):
                            g += D[s][l][k]
                name = f"[{l}]" + ("" if j is None else f"[{j + 1}]")
                gb[j] = keep(f"{head}grad_b{name}", tr.bias_input * mean(g))
        new_W[l - 1] = [[0.0] * size[l - 1] for _ in range(size[l])]
        ahead = []
        for j in range(size[l]):
            ahead.append([])
            for i in range(size[l - 1]):
                w, eta, g = old[l - 1][j][i], tr.learning_rate, GW[j, i]
                if hit("learning rate omitted", l, j, i):
                    eta = 1.0
                if hit("step added", l, j, i):
                    eta = -eta
                if hit("learning rate shifted", l, j, i):
                    eta /= 10
                if hit("gradient of another weight", l, j, i):
                    g = GW[j, (i + 1) % size[l - 1]]
                if hit("step written for the new value", l, j, i):
                    w = 0.0
                if hit("not updated", l, j, i):
                    g = 0.0
                name = f"w[{l}][{j + 1},{i + 1}]"
                new_W[l - 1][j][i] = _update(tr, keep, head, name, w, g, eta, it, memory, hit)
                ahead[j].append(new_W[l - 1][j][i] if early else None)
        if tr.train_biases:
            for j, g in gb.items():
                b = B[l - 1] if j is None else B[l - 1][j]
                eta = -tr.learning_rate if hit("bias step added", l, j or 0) else tr.learning_rate
                name = f"b[{l}]" + ("" if j is None else f"[{j + 1}]")
                new = _update(tr, keep, head, name, b, g, eta, it, memory, hit)
                new_B[l - 1] = new if j is None else [*(new_B[l - 1] or []), new]
    for l in range(depth):
        W[l][:] = new_W[l]
        if new_B[l] is not None:
            B[l] = new_B[l]


def _update(tr, keep, head, name, w, g, eta, it, memory, hit):
    """One parameter after one update, by the rule of the problem."""
    opt = tr.optimizer
    par = {"momentum": 0.9, "rho": 0.9, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, **opt.params}
    decay = opt.params.get("weight_decay", 0.01 if opt.name == "adamw" else 0.0)

    def remember(kind, v):
        memory[kind, name] = v = keep(f"{head}{kind}_{name}", v)
        return v

    before = lambda kind: memory.get((kind, name), 0.0)  # noqa: E731
    if decay and opt.name != "adamw":
        g = keep(f"{head}decayed_{name}", g + decay * w)
    if opt.name == "sgd":
        step = eta * g
    elif opt.name in ("momentum", "nesterov"):
        mu = 0.0 if hit("memory forgotten") else par["momentum"]
        v = remember("velocity", mu * before("velocity") + g)
        step = eta * (v if opt.name == "momentum" else g + par["momentum"] * v)
    elif opt.name == "adagrad":
        s = remember("square_sum", before("square_sum") + g * g)
        step = eta * g / (math.sqrt(max(s, 0.0)) + par["epsilon"])
    elif opt.name == "rmsprop":
        s = remember("mean_square", par["rho"] * before("mean_square") + (1 - par["rho"]) * g * g)
        step = eta * g / (math.sqrt(max(s, 0.0)) + par["epsilon"])
    else:
        m = remember("first_moment", par["beta1"] * before("first_moment") + (1 - par["beta1"]) * g)
        v = remember(
            "second_moment", par["beta2"] * before("second_moment") + (1 - par["beta2"]) * g * g
        )
        m = remember("first_unbiased", m / (1 - par["beta1"] ** it))
        v = remember("second_unbiased", v / (1 - par["beta2"] ** it))
        step = eta * m / (math.sqrt(max(v, 0.0)) + par["epsilon"])
        if opt.name == "adamw":
            step += eta * decay * w
    return keep(f"{head}new_{name}", w - step)
