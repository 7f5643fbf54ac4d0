"""Muon (Jordan et al. 2024): momentum whose matrices are made orthogonal before they are applied, with AdamW for what is no matrix."""

import torch

# Coefficients of the quintic iteration as published with Muon: they bring singular values close to 1 fast, not exactly to 1.
A, B, C = 3.4445, -4.7750, 2.0315
STEPS = 5


def orthogonal(matrices, steps=STEPS):
    """
    Matrices [n, rows, columns] with rows <= columns to their nearest orthogonal ones, about: singular values in 0.7 to 1.2. The iteration x <- p(x x') x runs on
    the small square x x' alone, and what it multiplied up to is applied to x once: a fifth of the products, for kernels of 3x3.
    """
    x = matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-7)
    square, total = x @ x.transpose(1, 2), None
    for step in range(steps):
        factor = C * (square @ square) + B * square
        factor.diagonal(dim1=1, dim2=2).add_(A)
        total = factor if total is None else factor @ total
        if step < steps - 1:
            square = factor @ square @ factor  # symmetric, like all polynomials of the square
    return total @ x


class Muon(torch.optim.Optimizer):
    """
    For weights of convolutions [out, in, h, w], seen as matrices [out, in * h * w]. The length of a step is matched to AdamW's (a root mean square of 0.2 times the
    rate, Liu et al. 2025), so both take the same rate.
    """

    def __init__(self, weights, lr, momentum=0.95):
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            alike = {}  # by shape: many small products are slower than a few stacked ones
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                mean = state["mean"] if state else state.setdefault("mean", torch.zeros_like(weight))
                mean.lerp_(weight.grad, 1 - group["momentum"])
                matrix = weight.grad.lerp(mean, group["momentum"]).flatten(1)
                tall = matrix.shape[0] > matrix.shape[1]
                alike.setdefault((matrix.shape, tall), []).append((weight, matrix.T if tall else matrix))
            for (shape, tall), found in alike.items():
                steps = orthogonal(torch.stack([matrix for _, matrix in found]))
                for (weight, _), step in zip(found, steps):
                    weight.add_((step.T if tall else step).reshape(weight.shape), alpha=-0.2 * max(shape) ** 0.5 * group["lr"])


class Both:
    """Muon for the hidden convolutions, AdamW for the first and last ones, biases and norms; used like one optimiser."""

    def __init__(self, network, rate):
        hidden, others = [], []
        for name, p in network.named_parameters():
            (hidden if p.ndim == 4 and "conv_in" not in name and "conv_out" not in name else others).append(p)
        self.parts = [Muon(hidden, rate), torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.99), weight_decay=0.0)]
        self.param_groups = [group for part in self.parts for group in part.param_groups]

    def zero_grad(self, set_to_none=True):
        for part in self.parts:
            part.zero_grad(set_to_none=set_to_none)

    def step(self):
        for part in self.parts:
            part.step()

    def state_dict(self):
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states):
        for part, state in zip(self.parts, states):
            part.load_state_dict(state)
        self.param_groups = [group for part in self.parts for group in part.param_groups]
