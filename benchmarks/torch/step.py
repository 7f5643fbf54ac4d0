"""
Steps of a training of a decoder in PyTorch, the other side of `./bench --cases finetune-...`: forward, reverse, AdamW with a clipped gradient and a
running mean of the weights. Obeys the same lines as the worker of LatentSharp.Bench: step.py FAMILY SIDE BATCH WEIGHTS THREADS.
"""

import math
import os
import resource
import struct
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "training"))
import model  # noqa: E402
import safetensors_file  # noqa: E402


class Taef1(nn.Sequential):
    """TAEF1's decoder (madebyollin/taesd, taesd.py): latents to pictures in [0, 1]; indices as in its file."""

    def __init__(self):
        def conv(inputs, outputs, **options):
            return nn.Conv2d(inputs, outputs, 3, padding=1, **options)

        layers = [nn.Identity(), conv(16, 64), nn.ReLU()]
        for _ in range(3):
            layers += [model.TinyBlock(64) for _ in range(3)] + [nn.Upsample(scale_factor=2), conv(64, 64, bias=False)]
        super().__init__(*layers, model.TinyBlock(64), conv(64, 3))

    def forward(self, x):
        return super().forward(torch.tanh(x / 3) * 3)


def wave(shape, height, pitch, item):
    values = torch.arange(math.prod(shape), dtype=torch.float64)
    return (height * torch.sin(pitch * values + item)).float().reshape(shape)


class Steps:
    def __init__(self, family, side, batch, weights):
        flux = family == "flux1"
        self.network = model.Decoder(128, (1, 2, 4, 4), 2, 16) if flux else Taef1()
        tensors, _ = safetensors_file.read(weights)
        self.network.load_state_dict({n[len("decoder."):]: t.float() for n, t in tensors.items() if n.startswith("decoder.")})
        z = torch.stack([wave((16, side // 8, side // 8), 1.7, 0.7, i) for i in range(batch)])
        self.input = z / model.SCALE + model.SHIFT if flux else z
        self.target = torch.stack([wave((3, side, side), 0.5, 0.013, i) for i in range(batch)]) / 2 + 0.5
        self.half = 0.5 if flux else 1.0  # FLUX.1's pictures are in [-1, 1], TAEF1's in [0, 1]
        self.parameters = list(self.network.parameters())
        self.mean = [p.detach().clone() for p in self.parameters]
        self.optimiser = torch.optim.AdamW(self.parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=0)
        self.losses = []

    def run(self):
        self.optimiser.zero_grad(set_to_none=True)
        picture = self.network(self.input) * self.half + (1 - self.half)
        loss = F.mse_loss(picture, self.target)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        with torch.no_grad():
            for mean, parameter in zip(self.mean, self.parameters):
                mean.lerp_(parameter, 0.02)
        self.losses.append(loss.item())


def main():
    family, side, batch, weights, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    start = time.perf_counter()
    steps = Steps(family, side, batch, weights)
    print(f"ready {time.perf_counter() - start}", flush=True)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "run":
            start = time.perf_counter()
            steps.run()
            print(f"done {time.perf_counter() - start}", flush=True)
        elif word == "save":
            with open(rest, "wb") as file:
                file.write(struct.pack(f"<{len(steps.losses)}f", *steps.losses))
            print("saved", flush=True)
        elif word == "peak":
            print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}", flush=True)
        elif word == "quit":
            break


if __name__ == "__main__":
    main()
