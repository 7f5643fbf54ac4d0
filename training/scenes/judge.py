"""
Reads a picture of the small world and says what stands where: kind, colour, size and place of every thing, background and time. It shares nothing with the code
that draws: it looks for what differs from the backdrop, and holds its outline against outlines that were measured once (outlines.txt).
"""

import argparse
import collections
import json
import os
import sys

import numpy as np
from PIL import Image

SIDE, GRID = 256, 12
FIELDS = {"left": (0, 85), "middle": (85, 171), "right": (171, 256)}
SKY, LAND = (4, 122), (124, 252)                # rows
FREE = [*range(0, 3), *range(83, 87), *range(169, 173), *range(253, 256)]   # columns between the fields
DIFFERENT, LEAST_PIXELS, SPECK, GAP = 34, 260, 16, 4
HUES = (("red", 345, 374), ("orange", 15, 37), ("yellow", 38, 65), ("green", 80, 165), ("blue", 195, 245), ("purple", 250, 300), ("pink", 310, 344))

Found = collections.namedtuple("Found", "kind colour size place certainty")


def outlines():
    """
    Kind to its outlines: (grid [12, 12] of how much of each cell is covered, width over height, height of the middling size in pixels); of what flies there is
    one for the night too, when dark lines cannot be seen.
    """
    found, last = {}, None
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "outlines.txt"), encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if len(words) == 3:
                last = ([], float(words[1]), float(words[2]))
                found.setdefault(words[0], []).append(last)
            elif words:
                last[0].append([int(c) / 9 for c in words[0]])
    return {kind: [(np.array(grid), aspect, height) for grid, aspect, height in all_] for kind, all_ in found.items()}


def hsv(pixels):
    """Hue in degrees, saturation and value of colours [N, 3] from 0 to 255."""
    r, g, b = (pixels / 255.0).T
    top, low = pixels.max(1) / 255.0, pixels.min(1) / 255.0
    spread = np.maximum(top - low, 1e-6)
    hue = np.where(top == r, (g - b) / spread % 6, np.where(top == g, (b - r) / spread + 2, (r - g) / spread + 4)) * 60
    return hue, (top - low) / np.maximum(top, 1e-6), top


def mask_of(picture, rows, columns):
    """Where a field is not backdrop [rows, columns], without specks."""
    part = picture[rows[0]:rows[1], columns[0]:columns[1]].astype(np.float32)
    free = picture[rows[0]:rows[1]][:, FREE].astype(np.float32)
    if rows == SKY:
        base = np.median(free, 1)[:, None]
        distance = np.abs(part - base).max(-1)
    else:
        # The ground is a few flat colours, and the sky above it: a pixel is backdrop when a free one near its height is like it.
        distance = np.full(part.shape[:2], 255.0, np.float32)
        for shift in range(-10, 11, 2):
            moved = free[np.clip(np.arange(len(free)) + shift, 0, len(free) - 1)]
            for k in range(0, len(FREE), 2):
                distance = np.minimum(distance, np.abs(part - moved[:, k][:, None]).max(-1))
    return largest(distance > DIFFERENT)


def largest(mask):
    """The largest part that hangs together across gaps of a line's width, which at night look like the sky; its holes filled."""
    labels, count = label(mask)
    mask = mask & (np.bincount(labels.ravel())[labels] >= SPECK)
    labels, count = label(grown(mask, GAP))
    if not count:
        return mask & False
    best = np.bincount(labels.ravel(), mask.ravel())[1:].argmax() + 1
    mask = shrunk(grown(mask & (labels == best), GAP), GAP)
    outside, _ = label(np.pad(~mask, 1, constant_values=True))
    return ~(outside == outside[0, 0])[1:-1, 1:-1]


def grown(mask, by):
    """Every pixel that one of the mask is near, by so many pixels in a square."""
    padded = np.pad(mask, by)
    rows = np.any([padded[i:i + mask.shape[0]] for i in range(2 * by + 1)], 0)
    return np.any([rows[:, i:i + mask.shape[1]] for i in range(2 * by + 1)], 0)


def shrunk(mask, by):
    return ~grown(~mask, by)


def label(mask):
    """Numbers of the parts that hang together by their sides, from 1, by spreading the largest number."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        before = labels
        for axis in (0, 1):
            # A running maximum both ways along runs of the mask.
            for turn in (False, True):
                labels = spread(labels, mask, axis, turn)
        if (labels == before).all():
            break
    numbers = np.unique(labels[mask])
    return np.where(mask, np.searchsorted(numbers, labels) + 1, 0), len(numbers)


def spread(labels, mask, axis, turn):
    x, m = (np.moveaxis(v, axis, 0) for v in (labels, mask))
    if turn:
        x, m = x[::-1], m[::-1]
    out = x.copy()
    for i in range(1, len(out)):
        out[i] = np.where(m[i], np.maximum(out[i], np.where(m[i - 1], out[i - 1], 0)), 0)
    return np.moveaxis(out[::-1] if turn else out, 0, axis)


def colour_of(pixels):
    """The name of the paint: what most pixels have, ink, wood and glass left out."""
    hue, saturation, value = hsv(pixels.astype(np.float32))
    counts = {}
    bright = (value > 0.42) & (saturation > 0.3)
    wood = (hue < 40) & (value < 0.62)
    for name, low, high in HUES:
        turned = np.where(hue < low - 180, hue + 360, hue)
        counts[name] = int((bright & ~wood & (turned >= low) & (turned <= high)).sum())
    # A pale red is pink, and a dark one of low value stays red.
    pale = bright & (value > 0.85) & (saturation < 0.55) & ((hue > 300) | (hue < 15))
    counts["pink"] += int((pale & ~((hue >= 310) & (hue <= 344))).sum())
    counts["red"] -= int((pale & ((hue >= 345) | (hue <= 14))).sum())
    white = int(((saturation <= 0.16) & (value > 0.6)).sum())
    name = max(counts, key=counts.get)
    return "white" if white > 1.6 * counts[name] else name


def thing_in(picture, rows, place, kinds):
    mask = mask_of(picture, rows, FIELDS[place])
    if mask.sum() < LEAST_PIXELS:
        return None
    ys, xs = np.nonzero(mask)
    top, bottom, left, right = ys.min(), ys.max() + 1, xs.min(), xs.max() + 1
    grid, aspect = gridded(mask[top:bottom, left:right]), (right - left) / (bottom - top)
    distance, kind, height = min((float(((grid - shape) ** 2).mean() ** 0.5 + 0.5 * abs(np.log(aspect / ratio))), kind, height)
                                 for kind, known in kinds.items() for shape, ratio, height in known)
    scale = (bottom - top) / height
    size = "small" if scale < 0.87 else "big" if scale > 1.12 else "middling"
    pixels = picture[rows[0]:rows[1], FIELDS[place][0]:FIELDS[place][1]][mask]
    return Found(kind, colour_of(pixels), size, place, round(1 - distance, 3))


def gridded(mask):
    """How much of each of 12x12 cells is covered."""
    whole = Image.fromarray(mask.astype(np.uint8) * 255).resize((GRID * 4, GRID * 4), Image.BOX)
    return np.asarray(whole, np.float32).reshape(GRID, 4, GRID, 4).mean((1, 3)) / 255


def time_of(picture):
    top = np.median(picture[2:8][:, FREE].reshape(-1, 3), 0)
    hue, _, value = (float(v[0]) for v in hsv(top[None].astype(np.float32)))
    return "night" if value < 0.4 else "sunset" if hue > 225 else "day"


def background_of(picture):
    r, g, b = (float(v) for v in np.median(picture[236:254][:, FREE].reshape(-1, 3), 0))
    if g > 1.12 * r and g > 1.12 * b:
        return "meadow"
    if r - b > 0.2 * r and r > g:
        return "desert"
    # Sea and snow: the sea has far less red than blue, and snow is never far from grey.
    return "sea" if b > 1.9 * r else "snow"


def read(picture, shapes=None):
    """Everything in a picture [256, 256, 3] of bytes: (things, background, time)."""
    if picture.shape[:2] != (SIDE, SIDE):
        picture = np.asarray(Image.fromarray(picture).resize((SIDE, SIDE), Image.LANCZOS))
    shapes = shapes or outlines()
    things = []
    for place in FIELDS:
        for rows in (SKY, LAND):
            flies = rows == SKY
            kinds = {k: v for k, v in shapes.items() if (k in FLYING) == flies}
            found = thing_in(picture, rows, place, kinds)
            if found:
                things.append(found)
    return things, background_of(picture), time_of(picture)


FLYING = ("sun", "moon", "cloud", "balloon", "star", "kite")
ATTRIBUTES = ("kind", "colour", "size", "place", "background", "time")


def compare(picture, wanted, shapes=None):
    """
    What was asked for against what is there: attribute to (right, asked). wanted: {"things": [{"kind", "colour", "size", "place"}], "background", "time"},
    where what is not said stands as None. A thing is looked for at its place and among those of its height; what was not asked for counts as "extra".
    """
    things, background, time = read(picture, shapes)
    counts = {name: [0, 0] for name in (*ATTRIBUTES, "extra")}

    def say(name, right):
        counts[name][0] += bool(right)
        counts[name][1] += 1

    left = list(things)
    for asked in wanted["things"]:
        high = asked["kind"] in FLYING
        here = [t for t in left if (t.kind in FLYING) == high]
        at_place = [t for t in here if t.place == asked.get("place")] if asked.get("place") else here
        pool = at_place or here
        best = max(pool, key=lambda t: (t.kind == asked["kind"]) + (t.colour == asked["colour"]), default=None)
        if best:
            left.remove(best)
        for name in ("kind", "colour", "size", "place"):
            if asked.get(name):
                say(name, best and getattr(best, name) == asked[name])
    for name, there in (("background", background), ("time", time)):
        if wanted.get(name):
            say(name, there == wanted[name])
    counts["extra"] = [len(left), len(wanted["things"])]
    return counts


def main():
    p = argparse.ArgumentParser(description="Says what of prompts is in pictures.")
    p.add_argument("wanted", help="JSON: a list of what each picture should show, each with the name of its file as \"picture\" (prompts.py writes it)")
    p.add_argument("--pictures", default=".", help="the folder that they lie in")
    args = p.parse_args()
    with open(args.wanted, encoding="utf-8") as file:
        wanted = json.load(file)
    shapes, total = outlines(), {}
    for entry in wanted:
        with Image.open(os.path.join(args.pictures, entry["picture"])) as image:
            counts = compare(np.asarray(image.convert("RGB")), entry, shapes)
        for name, (right, asked) in counts.items():
            kept = total.setdefault(name, [0, 0])
            kept[0] += right
            kept[1] += asked
    stated = [total[name] for name in ATTRIBUTES]
    total["stated"] = [sum(c[0] for c in stated), sum(c[1] for c in stated)]
    json.dump({name: {"right": r, "asked": a, "part": round(r / a, 4) if a else None} for name, (r, a) in total.items()}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
