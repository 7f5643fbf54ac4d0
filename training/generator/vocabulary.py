"""The words of the world as tokenizers of the published kinds: CLIP's byte pairs (vocab.json, merges.txt) and T5's pieces (spiece.model)."""

import functools
import json
import math
import os
import re
import struct

from scenes import captions

SPACE, END = "\u2581", "</w>"
PADDING, TEXT_END, UNKNOWN = 0, 1, 2        # T5's ids
NORMAL, UNKNOWN_KIND, CONTROL = 1, 2, 3     # SentencePiece's kinds
TEXT_LENGTH, CLIP_LENGTH = 32, 77
UNKNOWN_PENALTY = 10.0
WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+")     # CLIP's, of ASCII


def byte_symbols():
    """CLIP's 256 bytes as characters: the printable ones stand for themselves."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(256, 512))
    return [chr(b) if b in printable else chr(next(others)) for b in range(256)]


class ClipTokens:
    """The letters of every word of the world are joined one after the other, as far as no merge of an earlier word takes some of them."""

    def __init__(self):
        symbols = byte_symbols()
        self.tokens = symbols + [s + END for s in symbols]
        self.merges = []
        known = set(self.tokens)
        for word in captions.words():
            left = word[0] if len(word) > 1 else word[0] + END
            for i, letter in enumerate(word[1:], 1):
                right = letter + (END if i == len(word) - 1 else "")
                if left + right not in known:
                    known.add(left + right)
                    self.tokens.append(left + right)
                    self.merges.append((left, right))
                left += right
        self.tokens += ["<|startoftext|>", "<|endoftext|>"]
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.rank = {pair: i for i, pair in enumerate(self.merges)}

    @functools.lru_cache(100_000)
    def word(self, word):
        symbols = byte_symbols()
        parts = [symbols[b] for b in word.encode()]
        parts[-1] += END
        while len(parts) > 1:
            best = min(zip(parts, parts[1:]), key=lambda pair: self.rank.get(pair, math.inf))
            if best not in self.rank:
                break
            joined, i = [], 0
            while i < len(parts):
                if i + 1 < len(parts) and (parts[i], parts[i + 1]) == best:
                    joined.append(parts[i] + parts[i + 1])
                    i += 2
                else:
                    joined.append(parts[i])
                    i += 1
            parts = joined
        return [self.ids[part] for part in parts]

    def prompt(self, text):
        ids = [i for word in WORD.findall(text.lower()) for i in self.word(word)][:CLIP_LENGTH - 2]
        return [len(self.tokens) - 2, *ids] + [len(self.tokens) - 1] * (CLIP_LENGTH - 1 - len(ids))

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as file:
            json.dump(self.ids, file, ensure_ascii=True)
        with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as file:
            file.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in self.merges))


class T5Tokens:
    """A piece for every word, the comma, and the bare space, so that an unknown word is a space and what is unknown."""

    def __init__(self):
        words = [SPACE + w if w != "," else w for w in captions.words()]
        self.pieces = [("<pad>", 0.0, CONTROL), ("</s>", 0.0, CONTROL), ("<unk>", 0.0, UNKNOWN_KIND), (SPACE, -8.0, NORMAL)]
        self.pieces += [(w, -4.0, NORMAL) for w in words]
        self.ids = {piece: i for i, (piece, _, kind) in enumerate(self.pieces) if kind == NORMAL}

    @functools.lru_cache(100_000)
    def word(self, text):
        """The cut of one word, its space before it, with the largest sum of scores."""
        least = min(score for _, score, kind in self.pieces if kind == NORMAL)
        best = [(0.0, -1, -1)] + [None] * len(text)
        for at in range(len(text)):
            single = False
            for end in range(at + 1, len(text) + 1):
                piece = self.ids.get(text[at:end])
                if piece is not None:
                    single |= end == at + 1
                    self.offer(best, at, end, piece, self.pieces[piece][1])
            if not single:
                self.offer(best, at, at + 1, UNKNOWN, least - UNKNOWN_PENALTY)
        ids, end = [], len(text)
        while end > 0:
            _, start, piece = best[end]
            if not (piece == UNKNOWN and ids and ids[-1] == UNKNOWN):
                ids.append(piece)
            end = start
        return ids[::-1]

    @staticmethod
    def offer(best, start, end, piece, score):
        total = best[start][0] + score
        if best[end] is None or total > best[end][0]:
            best[end] = (total, start, piece)

    def prompt(self, text, length=TEXT_LENGTH):
        ids = [i for word in re.sub("[.;:!?]", " ", text.lower()).split() for i in self.word(SPACE + word)][:length - 1]
        return ids + [TEXT_END] + [PADDING] * (length - 1 - len(ids))

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        model = b"".join(message(1, string(1, piece) + number32(2, score) + (varint(3, kind) if kind != NORMAL else b"")) for piece, score, kind in self.pieces)
        trainer = varint(3, 1) + varint(4, len(self.pieces)) + varint(40, UNKNOWN) + varint(42, TEXT_END) + varint(43, PADDING)
        normaliser = string(1, "lower") + message(2, lower_case()) + varint(3, 1) + varint(4, 1) + varint(5, 1)
        with open(os.path.join(folder, "spiece.model"), "wb") as file:
            file.write(model + message(2, trainer) + message(3, normaliser))


def variable(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def varint(field, value):
    return variable(field << 3) + variable(value)


def message(field, content):
    return variable(field << 3 | 2) + variable(len(content)) + content


def string(field, text):
    return message(field, text.encode())


def number32(field, value):
    return variable(field << 3 | 5) + struct.pack("<f", value)


def lower_case():
    """SentencePiece's table of what replaces what, a double array (Darts): here capitals by small letters, and other marks of a sentence by spaces."""
    pairs = {chr(c): chr(c + 32) for c in range(65, 91)}
    pairs.update({mark: " " for mark in ".;:!?"})
    replacements, units = b"", [0] * 1024
    units[0] = 256 << 10                        # the children of the root stand at 256 xor label
    for i, (character, replacement) in enumerate(sorted(pairs.items())):
        label = ord(character)
        place, value_at = 256 ^ label, 512 + i  # each child's value stands where its own offset leads
        units[place] = label | 0x100 | ((place ^ value_at) << 10)
        units[value_at] = 0x80000000 | len(replacements)
        replacements += replacement.encode() + b"\0"
    array = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(array)) + array + replacements
