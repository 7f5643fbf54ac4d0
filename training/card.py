#!/usr/bin/env python3
"""
Brings everything that speaks of the embedded autoencoder up to date with assets/models/flux1-mini.safetensors: the figures of `latent evaluate` and the list of
training photographs in the model card, the table in README.md, and the entry in the catalogue of known files.
"""

import argparse
import csv
import hashlib
import json
import os
import re
import struct
import subprocess
from collections import defaultdict

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODELS = os.path.join(ROOT, "assets", "models")
WEIGHTS, CARD = os.path.join(MODELS, "flux1-mini.safetensors"), os.path.join(MODELS, "flux1-mini.md")
README, CATALOGUE = os.path.join(ROOT, "README.md"), os.path.join(ROOT, "assets", "catalogue", "known-autoencoders.json")
SHARED = os.path.join(ROOT, "..", "shared")
# The rows of the command, in its order: the one in question there and back, the other there and back, other to it, it to the other.
WAYS = ("flux1-mini, there and back", "TAEF1, there and back", "TAEF1's latents decoded by flux1-mini", "flux1-mini's latents decoded by TAEF1")
LICENCES = {"cc0": "CC0-1.0", "cc0-1.0": "CC0-1.0", "public domain": "public domain", "pd (nasa)": "public domain (NASA)", "pd (usda)": "public domain (USDA)"}


def latent(*arguments):
    """What a command of the project says."""
    return json.loads(subprocess.run([os.path.join(ROOT, "latent"), *arguments], check=True, stdout=subprocess.PIPE).stdout)


def evaluate(weights, against, images):
    """What the command says."""
    return latent("evaluate", weights, "--against", against, "--images", images, "--json", "--quiet")


def content_digest(content):
    """The digest of the values at the level bf16, by the recipe in docs/weights.md; of a file that stores bf16 under canonical names, so that its bytes are hashed as they are."""
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8:8 + length])
    text = "LatentSharp weights 1 bf16\n"
    for name in sorted(set(header) - {"__metadata__"}):
        entry = header[name]
        shape, (begin, end) = list(entry["shape"]), entry["data_offsets"]
        while shape and shape[-1] == 1:
            shape.pop()
        if entry["dtype"] != "BF16":
            raise SystemExit(f"{WEIGHTS}: {name} is stored as {entry['dtype']}, not as BF16")
        text += f"{name} [{','.join(map(str, shape))}] {hashlib.sha256(content[8 + length + begin:8 + length + end]).hexdigest()}\n"
    return "bf16:" + hashlib.sha256(text.encode()).hexdigest()


def licence(text):
    """One spelling for each licence."""
    return LICENCES.get(text.strip().lower(), text.strip().replace("CC-BY ", "CC-BY-"))


def figures(evaluation, repository):
    with open(WEIGHTS, "rb") as file:
        content = file.read()
    lines = [f"Of the file with SHA-256 `{hashlib.sha256(content).hexdigest()}` ({len(content):,} bytes; content digest `{content_digest(content)}`). Means over {evaluation['pictures']} evaluation photographs of {evaluation['size']}x{evaluation['size']}:", "",
             "| | PSNR, dB | SSIM | CIEDE2000 | edge energy | detail loss, dB |", "|---|---|---|---|---|---|"]
    for way, row in zip(WAYS, evaluation["rows"]):
        lines.append(f"| {way} | {row['psnr_db']:.2f} | {row['ssim']:.4f} | {row['delta_e']:.2f} | {row['edge_energy']:.2f} | {row['detail_loss_db']:.1f} |")
    own = repository["rows"][0]
    return lines + ["", f"Mean squared distance of its latents to TAEF1's: {evaluation['latent_mean_square']:.4f}.", "",
                    f"On the {repository['pictures']} photographs in `assets/photos`, there and back: PSNR {own['psnr_db']:.2f} dB, SSIM {own['ssim']:.4f}, CIEDE2000 {own['delta_e']:.2f}."]


def table(evaluation):
    """What the README says, in the order of its table."""
    own, other, foreign, back = (f"{row['psnr_db']:.1f} dB" for row in evaluation["rows"])
    return ["", "| encoder | decoder | PSNR |", "|---|---|---|", f"| embedded | embedded | {own} |", f"| TAEF1 | embedded | {foreign} |", f"| embedded | TAEF1 | {back} |",
            f"| *for comparison:* TAEF1 | TAEF1 | {other} |", ""]


def catalogue(text, entry):
    """The catalogue with the digests and sizes of the embedded autoencoder's entry replaced, all else as it is."""
    begin = text.index('"file": "flux1-mini.safetensors"')
    found = next(e for e in json.loads(text) if e["file"] == "flux1-mini.safetensors")
    changed = text[begin:]
    for old, new in [(found, entry), (found["encoder"], entry["encoder"]), (found["decoder"], entry["decoder"])]:
        for key in old:
            if key in new and key not in ("file", "encoder", "decoder", "places"):
                changed = changed.replace(f'"{key}": {json.dumps(old[key])}', f'"{key}": {json.dumps(new[key])}', 1)
    return text[:begin] + changed


def data(listing):
    with open(listing, newline="", encoding="utf-8") as file:
        rows = [(re.sub("^gh-", "", r["source"]).split("/"), licence(r["licence"])) for r in csv.DictReader(file, delimiter="\t")]
    groups = defaultdict(list)
    for path, terms in rows:
        groups[path[0], terms].append(path)
    lines = [f"{len(rows)} photographs:", "", "| collection | licence | photographs |", "|---|---|---|"]
    lines += [f"| {collection} | {terms} | {len(paths)} |" for (collection, terms), paths in sorted(groups.items())]
    lines += ["", "Those that ask for attribution (they were scaled and cropped for training; where no author is given, the list of photographs names none):", "", "| photograph | author | collection | licence |", "|---|---|---|---|"]
    for path, terms in rows:
        if terms.startswith("CC-BY"):
            author = re.search(r"_by_(.+)\.\w+$", path[-1])
            lines.append(f"| {'/'.join(path[-2:]) if len(path) > 3 and path[0].startswith('gcompris') else path[-1]} | {author[1].replace('_', ' ') if author else ''} | {path[0]} | {terms} |")
    lines += ["", "All of them:", ""]
    for (collection, terms), paths in sorted(groups.items()):
        shared = os.path.commonprefix([path[:-1] for path in paths])
        lines.append(f"- {'/'.join(shared)}, {terms}: {', '.join('/'.join(path[len(shared):]) for path in paths)}")
    return lines


def replace(path, text, name, lines):
    """The text with the part between a pair of markers replaced."""
    changed, count = re.subn(rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)", lambda m: m[1] + "\n".join(lines) + "\n" + m[2], text, flags=re.S)
    if count != 1:
        raise SystemExit(f"{path}: the markers of the part '{name}' are missing")
    return changed


def rewrite(path, change):
    with open(path, encoding="utf-8") as file:
        text = change(file.read())
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".part", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--evaluation", help="what `latent evaluate assets/models/flux1-mini.safetensors --json` said; run if left out")
    parser.add_argument("--against", default=os.path.join(SHARED, "models", "tiny", "taef1_encoder.safetensors"), help="TAEF1")
    parser.add_argument("--images", default=os.path.join(SHARED, "photos"), help="the evaluation photographs")
    parser.add_argument("--licences", default=os.path.join(SHARED, "photos", "train", "LICENCES.tsv"), help="the list of training photographs")
    a = parser.parse_args()
    if a.evaluation:
        with open(a.evaluation, encoding="utf-8") as file:
            evaluation = json.load(file)
    else:
        evaluation = evaluate(WEIGHTS, a.against, a.images)
    repository = evaluate(WEIGHTS, WEIGHTS, os.path.join(ROOT, "assets", "photos"))
    entry = latent("inspect", WEIGHTS, "--entry", "--json")
    rewrite(CARD, lambda text: replace(CARD, replace(CARD, text, "figures", figures(evaluation, repository)), "data", data(a.licences)))
    rewrite(README, lambda text: replace(README, text, "embedded", table(evaluation)))
    rewrite(CATALOGUE, lambda text: catalogue(text, entry))


if __name__ == "__main__":
    main()
