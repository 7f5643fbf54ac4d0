"""Prompts of two things, of pairs that no training sees, and what their pictures should show: for latent generate --prompt-file, then judge.py."""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import numpy as np

from scenes import captions, scene as world

SEED = 200_000      # no training has it


def prompts(count, seed=SEED):
    """(caption, what it says) of so many scenes; nothing is left open but sizes that have no word."""
    for index in range(count):
        scene = world.draw_lots(seed, index, held_back=True)
        things = [{"kind": t.kind, "colour": t.colour, "size": None if t.size == "middling" else t.size, "place": t.place} for t in scene.things]
        yield captions.caption(scene, np.random.default_rng([seed, index, 1]), complete=True), {"things": things, "background": scene.background, "time": scene.time}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder", help="where prompts.txt and wanted.json go")
    p.add_argument("--count", type=int, default=200)
    p.add_argument("--seed", type=int, default=1, help="the seed that the pictures will be made with, which their names have")
    args = p.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    said = list(prompts(args.count))
    with open(os.path.join(args.folder, "prompts.txt"), "w", encoding="utf-8") as file:
        file.writelines(text + "\n" for text, _ in said)
    with open(os.path.join(args.folder, "wanted.json"), "w", encoding="utf-8") as file:
        json.dump([{"picture": f"latent-{args.seed}-{i + 1}.png", "prompt": text, **wanted} for i, (text, wanted) in enumerate(said)], file, indent=1)


if __name__ == "__main__":
    main()
