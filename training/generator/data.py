"""Latents of scenes with their captions, in an order that a step's number decides."""

import glob
import os

import numpy as np
import torch

import safetensors_file
from scenes import captions, drawing, scene as world
from generator import vocabulary
from generator.transformer import pack

GRID, WINDOW = 16, 8                            # tokens of a side: of a picture, of what is shown of it
SPARSE = 3                                      # tokens of each field that are shown while the layout is learnt
UNSURE = -1                                     # the label of a token at the edge of a thing
AIMED = 0.5                                     # windows that are about a thing; the others are about a field without one
COLUMNS = {"left": slice(0, 5), "middle": slice(5, 11), "right": slice(11, 16)}
SKY, LAND = slice(0, 8), slice(8, 16)
FIELDS = [(place, sky) for sky in (True, False) for place in COLUMNS]
LOUD = 0.5                                      # examples of the most noise
MIXED_COUNTS = (0.7, 0.2, 0.1)                # mixtures of one, two, three things
WEIGHT = 3.0                                    # of a token with a thing in it, against one of the backdrop
EMPTY, STRANGE = 0.1, 0.05                      # prompts that are empty, that have an unknown word


def strange_word(lots):
    return "".join(lots.choice(list("abcdefghijklmnopqrstuvwxyz"), lots.integers(3, 9)))


def centre(thing):
    return drawing.COLUMNS[thing.place], drawing.SKY_LINE if thing.in_sky else drawing.BASE_LINE - drawing.RADII[thing.size]


def weights_of(things):
    """What each token counts [16, 16]."""
    weights = np.ones((GRID, GRID), np.float32)
    side = drawing.SIDE // GRID
    for thing in things:
        radius = drawing.RADII[thing.size] + 3
        x, y = centre(thing)
        weights[(y - radius) // side:(y + radius) // side + 1, max(x - radius, 0) // side:(x + radius) // side + 1] = WEIGHT
    return weights


def labels_of(things):
    """What each token shows [16, 16, 3]: kind, colour and size, counted from one, zero where nothing is."""
    labels = np.zeros((GRID, GRID, 3), np.int64)
    side = drawing.SIDE // GRID
    middles = (np.arange(GRID) + 0.5) * side
    for thing in things:
        radius = drawing.RADII[thing.size]
        x, y = centre(thing)
        away = np.hypot(middles[None] - x, middles[:, None] - y)
        labels[away < radius + side] = UNSURE
        labels[away < 0.75 * radius] = [1 + names.index(n) for names, n in ((world.KINDS, thing.kind), (world.COLOURS, thing.colour), (world.SIZES, thing.size))]
    return labels


def said_of(ids, pieces):
    """
    What a caption says of each of its things [32, 3], at the word for its kind: colour, size and place, counted from one, zero where that is left open; UNSURE at
    every other word.
    """
    said = np.full((len(ids), 3), UNSURE, np.int64)
    colour, size, waiting = 0, world.SIZES.index("middling") + 1, []
    for i, token in enumerate(ids):
        word = pieces[token][0].strip(vocabulary.SPACE)
        if word in world.COLOURS:
            colour = 1 + world.COLOURS.index(word)
        elif word in world.SIZES:
            size = 1 + world.SIZES.index(word)
        elif word in world.KINDS:
            said[i] = colour, size, 0
            waiting.append(i)
            colour, size = 0, world.SIZES.index("middling") + 1
        elif word in world.PLACES:
            said[waiting, 2] = 1 + world.PLACES.index(word)
        elif word in (",", "and"):
            waiting = []
    return said


class Scenes:
    """Latents that were made with the embedded autoencoder, NUMBER.latent.safetensors of scene NUMBER, and mixtures of them."""

    def __init__(self, folder, seed):
        names = sorted(glob.glob(os.path.join(folder, "*.latent.safetensors")))
        if not names:
            raise SystemExit(f"{folder}: no latents of scenes are there; make them as the README says")
        self.numbers = [int(os.path.basename(name).split(".")[0]) for name in names]
        latents = torch.stack([safetensors_file.read(name)[0]["latent"][0] for name in names])
        self.tokens = pack(latents).numpy().reshape(len(names), GRID, GRID, -1)
        self.scenes = [world.draw_lots(seed, number) for number in self.numbers]
        self.alike = {}
        for i, scene in enumerate(self.scenes):
            self.alike.setdefault((scene.background, scene.time), []).append(i)
        # Of each background and time the pictures that have something in a field, and those that have not.
        self.full = {}
        for key, members in self.alike.items():
            for field in FIELDS:
                has = [any((t.place, t.in_sky) == field for t in self.scenes[i].things) for i in members]
                self.full[key, field] = [[i for i, h in zip(members, has) if h == wanted] for wanted in (False, True)]
        self.clip, self.t5 = vocabulary.ClipTokens(), vocabulary.T5Tokens()

    def one(self, lots, mixed):
        """(tokens [16, 16, 64], scene): one as it is, or with each of the six fields taken from some picture of the same place and time."""
        i = int(lots.integers(len(self.scenes)))
        scene = self.scenes[i]
        if lots.random() >= mixed:
            return self.tokens[i], scene
        while True:
            tokens, things = np.empty_like(self.tokens[i]), []
            chosen = lots.permutation(len(FIELDS))[:1 + int(lots.choice(3, p=MIXED_COUNTS))]
            for f, (place, sky) in enumerate(FIELDS):
                empty, full = self.full[(scene.background, scene.time), (place, sky)]
                # Where a field is never empty, or always, what there is has to do.
                pool = (full or empty) if f in chosen else (empty or full)
                k = pool[int(lots.integers(len(pool)))]
                rows, columns = SKY if sky else LAND, COLUMNS[place]
                tokens[rows, columns] = self.tokens[k][rows, columns]
                things += [t for t in self.scenes[k].things if t.place == place and t.in_sky == sky]
            if things and not world.is_held_back(things):
                return tokens, world.Scene(scene.background, scene.time, tuple(things))

    @staticmethod
    def place(lots, scene, window):
        """
        Row and column of a window about the middle of a field. As many have a thing as have none: would they mostly have one, the network learnt that there is
        always something, and not to look for it in the caption.
        """
        full = {(t.place, t.in_sky) for t in scene.things}
        wanted = lots.random() < AIMED
        fields = [f for f in FIELDS if (f in full) == wanted] or FIELDS
        place, sky = fields[int(lots.integers(len(fields)))]
        x, y = drawing.COLUMNS[place], drawing.SKY_LINE if sky else drawing.BASE_LINE - drawing.RADII["middling"]
        middle = np.array([y, x]) * GRID / drawing.SIDE - window / 2
        return np.clip(np.round(middle + lots.uniform(-1.5, 1.5, 2)).astype(int), 0, GRID - window)

    @staticmethod
    def sparse(lots, labels):
        """A few tokens of every field, of its thing where it has one."""
        chosen = []
        for place, sky in FIELDS:
            field = np.ix_(range(*(SKY if sky else LAND).indices(GRID)), range(*COLUMNS[place].indices(GRID)))
            places = np.arange(GRID * GRID).reshape(GRID, GRID)[field].reshape(-1)
            shown = places[labels.reshape(-1, 3)[places, 0] > 0]
            chosen += list(lots.choice(shown if len(shown) else places, SPARSE))
        return np.array(chosen)

    def batch(self, seed, step, size, window, mixed):
        """Everything that a step needs, as a dict of tensors. window: side of what is shown of each picture, 16 for all, none for a few tokens of every field."""
        lots = np.random.default_rng([*seed, step])
        images, rows, columns, weights, labels, clip, t5, said = [], [], [], [], [], [], [], []
        for _ in range(size):
            tokens, scene = self.one(lots, mixed)
            label = labels_of(scene.things)
            if window is None:
                shown = self.sparse(lots, label)
            else:
                top, left = self.place(lots, scene, window)
                shown = (np.arange(top, top + window)[:, None] * GRID + np.arange(left, left + window)).reshape(-1)
            images.append(tokens.reshape(GRID * GRID, -1)[shown])
            weights.append(weights_of(scene.things).reshape(-1)[shown])
            labels.append(label.reshape(-1, 3)[shown])
            rows.append(shown // GRID)
            columns.append(shown % GRID)
            text = "" if lots.random() < EMPTY else captions.caption(scene, lots)
            if text and lots.random() < STRANGE:
                words = text.split(" ")
                words.insert(int(lots.integers(len(words))), strange_word(lots))
                text = " ".join(words)
            clip.append(self.clip.prompt(text))
            t5.append(self.t5.prompt(text))
            said.append(said_of(t5[-1], self.t5.pieces))
        # Most are nearly noise alone: only there what a caption says has to come from the caption.
        loud = LOUD if window else 1
        time = np.where(lots.random(size) < loud, lots.uniform(0.85, 1, size), 1 / (1 + np.exp(-lots.normal(0.4, 1.2, size))))
        return {
            "images": torch.from_numpy(np.stack(images)), "rows": torch.from_numpy(np.stack(rows)), "columns": torch.from_numpy(np.stack(columns)),
            "weights": torch.from_numpy(np.stack(weights)), "labels": torch.from_numpy(np.stack(labels)), "clip": cut(torch.tensor(clip), self.clip), "t5": torch.tensor(t5), "said": torch.from_numpy(np.stack(said)),
            "time": torch.from_numpy(time).float(), "noise": torch.from_numpy(lots.standard_normal(np.stack(images).shape, np.float32)),
        }


def cut(ids, clip):
    """CLIP looks backwards only, so that what stands behind the longest text of a batch can be left out."""
    end = len(clip.tokens) - 1
    return ids[:, :int((ids == end).int().argmax(1).max()) + 1]
