"""The UNet on pixels: the reference's outputs where they are at hand, and a training that goes on where it stopped."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import torch
from PIL import Image

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, FOLDER)

import safetensors_file  # noqa: E402
from pixels import train, unet  # noqa: E402

GOLDEN = os.path.join(FOLDER, "..", "..", "shared", "golden", "unet2d")

torch.set_num_threads(1)


class Network(unittest.TestCase):
    @unittest.skipUnless(os.path.isdir(GOLDEN), "no reference results at hand")
    def test_outputs_are_those_of_diffusers(self):
        with open(os.path.join(GOLDEN, "cifar-w32.config.json"), encoding="utf-8") as file:
            config = json.load(file)
        net = unet.UNet(config["block_out_channels"], ["Attn" in kind for kind in config["down_block_types"]])
        net.load_state_dict(safetensors_file.read(os.path.join(GOLDEN, "cifar-w32.safetensors"))[0])
        cases = safetensors_file.read(os.path.join(GOLDEN, "cifar-w32-io.safetensors"))[0]
        for case in "abd":
            sample, timestep, wanted = (cases[f"{case}.{name}"] for name in ("sample", "timestep", "out"))
            with torch.no_grad():
                found = net(sample, timestep.reshape(-1).expand(len(sample)))
            self.assertLess(float((found - wanted).abs().max() / wanted.abs().max()), 1e-4)

    def test_it_has_about_as_many_parameters_as_the_generator(self):
        from generator import network
        counts = [sum(p.numel() for p in net.parameters()) for net in (train.network(), network.Generator())]
        self.assertLess(abs(counts[0] / counts[1] - 1), 0.01)


class Training(unittest.TestCase):
    def test_a_training_that_was_stopped_goes_on_with_the_same_numbers(self):
        with tempfile.TemporaryDirectory() as folder:
            pictures = os.path.join(folder, "pictures")
            os.makedirs(pictures)
            lots = np.random.default_rng(1)
            for i in range(6):
                Image.fromarray(lots.integers(256, size=(32, 32, 3), dtype=np.uint8)).save(os.path.join(pictures, f"{i}.png"))

            def run(name, *more):
                output = os.path.join(folder, name)
                common = ["--pictures", pictures, "--output", output, "--steps", "4", "--batch", "2", "--side", "16", "--apart", "2"]
                done = subprocess.run([sys.executable, os.path.join(FOLDER, "pixels", "train.py"), *common, *more], capture_output=True, text=True,
                                      env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
                self.assertEqual(done.returncode, 0, done.stderr)
                return output

            whole = run("whole")
            parts = run("parts", "--minutes", "0")
            self.assertEqual(torch.load(os.path.join(parts, "checkpoint.pt"))["step"], 2)
            run("parts", "--resume")
            first, second = (torch.load(os.path.join(f, "checkpoint.pt"))["net"] for f in (whole, parts))
            for name, tensor in first.items():
                self.assertTrue(torch.equal(tensor, second[name]), name)
            weights = safetensors_file.read(os.path.join(whole, "result", "unet", "diffusion_pytorch_model.safetensors"))[0]
            self.assertIn("mid_block.attentions.0.to_out.0.weight", weights)


if __name__ == "__main__":
    unittest.main()
