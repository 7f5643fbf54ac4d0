"""
Measures latent space against pixels: what the networks of full size cost, and what the two small ones that were trained on the same scenes draw. Through the commands alone:

    python3 training/spaces/measure.py

writes out/spaces/measured.json and with it the tables and plots of docs/experiments/latent-against-pixel.md. About a quarter of an hour on two cores.
"""

import argparse
import json
import os
import platform
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import numpy as np
from PIL import Image

import card
from scenes import captions, drawing, judge, prompts, scene as world
from spaces import page

SEED = 300_000                  # no training has it, nor the prompts of the generator's card
SIDE, SMALL = 256, 64           # of the scenes as they are drawn, and as the network on pixels knows them
LATENT_STEPS, PIXEL_STEPS = (4, 8, 20), (10, 20, 50)
SHOWN_STEPS = (20, 50)          # of the pictures in the sheet
PIXELS = os.path.join(card.MODELS, "pixel-mini")
GENERATOR = os.path.join(card.MODELS, "flux1-mini-generator")
TINY = os.path.join(card.SHARED, "models", "tiny", "taesd_encoder.safetensors")
DOUBTFUL = 5                    # per cent of things as they were drawn whose outline the judge is least sure of


def as_small(picture):
    """The picture as the network on pixels knows it, enlarged again: means of whole squares, then Lanczos."""
    return np.asarray(Image.fromarray(picture).reduce(picture.shape[0] // SMALL).resize((SIDE, SIDE), Image.LANCZOS))


def pictures_of(said):
    """What a command made, in its order."""
    return [np.asarray(Image.open(p["file"]).convert("RGB")) for p in said["pictures"]]


def certainties(pictures, shapes):
    """How sure the judge is of every thing, by picture."""
    return [[thing.certainty for thing in judge.read(picture, shapes)[0]] for picture in pictures]


def legible(found, least):
    """
    The part of things whose outline is clear, and of pictures with one to three things, all of them clear: what every drawn scene has. found: certainties by picture.
    least: how sure the judge has to be.
    """
    things = [c for picture in found for c in picture]
    whole = [1 <= len(picture) <= 3 and min(picture) >= least for picture in found]
    return {"things": sum(c >= least for c in things) / max(1, len(things)), "pictures": sum(whole) / len(whole), "a_picture": len(things) / len(found)}


def accuracy(pictures, wanted, shapes):
    """The part of what prompts say that the judge finds."""
    counts = [judge.compare(picture, entry, shapes) for picture, entry in zip(pictures, wanted)]
    right, asked = (sum(c[name][i] for c in counts for name in judge.ATTRIBUTES) for i in (0, 1))
    return right / asked


def timing(said, plan):
    seconds = sorted(p["seconds"] for p in said["pictures"])
    return {"steps": said["pictures"][0]["steps"], "seconds": seconds[len(seconds) // 2], "step_multiply_adds": plan["step_multiply_adds"],
            "step_peak_bytes": plan["step_peak_bytes"]}


def edges(picture):
    """The energy of differences between neighbours."""
    light = picture.astype(np.float64).mean(-1)
    return np.square(np.diff(light, axis=0)).mean() + np.square(np.diff(light, axis=1)).mean()


def detail(pairs):
    """What is left of pictures: PSNR over all of them in dB, and the part of the edges' energy."""
    pairs = list(pairs)
    errors = [np.square(a.astype(np.float64) - b).mean() for a, b in pairs]
    return {"psnr_db": float(10 * np.log10(255 ** 2 / np.mean(errors))), "edges": float(np.mean([edges(b) / edges(a) for a, b in pairs]))}


def trip(names, originals, autoencoder, folder):
    made = card.latent("roundtrip", *names, "--ae", autoencoder, "-o", folder, "--json", "--quiet")
    back = [np.asarray(Image.open(r["files"]["reconstruction"]).convert("RGB")) for r in made["results"]]
    return detail(zip(originals, back))


def measured(folder, count, tiny):
    shapes = judge.outlines()
    scenes = [world.draw_lots(SEED, i) for i in range(count)]
    drawn = [drawing.picture(scene) for scene in scenes]
    found = certainties([as_small(p) for p in drawn], shapes)
    least = float(np.percentile([c for p in found for c in p], DOUBTFUL))
    result = {"pictures": count, "least": least, "drawn": legible(found, least)}

    asked = list(prompts.prompts(count, SEED))
    texts = {"pairs": [text for text, _ in asked], "scenes": [captions.caption(s, np.random.default_rng([SEED, i, 1]), complete=True) for i, s in enumerate(scenes)]}
    for name, lines in texts.items():
        with open(os.path.join(folder, name + ".txt"), "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
    result["latent"], rows = [], [drawn]
    for steps in LATENT_STEPS:
        made = {name: card.latent("generate", "--prompt-file", os.path.join(folder, name + ".txt"), "--model", GENERATOR, "--ae", "embedded", "--steps", str(steps), "--seed", "1",
                                  "-o", os.path.join(folder, f"latent-{name}-{steps}"), "--json", "--quiet") for name in texts}
        result["latent"].append({**timing(made["scenes"], made["scenes"]["plan"]), "legible": legible(certainties([as_small(p) for p in pictures_of(made["scenes"])], shapes), least),
                                 "right": accuracy(pictures_of(made["pairs"]), [wanted for _, wanted in asked], shapes)})
        rows = rows + [pictures_of(made["scenes"])] if steps == SHOWN_STEPS[0] else rows
    result["pixels"] = []
    for steps in PIXEL_STEPS:
        made = card.latent("generate", "--model", PIXELS, "--sampler", "ddim", "--steps", str(steps), "--count", str(count), "--seed", "1",
                           "-o", os.path.join(folder, f"pixels-{steps}"), "--json", "--quiet")
        rows = rows + [pictures_of(made)] if steps == SHOWN_STEPS[1] else rows
        enlarged = [np.asarray(Image.fromarray(p).resize((SIDE, SIDE), Image.LANCZOS)) for p in pictures_of(made)]
        result["pixels"].append({**timing(made, made["plan"]), "legible": legible(certainties(enlarged, shapes), least)})

    names = []
    for i, picture in enumerate(drawn[:min(count, 32)]):
        names.append(os.path.join(folder, f"drawn-{i:03}.png"))
        Image.fromarray(picture).save(names[-1])
    result["detail"] = {"embedded": trip(names, drawn, "embedded", os.path.join(folder, "embedded")),
                        "small": detail((p, as_small(p)) for p in drawn[:len(names)])}
    if os.path.exists(tiny):
        result["detail"]["taesd"] = trip(names, drawn, tiny, os.path.join(folder, "taesd"))
    page.sheet(rows)
    return result


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
        return " ".join(v.strip() for k, v in lines.items() if k.strip() == "model name") + ", family " + next(v.strip() for k, v in lines.items() if k.strip() == "cpu family")
    except (OSError, StopIteration):
        return platform.machine()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--output", default="out/spaces", help="pictures and measured.json")
    p.add_argument("--count", type=int, default=100, help="pictures of each kind")
    p.add_argument("--taesd", default=TINY, help="Stable Diffusion's autoencoder for the table of detail; left out where it is not there")
    p.add_argument("--costs", action="store_true", help="measure the networks of full size anew; else what measured.json says of them is kept")
    p.add_argument("--page-only", action="store_true", help="write tables and plots from measured.json")
    args = p.parse_args()
    os.makedirs(args.output, exist_ok=True)
    path = os.path.join(args.output, "measured.json")
    before = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            before = json.load(file)
    result = before
    if not args.page_only:
        costs = before.get("costs") if not args.costs else None
        result = {"machine": processor(), "costs": costs or card.latent("bench", "spaces", "--size", "256x256", "--json", "--quiet"), **measured(args.output, args.count, args.taesd)}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
    page.write(result)


if __name__ == "__main__":
    main()
