"""Tests of what makes a training faster: the fused kernels and the optimiser. python3 -m unittest discover -s training"""

import os
import sys
import unittest

import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fused  # noqa: E402
import model  # noqa: E402
import muon  # noqa: E402

torch.set_num_threads(1)  # other tests run beside these


class Fused(unittest.TestCase):
    """The kernels against torch's own operations in float64, from the same bf16 numbers."""

    def setUp(self):
        if fused.library() is None:
            self.skipTest("there is no C compiler")

    def compare(self, ours, x, gradient, reference, parameters):
        """Results and gradients differ by the rounding of bf16 (2^-9 of a value) alone; reductions to parameters are not rounded."""
        x = x.bfloat16().contiguous(memory_format=torch.channels_last).requires_grad_()
        y = ours(x)
        self.assertEqual(torch.bfloat16, y.dtype)
        found = [y] + list(torch.autograd.grad(y, [x, *parameters], gradient.bfloat16()))
        exact = x.detach().double().requires_grad_()
        copies = [p.detach().double().requires_grad_() for p in parameters]
        z = reference(exact, *copies)
        expected = [z] + list(torch.autograd.grad(z, [exact, *copies], gradient.bfloat16().double()))
        return [float((a - b).abs().max() / b.abs().max()) for a, b in zip(found, expected)]

    def test_norm_and_silu(self):
        chance = torch.Generator().manual_seed(4)
        for channels, height, width, silu in ((32, 9, 7, True), (64, 48, 40, True), (128, 33, 5, True), (128, 8, 8, False), (32, 2, 1, True)):
            norm = model.norm(channels)
            with torch.no_grad():
                norm.weight.uniform_(0.5, 1.5, generator=chance)
                norm.bias.normal_(generator=chance)
            x, gradient = (2 * torch.randn((2, channels, height, width), generator=chance) + 0.7 for _ in range(2))

            def reference(x, weight, bias):
                y = torch.nn.functional.group_norm(x, 32, weight, bias, 1e-6)
                return torch.nn.functional.silu(y) if silu else y

            y, dx, dweight, dbias = self.compare(lambda x: norm(x, silu), x, gradient, reference, [norm.weight, norm.bias])
            self.assertLess(max(y, dx), 2 ** -8, (channels, silu))
            self.assertLess(max(dweight, dbias), 1e-5, (channels, silu))

    def test_enlarging(self):
        chance = torch.Generator().manual_seed(6)
        weight, bias = torch.randn((32, 64, 3, 3), generator=chance).requires_grad_(), torch.randn(32, generator=chance).requires_grad_()
        x, gradient = torch.randn((2, 64, 6, 5), generator=chance), torch.randn((2, 32, 12, 10), generator=chance)

        def reference(x, weight, bias):
            return torch.nn.functional.conv2d(torch.nn.functional.interpolate(x, scale_factor=2.0, mode="nearest"), weight, bias, padding=1)

        # The kernels are rounded to bf16 as well, and the sums of them.
        for difference in self.compare(lambda x: fused.enlarge(x, weight, bias), x, gradient, reference, [weight, bias]):
            self.assertLess(difference, 2 ** -7)


class Optimiser(unittest.TestCase):
    def test_orthogonal_is_the_published_iteration(self):
        chance = torch.Generator().manual_seed(8)
        for rows, columns in ((64, 576), (32, 32), (128, 1152)):
            matrices = torch.randn((2, rows, columns), generator=chance)
            x = matrices.double() / matrices.double().norm(dim=(1, 2), keepdim=True)
            for _ in range(5):  # Jordan et al. 2024: X <- aX + (bA + cA^2) X with A = XX'
                a = x @ x.transpose(1, 2)
                x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
            found = muon.orthogonal(matrices)
            self.assertLess(float((found - x).abs().max() / x.abs().max()), 1e-3)
            if columns > rows:  # a square of random numbers has singular values near 0, which five steps do not bring to 1
                values = torch.linalg.svdvals(found)
                self.assertTrue(0.6 < float(values.min()) and float(values.max()) < 1.25, values)

    def test_hidden_convolutions_take_steps_of_one_length_whatever_the_gradient(self):
        network = model.AutoencoderKL(multipliers=(1, 1), blocks=1)
        before = {name: p.detach().clone() for name, p in network.named_parameters()}
        optimizer, chance = muon.Both(network, 1e-3), torch.Generator().manual_seed(9)
        for i, p in enumerate(network.parameters()):
            p.grad = 10.0 ** (i % 7 - 3) * torch.randn(p.shape, generator=chance)
        optimizer.step()
        for name, p in network.named_parameters():
            moved = float((p.detach() - before[name]).square().mean().sqrt())
            # AdamW's first step is the rate itself; Muon's is 0.2 of it, for nearly orthogonal matrices.
            low, high = (0.1, 0.25) if p.ndim == 4 and "conv_in" not in name and "conv_out" not in name else (0.99, 1.01)
            self.assertTrue(low < moved / 1e-3 < high, (name, moved))


if __name__ == "__main__":
    unittest.main()
