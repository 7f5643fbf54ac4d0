"""What the comparison of latent space and pixels measures with: the judge's doubt, detail, and the page that is written."""

import os
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, FOLDER)

from scenes import drawing, judge, scene as world  # noqa: E402
from spaces import measure, page  # noqa: E402


class Measures(unittest.TestCase):
    def test_drawn_scenes_are_clear_and_noise_over_them_is_not(self):
        shapes = judge.outlines()
        drawn = [drawing.picture(world.draw_lots(5, i)) for i in range(12)]
        noisy = [np.clip(p + np.random.default_rng(i).normal(0, 60, p.shape), 0, 255).astype(np.uint8) for i, p in enumerate(drawn)]
        found = measure.certainties(drawn, shapes)
        least = float(np.percentile([c for p in found for c in p], measure.DOUBTFUL))
        clear, spoilt = measure.legible(found, least), measure.legible(measure.certainties(noisy, shapes), least)
        self.assertGreater(clear["things"], 0.9)
        self.assertLess(spoilt["pictures"], 0.5 * clear["pictures"])

    def test_pictures_with_nothing_or_too_much_count_as_unclear(self):
        self.assertEqual(measure.legible([[], [0.9], [0.9] * 4, [0.9, 0.1]], 0.5)["pictures"], 0.25)

    def test_detail_of_the_same_and_of_half_the_contrast(self):
        picture = np.random.default_rng(1).integers(0, 256, (16, 16, 3)).astype(np.uint8)
        half = (picture / 2).astype(np.float64)
        self.assertAlmostEqual(measure.detail(iter([(picture, half)]))["edges"], 0.25)
        # The squared error of half the picture is a quarter of its mean square.
        self.assertAlmostEqual(measure.detail([(picture, half)])["psnr_db"], 10 * np.log10(255 ** 2 / (np.square(picture.astype(float)).mean() / 4)), 6)


class Page(unittest.TestCase):
    def test_tables_stand_between_their_markers_and_plots_are_whole(self):
        step = {"multiply_adds": 10 ** 9, "seconds": 0.5, "peak_bytes": 10 ** 8}
        costs = {"ways": [{"model": name, "step": step, "decode": step if "ddpm" not in name else None, "steps": 4, "evaluations": 1, "multiply_adds": 5 * 10 ** 12, "seconds": 2.5}
                          for name in page.NAMES]}
        legible = {"things": 0.9, "pictures": 0.8}
        run = {"steps": 20, "seconds": 0.7, "step_multiply_adds": 2 * 10 ** 9, "step_peak_bytes": 1}
        measured = {"machine": "any", "costs": costs, "pictures": 100, "drawn": legible, "latent": [{**run, "legible": legible, "right": 0.98}],
                    "pixels": [{**run, "seconds": 3.0, "legible": legible}], "detail": {"embedded": {"psnr_db": 32.0, "edges": 0.9}, "small": {"psnr_db": 20.0, "edges": 0.5}}}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "page.md")
            with open(path, "w", encoding="utf-8") as file:
                file.write("".join(f"<!-- {name}: written -->\nold\n<!-- end of {name} -->\n" for name in ("costs", "quality", "detail", "machine")))
            with mock.patch.multiple(page, PAGE=path, COST_PLOT=os.path.join(folder, "c.svg"), QUALITY_PLOT=os.path.join(folder, "q.svg")):
                page.write(measured)
                page.write(measured)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            self.assertNotIn("old", text)
            self.assertEqual(text.count("| latents, 256x256 | 20 | 0.70 | 40 G | 90.0 % | 80.0 % | 98.0 % |"), 1)
            for name in "cq":
                with open(os.path.join(folder, name + ".svg"), encoding="utf-8") as file:
                    self.assertIn("</svg>", file.read())


if __name__ == "__main__":
    unittest.main()
