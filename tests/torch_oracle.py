"""The oracle's networks in PyTorch, differentiated by autograd."""

from __future__ import annotations

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def activate(name, p, z):
    if name == "identity":
        return z
    if name == "linear":
        return p["slope"] * z
    if name == "sigmoid":
        return torch.sigmoid(p["gain"] * z)
    if name == "elu":
        return F.elu(z, alpha=p["alpha"])
    if name == "leaky_relu":
        return F.leaky_relu(z, p["slope"])
    if name == "softmax":
        return torch.softmax(z, -1)
    if name == "step":
        return (z >= 0).double() + 0 * z
    return {
        "tanh": torch.tanh, "relu": torch.relu, "softplus": F.softplus, "silu": F.silu, "gelu": F.gelu,
    }[name](z)  # fmt: skip


def tensors(net):
    W = [torch.tensor(w, requires_grad=True) for w in net["W"]]
    B = [None if b is None else torch.tensor(b, requires_grad=True) for b in net["B"]]
    return W, B


def loss(net, W, B):
    x = torch.tensor([s[0] for s in net["samples"]])
    a = x
    for w, b, (name, p) in zip(W, B, net["act"], strict=True):
        z = a @ w.T
        if b is not None:
            z = z + net["bias_input"] * b
        a = activate(name, p, z)
    name, p = net["loss"]
    if name == "output":
        each = a
    else:
        t = torch.tensor([s[1] for s in net["samples"]])
        e = a - t
        each = {
            "half_squared_error": lambda: e**2 / 2,
            "squared_error": lambda: e**2,
            "absolute_error": lambda: e.abs(),
            "huber": lambda: F.huber_loss(a, t, reduction="none", delta=p.get("delta", 1.0)),
            "binary_cross_entropy": lambda: -(torch.xlogy(t, a) + torch.xlogy(1 - t, 1 - a)),
            "cross_entropy": lambda: -torch.xlogy(t, a),
        }[name]()
    per = each.mean(1) if net["over_outputs"] == "mean" else each.sum(1)
    return per.mean() if net["over_samples"] == "mean" else per.sum()


def gradients(net):
    W, B = tensors(net)
    loss(net, W, B).backward()
    out = {}
    for l, w in enumerate(W, 1):
        g = w.grad if w.grad is not None else torch.zeros_like(w)
        for j in range(w.shape[0]):
            for i in range(w.shape[1]):
                out[f"grad_w[{l}][{j + 1},{i + 1}]"] = float(g[j, i])
    for l, b in enumerate(B, 1):
        if b is None:
            continue
        g = b.grad if b.grad is not None else torch.zeros_like(b)
        if b.dim():
            out |= {f"grad_b[{l}][{j + 1}]": float(v) for j, v in enumerate(g)}
        else:
            out[f"grad_b[{l}]"] = float(g)
    return out
