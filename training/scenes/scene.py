"""A small world: what may stand where, and scenes drawn by lot from it. Nothing here knows pictures or words."""

from dataclasses import dataclass, field

import numpy as np

GROUND = ("house", "tree", "boat", "car", "tent", "flower")
SKY = ("sun", "moon", "cloud", "balloon", "star", "kite")
KINDS = GROUND + SKY
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white")
SIZES = ("small", "middling", "big")
PLACES = ("left", "middle", "right")
BACKGROUNDS = ("sea", "meadow", "desert", "snow")
TIMES = ("day", "sunset", "night")

# How often a scene has one, two or three things, and a thing a size worth a word.
COUNTS, SIZE_ODDS = (0.2, 0.5, 0.3), (0.15, 0.7, 0.15)


@dataclass(frozen=True)
class Thing:
    """Something that stands in one of three columns, on the ground or in the sky as its kind says, moved by a few pixels."""
    kind: str
    colour: str
    size: str
    place: str
    shift: tuple = (0, 0)

    @property
    def in_sky(self):
        return self.kind in SKY


@dataclass(frozen=True)
class Scene:
    background: str
    time: str
    things: tuple = field(default_factory=tuple)


def is_held_back(things):
    """
    Whether two of the things, kind and colour, are a pair that no training sees: a tenth of all pairs, by a checksum of their numbers, so that prompts of
    combinations never seen can be asked for.
    """
    numbers = [KINDS.index(t.kind) * len(COLOURS) + COLOURS.index(t.colour) for t in things]
    return any((min(a, b) * 7919 + max(a, b) * 104729 + 12345) % 1009 % 10 == 0
               for i, a in enumerate(numbers) for b in numbers[i + 1:])


def draw_lots(seed, index, held_back=False):
    """
    Scene number index of a seed, always the same one.

    held_back: True for a scene of two things that are such a pair, False for one without any.
    """
    lots = np.random.default_rng([seed, index])
    while True:
        count = 2 if held_back else 1 + lots.choice(3, p=COUNTS)
        cells = [(place, sky) for place in PLACES for sky in (False, True)]
        things = []
        for cell in lots.permutation(len(cells))[:count]:
            place, sky = cells[cell]
            shift = (int(lots.integers(-2, 3)), int(lots.integers(-2, 3)))
            things.append(Thing(str(lots.choice(SKY if sky else GROUND)), str(lots.choice(COLOURS)), str(lots.choice(SIZES, p=SIZE_ODDS)), place, shift))
        if is_held_back(things) == held_back:
            return Scene(str(lots.choice(BACKGROUNDS)), str(lots.choice(TIMES)), tuple(things))
