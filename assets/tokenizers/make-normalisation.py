"""Writes normalisation.bin: what NFC (Unicode Standard Annex 15) needs to know, from the Unicode data of the Python that runs this.

Three lists, little endian, each led by its length as u32:
decompositions  u32 code point, u32 first, u32 second (0 = a single character stands for it)
exclusions      u32 code points that decompose and never compose
classes         u32 first code point, u32 how many, u32 canonical combining class (other than 0)
"""
import struct
import sys
import unicodedata

decompositions, exclusions, classes = [], [], []
for code in range(0x110000):
    if 0xD800 <= code < 0xE000:
        continue
    character = chr(code)
    text = unicodedata.decomposition(character)
    if text and not text.startswith("<"):
        parts = [int(p, 16) for p in text.split()]
        decompositions.append((code, parts[0], parts[1] if len(parts) > 1 else 0))
        if len(parts) > 1 and unicodedata.normalize("NFC", "".join(map(chr, parts))) != character:
            exclusions.append((code,))
    ccc = unicodedata.combining(character)
    if ccc:
        if classes and classes[-1][0] + classes[-1][1] == code and classes[-1][2] == ccc:
            classes[-1] = (classes[-1][0], classes[-1][1] + 1, ccc)
        else:
            classes.append((code, 1, ccc))

with open(sys.argv[1], "wb") as file:
    for rows in (decompositions, exclusions, classes):
        file.write(struct.pack("<I", len(rows)))
        for row in rows:
            file.write(struct.pack(f"<{len(row)}I", *row))
print("Unicode", unicodedata.unidata_version, len(decompositions), len(exclusions), len(classes))
