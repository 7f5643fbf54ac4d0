"""
Puts a result of training where the package LatentSharp.Embedded.Generator takes it from, with what its tests are held to and its card's figures:

    python3 training/generator/ship.py out/generator/result --log out/generator/log.jsonl

Makes 200 pictures through the command and has the judge read them, some minutes; --judged takes what an earlier call found. Then the package is built anew.
"""

import argparse
import glob
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import card
from generator import network

NAME = "flux1-mini-generator"
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER, CARD = os.path.join(card.MODELS, NAME), os.path.join(card.MODELS, NAME + ".md")
GOLDEN = os.path.join(card.ROOT, "tests", "LatentSharp.Tests", "Embedded", NAME + ".golden.safetensors")
MOST_BYTES = 24_000_000
ATTRIBUTES = {"kind": "kind of thing", "colour": "colour", "size": "size", "place": "place", "background": "background", "time": "time of day", "stated": "all that was said"}


def judge(folder, count):
    """Pictures of prompts that no training saw, by the command, and what the judge reads in them."""
    scenes = os.path.join(HERE, "..", "scenes")
    subprocess.run([sys.executable, os.path.join(scenes, "prompts.py"), folder, "--count", str(count)], check=True)
    made = card.latent("generate", "--prompt-file", os.path.join(folder, "prompts.txt"), "--model", FOLDER, "--ae", "embedded", "--seed", "1", "-o", folder,
                       "--json", "--quiet")
    said = subprocess.run([sys.executable, os.path.join(scenes, "judge.py"), os.path.join(folder, "wanted.json"), "--pictures", folder], check=True,
                          stdout=subprocess.PIPE).stdout
    seconds = sorted(p["seconds"] for p in made["pictures"])
    return {"judge": json.loads(said), "pictures": len(seconds), "steps": made["pictures"][0]["steps"], "seconds": seconds[len(seconds) // 2],
            "step_multiply_adds": made["plan"]["step_multiply_adds"], "step_peak_bytes": made["plan"]["step_peak_bytes"]}


def figures(judged, log):
    files = sorted(f for f in glob.glob(os.path.join(FOLDER, "**"), recursive=True) if os.path.isfile(f))
    net = network.read(FOLDER)
    parts = {"transformer": net.transformer, "text_encoder (CLIP)": net.clip, "text_encoder_2 (T5)": net.t5}
    with open(os.path.join(FOLDER, network.FILES["transformer"]), "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    s = net.sizes
    lines = [f"Of the transformer with SHA-256 `{digest}`; {sum(os.path.getsize(f) for f in files):,} bytes in {len(files)} files.", "",
             "| part | parameters |", "|---|---|", *(f"| {name} | {sum(p.numel() for p in part.parameters()):,} |" for name, part in parts.items()), "",
             f"Transformer: {s['double']} double and {s['single']} single blocks, width {s['hidden']}, heads of {s['head']}. T5: {s['t5_blocks']} blocks of width {s['t5']}. "
             f"CLIP: {s['clip_layers']} {'layer' if s['clip_layers'] == 1 else 'layers'} of width {s['clip']}.", ""]
    if log:
        lines += [f"Trained for {log[-1]['step']:,} steps.", ""]
    lines += [f"{judged['pictures']} prompts of two things, of pairs of kind and colour that no training saw, {judged['steps']} steps, read by the judge of `training/scenes`:", "",
              "| said | right |", "|---|---|"]
    for name, title in ATTRIBUTES.items():
        if name in judged["judge"] and judged["judge"][name]["asked"]:
            found = judged["judge"][name]
            lines.append(f"| {title} | {found['right']} of {found['asked']} ({100 * found['part']:.1f} %) |")
    return lines + ["", f"A step takes {judged['step_multiply_adds'] / 1e9:.2f} G multiply-adds and {judged['step_peak_bytes'] / 1e6:.0f} MB. A picture of 256x256 took "
                    f"{judged['seconds']:.1f} s (median, {os.cpu_count()} processors of {platform.machine()}, with whatever else ran there)."]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("result", help="the folder that train.py wrote")
    p.add_argument("--log", help="log.jsonl of the run")
    p.add_argument("--judged", help="a JSON file: what was judged is kept there, and taken from there where it is there")
    p.add_argument("--count", type=int, default=200, help="how many pictures are judged")
    args = p.parse_args()
    if os.path.abspath(args.result) != FOLDER:
        shutil.rmtree(FOLDER, ignore_errors=True)
        network.write(network.read(args.result), FOLDER, {"format": "pt"})
    size = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(FOLDER) for name in names)
    if size > MOST_BYTES:
        raise SystemExit(f"{FOLDER}: {size:,} bytes; the package takes {MOST_BYTES:,} at most")
    subprocess.run([sys.executable, os.path.join(HERE, "golden.py"), FOLDER, GOLDEN], check=True)
    if args.judged and os.path.exists(args.judged):
        with open(args.judged, encoding="utf-8") as file:
            judged = json.load(file)
    else:
        with tempfile.TemporaryDirectory() as folder:
            judged = judge(folder, args.count)
        if args.judged:
            with open(args.judged, "w", encoding="utf-8") as file:
                json.dump(judged, file, indent=1)
    log = []
    if args.log:
        with open(args.log, encoding="utf-8") as file:
            log = [json.loads(line) for line in file]
    card.rewrite(CARD, lambda text: card.replace(CARD, text, "figures", figures(judged, log)))


if __name__ == "__main__":
    main()
