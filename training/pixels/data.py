"""Pictures of scenes in pixels, in an order that a step's number decides."""

import glob
import os

import numpy as np
import torch
from PIL import Image


class Pictures:
    """Pictures that training/scenes/draw.py drew, made smaller by means of whole squares of pixels; values in -1 to 1."""

    def __init__(self, folder, side):
        names = sorted(glob.glob(os.path.join(folder, "*.png")))
        if not names:
            raise SystemExit(f"{folder}: no pictures of scenes are there; draw them as the README says")
        self.values = np.stack([self.read(name, side) for name in names])

    @staticmethod
    def read(name, side):
        image = Image.open(name).convert("RGB")
        return np.asarray(image.reduce(image.width // side)).transpose(2, 0, 1)

    def batch(self, seed, step, size):
        """Pictures [size, 3, side, side], noise alike, timesteps [size] of 0 to 999."""
        lots = np.random.default_rng([*seed, step])
        values = self.values[lots.integers(len(self.values), size=size)].astype(np.float32) / 127.5 - 1
        noise = lots.standard_normal(values.shape, np.float32)
        return torch.from_numpy(values), torch.from_numpy(noise), torch.from_numpy(lots.integers(1000, size=size))
