"""What is trained on: crops of photographs, whole photographs and drawn pictures, the same for the same seed and step."""

import csv
import hashlib
import os
import random

import numpy
import torch
from PIL import Image

from drawn import Artist

# Squares for crops, and the shapes that whole pictures are brought to (height, width), all multiples of 8.
CROPS = ((128, 128), (192, 192), (256, 256), (320, 320), (384, 384), (512, 512), (256, 384), (384, 256))
WHOLE = ((512, 512), (384, 512), (512, 384), (344, 512), (512, 344), (288, 512), (256, 256), (256, 344), (192, 256))
SMALL = 256  # longest side of a picture in the first part of a run
GREY = 0.05  # share of photographs that are shown in grey
KEPT_APART = os.path.join(os.path.dirname(os.path.abspath(__file__)), "evaluation-photographs.tsv")


class RefusedPicture(Exception):
    """A picture that must not be trained on."""


def likeness(image):
    """64 bits about the coarse structure of a picture; copies that were resized or compressed again differ in few of them."""
    small = numpy.asarray(image.convert("L").resize((9, 8), Image.BOX), numpy.int16)
    return sum(1 << i for i, bit in enumerate((small[:, 1:] > small[:, :-1]).flatten()) if bit)


def pixels_digest(image):
    """SHA-256 of the RGB pixels, whatever the file format."""
    image = image.convert("RGB")
    return hashlib.sha256(f"{image.width}x{image.height}:".encode() + image.tobytes()).hexdigest()


class KeptApart:
    """The evaluation photographs: a training folder that holds one of them, under any name, is refused."""

    def __init__(self, path=KEPT_APART):
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        self.sources = {row["source"]: row["file"] for row in rows}
        self.digests = {row["pixels_sha256"]: row["file"] for row in rows}
        self.likenesses = [(int(row["likeness"], 16), row["file"]) for row in rows]

    def check(self, path, image, source):
        bits = likeness(image)
        found = (self.digests.get(pixels_digest(image)) or self.sources.get(os.path.basename(source or ""))
                 or next((name for other, name in self.likenesses if bin(bits ^ other).count("1") <= 4), None))
        if found:
            raise RefusedPicture(f"{path}: this is the evaluation photograph {found} or its source; measuring on what was trained on would mean nothing. Take it out of the folder.")


def photographs(folder):
    """Reads a folder of photographs with its LICENCES.tsv (file, source, licence); every photograph must be listed there and none may be an evaluation photograph."""
    listing = os.path.join(folder, "LICENCES.tsv")
    if not os.path.exists(listing):
        raise RefusedPicture(f"{folder}: there is no LICENCES.tsv (columns file, source, licence); photographs of unknown licence are not trained on.")
    with open(listing, newline="", encoding="utf-8") as file:
        sources = {row["file"]: row["source"] for row in csv.DictReader(file, delimiter="\t")}
    kept_apart, found = KeptApart(), []
    for name in sorted(os.listdir(folder)):
        if os.path.splitext(name)[1].lower() not in (".jpg", ".jpeg", ".png", ".webp"):
            continue
        if name not in sources:
            raise RefusedPicture(f"{os.path.join(folder, name)}: not listed in LICENCES.tsv; photographs of unknown licence are not trained on.")
        image = Image.open(os.path.join(folder, name)).convert("RGB")
        kept_apart.check(os.path.join(folder, name), image, sources[name])
        if min(image.size) < 128:
            raise RefusedPicture(f"{os.path.join(folder, name)}: smaller than 128 pixels.")
        found.append((name, numpy.asarray(image)))
    if not found:
        raise RefusedPicture(f"{folder}: there are no photographs.")
    return found


def split(found, every=30):
    """Some photographs are held back to choose among runs, so that the evaluation photographs stay unseen until the end."""
    held_back = [p for i, p in enumerate(found) if i % every == every // 2]
    return [p for i, p in enumerate(found) if i % every != every // 2] or found, held_back or found[:1]


def toned(chance, pixels):
    """
    A photograph [H, W, 3] as another camera might have taken it: exposure, black and white point, white balance, saturation. The tone of a picture is learnt from
    few numbers in each, so a few hundred photographs are few.
    """
    value = pixels.astype(numpy.float32) / 255
    grey = value @ numpy.float32([0.299, 0.587, 0.114])
    value = grey[:, :, None] + chance.uniform(0.7, 1.6) * (value - grey[:, :, None])
    value *= numpy.float32([chance.uniform(0.93, 1.07) for _ in range(3)])
    black, white = chance.uniform(-0.05, 0.1), chance.uniform(0.8, 1.1)
    value = black + (white - black) * value.clip(0, 1) ** numpy.float32(2 ** chance.uniform(-0.6, 0.6))
    return (value.clip(0, 1) * 255 + 0.5).astype(numpy.uint8)


class Batches(torch.utils.data.Dataset):
    """
    Batch number n of a run, as uint8 [B, 3, H, W]. All pictures of a batch have one size. Everything about it follows from the seed and n, so a run that is
    resumed sees exactly what it would have seen, with any number of loading processes.
    """

    def __init__(self, photographs, steps, seed, batch_pixels, largest, drawn, whole, toned, first=0, small_steps=0):
        self.photographs, self.steps, self.seed, self.first = [p for _, p in photographs], steps, seed, first
        self.batch_pixels, self.drawn, self.whole, self.toned = batch_pixels, drawn, whole, toned
        self.largest, self.small_steps = largest, small_steps
        self.artist = Artist()

    def __len__(self):
        return self.steps - self.first

    def __getitem__(self, index):
        chance = random.Random(f"{self.seed}/{self.first + index}")
        whole = chance.random() < self.whole
        # Larger sizes more often, because fewer pictures fit into a batch.
        largest = min(SMALL, self.largest) if self.first + index < self.small_steps else self.largest
        sizes = [s for s in (WHOLE if whole else CROPS) if max(s) <= largest] or [(largest, largest)]
        height, width = chance.choices(sizes, weights=[(h * w) ** 0.5 for h, w in sizes])[0]
        count = max(1, self.batch_pixels // (height * width))
        batch = numpy.stack([self._picture(chance, height, width, whole) for _ in range(count)])
        return torch.from_numpy(batch).permute(0, 3, 1, 2).contiguous()

    def _picture(self, chance, height, width, whole):
        if chance.random() < self.drawn:
            return numpy.asarray(self.artist.draw(chance, width, height))
        photograph = self._shaped_like(chance, height / width) if whole else chance.choice(self.photographs)
        rows, columns = photograph.shape[:2]
        largest = min(columns / width, rows / height)  # source pixels per pixel of the largest crop of this shape
        if whole:
            scale = largest
        else:
            # From enlarged by a quarter to the whole picture, small scales as often as large ones.
            low = min(0.8, largest)
            scale = low * (largest / low) ** chance.random()
        w, h = min(columns, round(width * scale)), min(rows, round(height * scale))
        x, y = chance.randint(0, columns - w), chance.randint(0, rows - h)
        crop = photograph[y:y + h, x:x + w]
        if (h, w) != (height, width):
            crop = numpy.asarray(Image.fromarray(crop).resize((width, height), Image.LANCZOS if h >= height else Image.BICUBIC))
        if chance.random() < self.toned:
            crop = toned(chance, crop)
        if chance.random() < GREY:
            crop = numpy.repeat(numpy.asarray(Image.fromarray(crop).convert("L"))[:, :, None], 3, axis=2)
        return crop[:, ::-1] if chance.random() < 0.5 else crop

    def _shaped_like(self, chance, shape):
        """A photograph of which little is lost in this shape; any if there is none."""
        losing = [(max(p.shape[0] / p.shape[1] / shape, shape / (p.shape[0] / p.shape[1])), i) for i, p in enumerate(self.photographs)]
        fitting = [i for loss, i in losing if loss < 1.12]
        return self.photographs[chance.choice(fitting)] if len(fitting) >= 8 else chance.choice(self.photographs)


def whole_pictures(photographs, longest=512):
    """Held-back photographs as pictures in [-1, 1], whole, with sides that are multiples of 8."""
    for name, pixels in photographs:
        rows, columns = pixels.shape[:2]
        scale = longest / max(rows, columns)
        size = tuple(max(8, int(n * scale) // 8 * 8) for n in (columns, rows))
        small = numpy.asarray(Image.fromarray(pixels).resize(size, Image.LANCZOS)).copy()
        yield name, torch.from_numpy(small).permute(2, 0, 1)[None].float() / 127.5 - 1
