"""Scenes as pictures of 256x256: flat colours with outlines, drawn four times as large and averaged."""

import functools
import math

import numpy as np
from PIL import Image, ImageDraw

SIDE, OVER = 256, 4
COLUMNS = {"left": 42, "middle": 128, "right": 214}
SKY_LINE, BASE_LINE, HORIZON = 60, 214, 150     # the middle of what flies, the foot of what stands, the end of the ground
RADII = {"small": 22, "middling": 29, "big": 36}
INK = (44, 38, 62)
PAINT = {
    "red": (222, 58, 54), "orange": (246, 140, 44), "yellow": (252, 214, 62), "green": (66, 166, 82),
    "blue": (58, 112, 220), "purple": (136, 78, 184), "pink": (247, 152, 190), "white": (248, 247, 242),
}
SKIES = {"day": ((112, 190, 240), (218, 240, 250)), "sunset": ((104, 84, 160), (252, 168, 120)), "night": ((16, 22, 58), (58, 66, 122))}
LIGHT = {"day": (1.0, 1.0, 1.0), "sunset": (0.92, 0.74, 0.70), "night": (0.40, 0.44, 0.62)}
GROUNDS = {"sea": ((52, 140, 190), (34, 104, 160)), "meadow": ((150, 200, 96), (108, 172, 78)), "desert": ((240, 208, 140), (224, 180, 108)),
           "snow": ((240, 246, 252), (214, 228, 242))}
WOOD, GLASS = (134, 92, 62), (206, 232, 246)


def shade(colour, factor):
    return tuple(int(min(255, c * factor)) for c in colour)


class Pencil:
    """Draws in the frame of one thing: x to the right and y down, from -1 to 1, with an ink line round every form."""

    def __init__(self, draw, centre, radius):
        self.draw, self.centre, self.radius = draw, centre, radius
        self.line = max(3, int(0.085 * radius))

    def at(self, x, y):
        return self.centre[0] + x * self.radius, self.centre[1] + y * self.radius

    def form(self, points, fill):
        points = [self.at(*p) for p in points]
        self.draw.polygon(points, fill=fill)
        self.draw.line(points + points[:2], fill=INK, width=self.line, joint="curve")

    def disc(self, x, y, rx, fill, ry=None):
        (cx, cy), r = self.at(x, y), self.radius
        ry = rx if ry is None else ry
        self.draw.ellipse([cx - rx * r, cy - ry * r, cx + rx * r, cy + ry * r], fill=fill, outline=INK, width=self.line)

    def blot(self, x, y, r, fill):
        (cx, cy), r = self.at(x, y), r * self.radius
        self.draw.ellipse([cx - r, cy - r, cx + r, cy + r], fill=fill)

    def stroke(self, points, width=1.0, fill=INK):
        self.draw.line([self.at(*p) for p in points], fill=fill, width=int(self.line * width), joint="curve")


def box(left, top, right, bottom):
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def arc(x, y, radius, start, end, count=40):
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in np.linspace(math.radians(start), math.radians(end), count)]


def house(p, paint):
    p.form(box(-0.74, -0.12, 0.74, 1), paint)
    p.form([(-0.98, -0.1), (0, -1), (0.98, -0.1)], shade(paint, 0.72))
    p.form(box(-0.18, 0.38, 0.18, 1), WOOD)
    p.form(box(0.34, 0.16, 0.6, 0.46), GLASS)
    p.form(box(-0.6, 0.16, -0.34, 0.46), GLASS)


def tree(p, paint):
    p.form(box(-0.14, 0.2, 0.14, 1), WOOD)
    p.disc(0, -0.32, 0.68, paint)
    p.blot(-0.22, -0.5, 0.2, shade(paint, 1.12))


def boat(p, paint):
    p.stroke([(0, -1), (0, 0.5)], 1.6, WOOD)
    p.form([(0.08, -0.95), (0.08, 0.3), (0.78, 0.3)], (250, 248, 238))
    p.form([(-0.08, -0.7), (-0.08, 0.3), (-0.62, 0.3)], (236, 230, 214))
    p.form([(-1, 0.44), (1, 0.44), (0.66, 1), (-0.66, 1)], paint)


def car(p, paint):
    p.form([(-0.56, 0.22), (-0.34, -0.34), (0.34, -0.34), (0.58, 0.22)], paint)
    p.form([(-0.4, 0.16), (-0.26, -0.2), (-0.04, -0.2), (-0.04, 0.16)], GLASS)
    p.form([(0.06, 0.16), (0.06, -0.2), (0.26, -0.2), (0.42, 0.16)], GLASS)
    p.form([(-1, 0.2), (0.9, 0.2), (1, 0.42), (1, 0.72), (-1, 0.72)], paint)
    for x in (-0.54, 0.54):
        p.disc(x, 0.74, 0.26, (66, 62, 84))
        p.blot(x, 0.74, 0.1, (210, 210, 216))


def tent(p, paint):
    p.form([(-1, 1), (0, -0.7), (1, 1)], paint)
    p.form([(-0.34, 1), (0, -0.1), (0.34, 1)], shade(INK, 1.3))
    p.stroke([(0, -0.7), (0, -0.98)], 1.2)


def flower(p, paint):
    p.stroke([(0, 0), (0, 1)], 2.2, (52, 128, 62))
    p.form([(0, 0.86), (0.44, 0.4), (0.5, 0.62)], (82, 170, 84))
    p.form([(0, 0.86), (-0.44, 0.4), (-0.5, 0.62)], (82, 170, 84))
    for k in range(5):
        a = math.radians(72 * k - 90)
        p.disc(0.38 * math.cos(a), -0.36 + 0.38 * math.sin(a), 0.29, paint)
    p.disc(0, -0.36, 0.21, (120, 76, 48))


def sun(p, paint):
    for k in range(8):
        a = math.radians(45 * k)
        p.form([(0.62 * math.cos(a - 0.27), 0.62 * math.sin(a - 0.27)), (math.cos(a), math.sin(a)),
                (0.62 * math.cos(a + 0.27), 0.62 * math.sin(a + 0.27))], paint)
    p.disc(0, 0, 0.6, paint)


def moon(p, paint):
    p.form(arc(-0.1, 0, 0.95, 62, 298) + arc(0.36, 0, 0.84, 270, 90)[::-1][::-1], paint)


def cloud(p, paint):
    for ink in (True, False):
        grow = 0.09 if ink else 0
        for x, y, r in ((-0.56, 0.14, 0.38), (-0.08, -0.16, 0.5), (0.5, 0.1, 0.42)):
            p.blot(x, y, r + grow, INK if ink else paint)
        points = [p.at(*q) for q in box(-0.56, 0.1 - grow, 0.5, 0.52 + grow)]
        p.draw.polygon(points, fill=INK if ink else paint)


def balloon(p, paint):
    p.stroke([(-0.34, 0.2), (-0.14, 0.76)], 0.8)
    p.stroke([(0.34, 0.2), (0.14, 0.76)], 0.8)
    p.form([(-0.3, 0.34), (0.3, 0.34), (0.12, 0.52), (-0.12, 0.52)], shade(paint, 0.8))
    p.disc(0, -0.3, 0.7, paint)
    p.disc(0, -0.3, 0.28, shade(paint, 0.8), 0.7)
    p.form(box(-0.18, 0.72, 0.18, 1), WOOD)


def star(p, paint):
    p.form([(r * math.cos(a), 0.06 + r * math.sin(a)) for k in range(10)
            for r, a in [(1.0 if k % 2 == 0 else 0.44, math.radians(36 * k - 90))]], paint)


def kite(p, paint):
    p.stroke([(0, 0.4), (0.14, 0.6), (-0.1, 0.78), (0.06, 1)], 1.2)
    p.form([(0, -1), (0.66, -0.36), (0, 0.48), (-0.66, -0.36)], paint)
    p.form([(0, -1), (0.66, -0.36), (0, -0.36)], shade(paint, 0.8))
    p.form([(-0.66, -0.36), (0, -0.36), (0, 0.48)], shade(paint, 0.8))


FORMS = {f.__name__: f for f in (house, tree, boat, car, tent, flower, sun, moon, cloud, balloon, star, kite)}


@functools.lru_cache(None)
def backdrop(background, time):
    """Sky and ground without anything on them; the same for all scenes of a place and a time."""
    side = SIDE * OVER
    top, low = (np.array(c, np.float32) for c in SKIES[time])
    rows = np.clip(np.arange(side, dtype=np.float32) / (HORIZON * OVER), 0, 1)[:, None]
    sky = Image.fromarray(np.broadcast_to((top + (low - top) * rows)[:, None, :], (side, side, 3)).round().astype(np.uint8).copy())
    draw = ImageDraw.Draw(sky)
    if time == "night":
        for x, y in ((18, 20), (70, 12), (96, 96), (84, 44), (160, 18), (172, 88), (240, 22), (246, 98), (12, 104), (128, 8)):
            draw.ellipse([v * OVER + d * 4.5 for v, d in ((x, -1), (y, -1), (x, 1), (y, 1))], fill=(226, 228, 244))
    far, near = (tuple(int(c * l) for c, l in zip(colour, LIGHT[time])) for colour in GROUNDS[background])
    x = np.arange(0, SIDE + 1, 2)
    swell = {"sea": (0, 0), "meadow": (7, 6), "desert": (5, 8), "snow": (8, 5)}[background]
    for base, height, period, phase, colour in ((HORIZON, swell[0], 150, 0.4, far), (HORIZON + 36, swell[1], 190, 2.6, near)):
        edge = base + height * np.sin(2 * np.pi * x / period + phase)
        draw.polygon([(a * OVER, b * OVER) for a, b in zip(x, edge)] + [(side, side), (0, side)], fill=colour)
    if background == "sea":
        for x, y in ((20, 166), (98, 160), (186, 170), (56, 196), (150, 202), (226, 192), (18, 232), (108, 238), (200, 234)):
            draw.line([(v[0] * OVER, v[1] * OVER) for v in ((x - 10, y), (x - 5, y - 2), (x, y), (x + 5, y - 2), (x + 10, y))], fill=shade(far, 1.18), width=6)
    return sky


def picture(scene):
    """The picture [256, 256, 3], bytes."""
    canvas = backdrop(scene.background, scene.time).copy()
    draw = ImageDraw.Draw(canvas)
    for thing in scene.things:
        radius = RADII[thing.size]
        x = COLUMNS[thing.place] + thing.shift[0]
        y = (SKY_LINE if thing.in_sky else BASE_LINE - radius) + thing.shift[1]
        FORMS[thing.kind](Pencil(draw, (x * OVER, y * OVER), radius * OVER), PAINT[thing.colour])
    return np.asarray(canvas.reduce(OVER))
