"""
What PyTorch makes of a result's folder, for the test that holds the C# pipeline to it: noise, and the latents after all steps, of a few prompts.

    python3 training/generator/golden.py assets/models/flux1-mini-generator tests/LatentSharp.Tests/Embedded/flux1-mini-generator.golden.safetensors
"""

import argparse
import hashlib
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import torch

import safetensors_file
from generator import network, transformer

STEPS, GUIDANCE, SEED = 20, 3.5, 19
# Prompt, tokens of a side: the size of training and smaller ones, which take less room; a word that the vocabulary does not have; no word at all.
CASES = [("a red boat under a yellow sun", 16), ("a small blue house on the left, at night", 8), ("a green qqq tree", 6), ("", 6)]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("result", help="the folder that train.py wrote")
    p.add_argument("golden", help="the file to write")
    args = p.parse_args()
    torch.set_num_threads(1)
    net, lots, tensors = network.read(args.result), torch.Generator().manual_seed(SEED), {}
    for number, (prompt, side) in enumerate(CASES):
        noise = torch.randn(1, side * side, transformer.TOKEN, generator=lots)
        found = network.sample(net, [prompt], STEPS, GUIDANCE, noise=noise, side=side)
        tensors[f"{number}.noise"], tensors[f"{number}.latent"] = transformer.unpack(noise, 2 * side, 2 * side), found
    with open(os.path.join(args.result, network.FILES["transformer"]), "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    os.makedirs(os.path.dirname(os.path.abspath(args.golden)), exist_ok=True)
    safetensors_file.write(args.golden, {n: t.contiguous() for n, t in tensors.items()}, {
        "prompts": json.dumps([prompt for prompt, _ in CASES]), "steps": str(STEPS), "guidance": str(GUIDANCE), "transformer_sha256": digest,
        "made_by": f"training/generator/golden.py, torch {torch.__version__}",
    })


if __name__ == "__main__":
    main()
