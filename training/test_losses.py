"""Tests of what the training asks for. python3 -m unittest discover -s training"""

import os
import sys
import unittest

import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import losses  # noqa: E402
import model  # noqa: E402

torch.set_num_threads(1)  # other tests run beside these


class Losses(unittest.TestCase):
    def test_losses_are_zero_for_equal_pictures_and_grow_with_the_difference(self):
        chance = torch.Generator().manual_seed(5)
        picture = torch.rand((2, 3, 64, 48), generator=chance) * 2 - 1
        teacher = model.TinyEncoder()
        for loss in (lambda x, y: (losses.colour_difference(losses.lab(x), losses.lab(y)) ** 2).mean(), losses.pyramid, lambda x, y: losses.texture(x, y, teacher)):
            self.assertAlmostEqual(0.0, float(loss(picture, picture)), places=5)
            near, far = (float(loss(picture + amount * torch.randn(picture.shape, generator=chance), picture)) for amount in (0.01, 0.1))
            self.assertLess(near, far)
        self.assertAlmostEqual(1.0, float(losses.border_weights(picture).mean()), places=5)
        # An error of 0.2 everywhere in a range of 2 is 20 dB.
        self.assertAlmostEqual(20.0, float(losses.psnr(picture * 0 + 0.2, picture * 0)[0]), places=4)

    def test_a_wrong_tone_is_no_wrong_detail_and_the_other_way_round(self):
        even = torch.full((1, 3, 64, 64), 0.1)
        detail, tone = losses.bands(even)
        self.assertLess(float(detail.abs().max()), 1e-6)
        self.assertTrue(torch.allclose(even, tone))
        fine = (0.1 * (-1.0) ** torch.arange(64)).expand(1, 3, 64, 64)
        detail, tone = losses.bands(fine)
        self.assertTrue(torch.allclose(fine, detail))
        self.assertLess(float(tone.abs().max()), 1e-6)

    def test_tone_has_its_share_in_the_length_of_colour(self):
        even = torch.tensor([0.03, 0.0, 0.04]).reshape(1, 3, 1, 1).expand(1, 3, 32, 32)  # five units everywhere
        detail, tone = losses.bands(even)
        for share, expected in ((0.0, 0.005), (0.5, (0.025 ** 2 + 0.005 ** 2) ** 0.5), (1.0, (0.05 ** 2 + 0.005 ** 2) ** 0.5)):
            self.assertAlmostEqual(expected, float(losses.colour_length(detail, tone, share)), places=6)

    def test_colour_differences_are_those_of_ciede2000(self):
        # Sharma, Wu, Dalal 2005, table 1, pairs 25 to 34 but for the two blue ones (27, 29), whose rotation is left out: L, a, b of two colours, CIEDE2000.
        table = torch.tensor([
            [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644], [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
            [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645], [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
            [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441], [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
            [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377], [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082]])
        wanted, found = (table[:, i:i + 3].T.reshape(1, 3, 1, -1) for i in (0, 3))
        for length, published in zip(losses.colour_difference(found, wanted).norm(dim=1).flatten().tolist(), table[:, 6].tolist()):
            # Ours takes all weights from one of the two colours, not from their middle.
            self.assertLess(abs(length / published - 1), 0.06, published)

    def test_lab_is_that_of_the_standard(self):
        # sRGB's primaries, white and a grey, in CIELAB for D65: the table of B. Lindbloom's calculator, rounded.
        colours = torch.tensor([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [119, 119, 119], [0, 0, 0]]).T.reshape(1, 3, 1, -1) / 127.5 - 1
        expected = torch.tensor([[53.24, 80.09, 67.20], [87.73, -86.18, 83.18], [32.30, 79.19, -107.86], [100, 0, 0], [50.03, 0, 0], [0, 0, 0]]).T.reshape(1, 3, 1, -1)
        self.assertLess(float((losses.lab(colours) - expected).abs().max()), 0.05)


if __name__ == "__main__":
    unittest.main()
