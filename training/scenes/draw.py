"""Draws the scenes that the generator learns from as PNG files, NUMBER.png of scene NUMBER of a seed."""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from PIL import Image

from scenes import drawing, scene as world


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder")
    p.add_argument("--count", type=int, default=2000)
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--seed", type=int, default=19)
    args = p.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    for number in range(args.first, args.first + args.count):
        Image.fromarray(drawing.picture(world.draw_lots(args.seed, number))).save(os.path.join(args.folder, f"{number:06}.png"), compress_level=1)


if __name__ == "__main__":
    main()
