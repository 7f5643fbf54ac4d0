"""
Puts a result of training where the experiment takes it from, in bf16, with the picture that PyTorch makes of it for the test that holds the C# pipeline to it:

    python3 training/pixels/ship.py out/pixels/result --log out/pixels/log.jsonl
"""

import argparse
import hashlib
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import numpy as np
import torch

import card
import safetensors_file
from pixels import train

NAME = "pixel-mini"
FOLDER, CARD = os.path.join(card.MODELS, NAME), os.path.join(card.MODELS, NAME + ".md")
GOLDEN = os.path.join(card.ROOT, "tests", "LatentSharp.Tests", "Embedded", NAME + ".golden.safetensors")
WEIGHTS = os.path.join("unet", "diffusion_pytorch_model.safetensors")
STEPS, SEED = 10, 19


def draw(net, noise, steps):
    """DDIM without noise of its own, from noise [B, 3, side, side] to pictures, with the times and the clipping of diffusers' defaults."""
    kept, x, apart = train.kept_parts(), noise, train.TIMESTEPS // steps
    for time in range((steps - 1) * apart, -1, -apart):
        now, after = kept[time], kept[time - apart] if time >= apart else torch.tensor(1.0)
        with torch.no_grad():
            found = net(x, torch.full((len(x),), time))
        picture = ((x - (1 - now).sqrt() * found) / now.sqrt()).clamp(-1, 1)
        x = after.sqrt() * picture + (1 - after).sqrt() * found
    return x


def figures(net, digest, length, log, size):
    lines = [f"Of the file with SHA-256 `{digest}` ({length:,} bytes, bf16): {sum(p.numel() for p in net.parameters()):,} parameters, "
             f"levels of {', '.join(map(str, net.channels))} channels, pictures of {size}x{size}."]
    if log:
        with open(log, encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        # A run that went on begins to count again.
        ends = [row["at"] for row, after in zip(rows, [*rows[1:], {"at": 0}]) if after["at"] < row["at"]]
        lines += ["", f"Trained for {rows[-1]['step']:,} steps, {sum(ends) / 60:.0f} minutes beside other work; squared error of the predicted noise over the last tenth {np.mean([row['loss'] for row in rows[-len(rows) // 10:]]):.4f}."]
    return lines


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("result", help="the folder that train.py wrote")
    p.add_argument("--log", help="log.jsonl of the run")
    args = p.parse_args()
    torch.set_num_threads(1)
    if os.path.abspath(args.result) != FOLDER:
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.copytree(args.result, FOLDER)
        weights, metadata = safetensors_file.read(os.path.join(FOLDER, WEIGHTS))
        safetensors_file.write(os.path.join(FOLDER, WEIGHTS), {name: value.bfloat16() for name, value in weights.items()}, metadata)
    with open(os.path.join(FOLDER, "unet", "config.json"), encoding="utf-8") as file:
        size = json.load(file)["sample_size"]
    net = train.network()
    weights, _ = safetensors_file.read(os.path.join(FOLDER, WEIGHTS))
    net.load_state_dict({name: value.float() for name, value in weights.items()})
    noise = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(SEED))
    with open(os.path.join(FOLDER, WEIGHTS), "rb") as file:
        content = file.read()
    digest = hashlib.sha256(content).hexdigest()
    safetensors_file.write(GOLDEN, {"image": draw(net, noise, STEPS)}, {"steps": str(STEPS), "seed": str(SEED), "unet_sha256": digest,
                                                                        "made_by": f"training/pixels/ship.py, torch {torch.__version__}"})
    card.rewrite(CARD, lambda text: card.replace(CARD, text, "figures", figures(net, digest, len(content), args.log, size)))


if __name__ == "__main__":
    main()
