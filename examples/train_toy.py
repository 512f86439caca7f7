#!/usr/bin/env python3
"""One head of the recurrence learns parity through torch.ops.anser, beside a loop in plain torch with the same gradients.
usage: train_toy.py [build/release/lib/libanser_ops.so]        with a Python that has torch: scripts/setup.sh --python"""
import sys
import torch

torch.ops.load_library(sys.argv[1] if len(sys.argv) > 1 else "build/release/lib/libanser_ops.so")


def loop(r, w, k, v, a, b, S):  # S <- S (diag(w) + a^T b) + v^T k,  y = S r^T, token by token
    y = []
    for r, w, k, v, a, b in zip(*(x.unbind(1) for x in (r, w, k, v, a, b))):
        S = S * w[..., None, :] + S @ a[..., None] * b[..., None, :] + v[..., None] * k[..., None, :]
        y.append((S @ r[..., None])[..., 0])
    return torch.stack(y, 1)


torch.manual_seed(0)
shapes = (2, 6, 1, 8), (1, 1, 8, 8), (8, 2)  # letter -> r, w, k, v, a, b of a head; first state; scores of even and odd
table, state, scores = parameters = [torch.nn.Parameter(0.5 * torch.randn(s)) for s in shapes]
optimiser = torch.optim.Adam(parameters, lr=0.01)
for step in range(101):
    letters = torch.randint(2, (32, 16))
    inputs = [x.contiguous() for x in (*table.tanh()[letters].unbind(2), state.expand(32, 1, 8, 8))]
    outputs = torch.ops.anser.recurrence(*inputs, decay="direct")[0], loop(*inputs)
    losses = [torch.nn.functional.cross_entropy((y[:, :, 0] @ scores).mT, letters.cumsum(1) % 2) for y in outputs]
    ours, plain = (torch.autograd.grad(loss, parameters, retain_graph=True) for loss in losses)
    difference = max((x - y).abs().max().item() for x, y in zip(ours, plain))
    assert difference < 1e-5, f"the gradients differ from those of the loop by {difference}"
    if step % 25 == 0:
        print(f"step {step:3}  loss {losses[0].item():.6f}  largest difference of the gradients {difference:.1e}")
    for parameter, gradient in zip(parameters, ours):
        parameter.grad = gradient
    optimiser.step()
