"""
Pictures that nobody photographed: text, line art, gradients, flat colours and screens. The photographs have few hard edges, few flat areas and no pure colours,
and an autoencoder that has never seen them blurs text and mottles flat areas.
"""

import glob
import math
import os

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts", "C:/Windows/Fonts", os.path.expanduser("~/.fonts"))
WORDS = ("latent", "space", "The", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "Größe", "façade", "naïve", "Ångström", "0123456789", "3.1416", "C#",
         "return", "public", "static", "void", "{", "}", "if", "(x", ">=", "0)", "€", "&", "%", "Menu", "File", "Edit", "View", "Help", "OK", "Cancel", "Ελλάδα", "Привет", "WAVE", "Illinois")
KINDS = ("text", "lines", "gradient", "flat", "screen", "shapes")


def fonts():
    """The TrueType fonts of this machine, sorted, so that the same machine draws the same pictures."""
    return sorted(path for folder in FONT_FOLDERS for kind in ("ttf", "otf") for path in glob.glob(os.path.join(folder, "**", f"*.{kind}"), recursive=True))


class Artist:
    """Draws pictures of a given size; everything is decided by the random numbers it is given."""

    def __init__(self):
        self.fonts = fonts()

    def draw(self, random, width, height):
        """An RGB picture."""
        return getattr(self, "_" + random.choice(KINDS))(random, width, height)

    def _font(self, random, size):
        # Fonts of symbols or of one script that cannot be read are skipped in favour of Pillow's own.
        for _ in range(4):
            if not self.fonts:
                break
            try:
                return ImageFont.truetype(random.choice(self.fonts), size)
            except OSError:
                continue
        return ImageFont.load_default()

    @staticmethod
    def _write(draw, place, text, font, fill):
        try:
            draw.text(place, text, fill=fill, font=font)
        except UnicodeEncodeError:  # Pillow's own small font knows Latin-1 only
            draw.text(place, text.encode("ascii", "replace").decode(), fill=fill, font=font)

    def _colour(self, random):
        kind = random.random()
        if kind < 0.25:
            return random.choice(((0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255)))
        if kind < 0.45:
            return (random.randrange(256),) * 3
        return tuple(random.randrange(256) for _ in range(3))

    def _pair(self, random):
        """Two colours that can be told apart; often dark on light, as text is."""
        if random.random() < 0.4:
            pair = [(random.randrange(48),) * 3, (255 - random.randrange(32),) * 3]
            random.shuffle(pair)
            return pair
        while True:
            a, b = self._colour(random), self._colour(random)
            if sum(abs(p - q) for p, q in zip(a, b)) > 120:
                return a, b

    def _text(self, random, width, height):
        paper, ink = self._pair(random)
        image = Image.new("RGB", (width, height), paper)
        draw, y = ImageDraw.Draw(image), random.randrange(-8, 8)
        while y < height:
            size = random.choice((8, 10, 11, 12, 13, 14, 16, 18, 22, 28, 40, 64))
            font = self._font(random, size)
            for _ in range(random.choice((1, 2, 4))):
                line = " ".join(random.choice(WORDS) for _ in range(2 + 2 * width // (size * 3)))
                self._write(draw, (random.randrange(-4, 24), y), line, font, ink if random.random() < 0.85 else self._colour(random))
                y += int(size * 1.25) + 1
            y += random.randrange(12)
        return image

    def _lines(self, random, width, height):
        paper, ink = self._pair(random)
        # Drawn at twice the size half of the time: smooth edges as well as hard ones.
        smooth = random.choice((1, 2))
        image = Image.new("RGB", (width * smooth, height * smooth), paper)
        draw = ImageDraw.Draw(image)
        for _ in range(random.randrange(6, 40)):
            colour, pen = (ink if random.random() < 0.8 else self._colour(random)), random.choice((1, 1, 2, 3, 5)) * smooth
            points = [(random.randrange(image.width), random.randrange(image.height)) for _ in range(random.randrange(2, 7))]
            kind = random.random()
            if kind < 0.5:
                draw.line(points, fill=colour, width=pen, joint="curve")
            elif kind < 0.75:
                radius = random.randrange(4, image.width // 2)
                x, y = points[0]
                draw.arc((x - radius, y - radius, x + radius, y + radius), random.randrange(360), random.randrange(360), fill=colour, width=pen)
            else:
                pitch = random.choice((2, 3, 4, 6, 9, 14)) * smooth
                x, y = points[0]
                for i in range(random.randrange(4, 24)):  # hatching
                    draw.line((x + i * pitch, y, x + i * pitch + random.randrange(1, 3), y + 12 * pitch), fill=colour, width=max(1, pen // 2))
        return image.resize((width, height), Image.BOX) if smooth > 1 else image

    def _gradient(self, random, width, height):
        angle, reach = random.random() * 2 * math.pi, max(width, height)
        rows, columns = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
        if random.random() < 0.6:
            place = (columns * math.cos(angle) + rows * math.sin(angle)) / reach
        else:
            place = numpy.hypot(columns - random.randrange(width), rows - random.randrange(height)) / reach
        place = numpy.mod(place * random.choice((0.5, 1, 1, 2)) + random.random(), 2)
        place = numpy.where(place > 1, 2 - place, place)[:, :, None]
        a, b = (numpy.array(self._colour(random), numpy.float32) for _ in range(2))
        return Image.fromarray(numpy.clip(a + (b - a) * place + 0.5, 0, 255).astype(numpy.uint8))

    def _flat(self, random, width, height):
        image = Image.new("RGB", (width, height), self._colour(random))
        draw = ImageDraw.Draw(image)
        for _ in range(random.choice((0, 1, 2, 5, 12))):
            x, y = random.randrange(width), random.randrange(height)
            draw.rectangle((x, y, x + random.randrange(8, width), y + random.randrange(8, height)), fill=self._colour(random))
        return image

    def _shapes(self, random, width, height):
        image = self._gradient(random, width, height) if random.random() < 0.5 else Image.new("RGB", (width, height), self._colour(random))
        draw = ImageDraw.Draw(image)
        for _ in range(random.randrange(3, 30)):
            x, y, reach = random.randrange(width), random.randrange(height), random.randrange(4, max(8, width // 3))
            if random.random() < 0.5:
                draw.ellipse((x, y, x + reach, y + random.randrange(4, reach + 5)), fill=self._colour(random))
            else:
                draw.polygon([(x + random.randrange(-reach, reach), y + random.randrange(-reach, reach)) for _ in range(random.randrange(3, 7))], fill=self._colour(random))
        return image.filter(ImageFilter.GaussianBlur(random.random() * 3)) if random.random() < 0.3 else image

    def _screen(self, random, width, height):
        """Windows with title bars, buttons, lists and charts."""
        image = self._gradient(random, width, height)
        draw = ImageDraw.Draw(image)
        for _ in range(random.randrange(1, 4)):
            x, y = random.randrange(-20, max(1, width // 2)), random.randrange(-20, max(1, height // 2))
            right, bottom = x + random.randrange(width // 3, width), y + random.randrange(height // 3, height)
            paper, ink = self._pair(random)
            title, font = self._colour(random), self._font(random, random.choice((10, 11, 12, 13, 15)))
            draw.rectangle((x, y, right, bottom), fill=paper, outline=ink)
            draw.rectangle((x, y, right, y + 20), fill=title)
            self._write(draw, (x + 6, y + 3), " ".join(random.choice(WORDS) for _ in range(3)), font, ink)
            top = y + 28
            while top < bottom - 16:
                if random.random() < 0.7:
                    fields = [random.choice(WORDS) for _ in range(max(1, (right - x) // 60))]
                    for i, field in enumerate(fields):
                        self._write(draw, (x + 8 + 60 * i, top), field, font, ink)
                elif random.random() < 0.5:
                    draw.rounded_rectangle((x + 8, top, x + 70, top + 14), radius=3, fill=self._colour(random), outline=ink)
                else:
                    for i in range(8):
                        draw.rectangle((x + 8 + 9 * i, top + random.randrange(12), x + 14 + 9 * i, top + 14), fill=title)
                top += 18
        return image
