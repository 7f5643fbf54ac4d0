"""A sheet of the world: scenes of a seed as the training sees them, with what is said of the first."""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import numpy as np
from PIL import Image

from scenes import captions, drawing, scene as world


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("output", help="a PNG file")
    p.add_argument("--seed", type=int, default=19)
    p.add_argument("--columns", type=int, default=8)
    p.add_argument("--rows", type=int, default=4)
    args = p.parse_args()
    scenes = [world.draw_lots(args.seed, i) for i in range(args.columns * args.rows)]
    pictures = [drawing.picture(scene) for scene in scenes]
    rows = [np.concatenate(pictures[r * args.columns:(r + 1) * args.columns], 1) for r in range(args.rows)]
    Image.fromarray(np.concatenate(rows)).save(args.output)
    print(captions.captions_of(scenes[0], args.seed, 0)[0])


if __name__ == "__main__":
    main()
