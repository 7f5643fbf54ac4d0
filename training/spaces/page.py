"""Writes what measure.py found into docs/experiments/latent-against-pixel.md: tables between its markers, two plots, a sheet of pictures."""

import math
import os

import numpy as np
from PIL import Image

import card

FOLDER = os.path.join(card.ROOT, "docs", "experiments")
PAGE = os.path.join(FOLDER, "latent-against-pixel.md")
COST_PLOT, QUALITY_PLOT, SHEET = (os.path.join(FOLDER, "latent-against-pixel" + end) for end in ("-cost.svg", "-quality.svg", ".webp"))
NAMES = {"flux1-schnell": "FLUX.1 schnell", "flux1-dev": "FLUX.1 dev", "sd15": "Stable Diffusion 1.5", "ddpm-cat-256, ddim": "pixels, DDIM", "ddpm-cat-256, ddpm": "pixels, DDPM"}
LATENT, PIXELS, INK, PALE = "#1f77b4", "#d62728", "#444", "#ddd"
WIDTH, LEFT, RIGHT, ROW = 860, 170, 40, 34
SHOWN, COLUMNS = 128, 8         # pixels of a picture's side in the sheet, pictures of a row


def per_cent(part):
    return f"{100 * part:.1f} %"


def cost_table(costs):
    lines = ["| | multiply-adds of an evaluation | seconds | working memory | decoder | evaluations | a picture |", "|---|---|---|---|---|---|---|"]
    for way in costs["ways"]:
        step, decode = way["step"], way["decode"]
        decoder = f"{decode['multiply_adds'] / 1e9:,.0f} G, {decode['seconds']:.2f} s" if decode else "none"
        evaluations = f"{way['steps']:,}" if way["evaluations"] == 1 else f"{way['steps']:,} x {way['evaluations']}"
        lines.append(f"| {NAMES[way['model']]} | {step['multiply_adds'] / 1e9:,.0f} G | {step['seconds']:.1f} | {step['peak_bytes'] / 1e6:,.0f} MB | {decoder} | {evaluations} "
                     f"| {way['multiply_adds'] / 1e12:,.1f} T, {way['seconds']:,.0f} s |")
    return lines


def quality_table(measured):
    lines = ["| | steps | seconds a picture | multiply-adds of the network | clear things | pictures with nothing unclear | of what prompts say, right |", "|---|---|---|---|---|---|---|"]
    lines.append(f"| scenes as drawn | | | | {per_cent(measured['drawn']['things'])} | {per_cent(measured['drawn']['pictures'])} | |")
    for name, runs in (("latents, 256x256", measured["latent"]), ("pixels, 64x64", measured["pixels"])):
        for run in runs:
            work = run["steps"] * run["step_multiply_adds"] / 1e9
            lines.append(f"| {name} | {run['steps']} | {run['seconds']:.2f} | {work:.0f} G | {per_cent(run['legible']['things'])} | {per_cent(run['legible']['pictures'])} | "
                         f"{per_cent(run['right']) if 'right' in run else 'takes none'} |")
    return lines


def detail_table(measured):
    titles = {"embedded": "FLUX.1's space, the embedded autoencoder", "taesd": "Stable Diffusion's space, TAESD", "small": "pixels at 64x64, enlarged"}
    lines = ["| | PSNR | energy of edges kept |", "|---|---|---|"]
    lines += [f"| {title} | {measured['detail'][name]['psnr_db']:.1f} dB | {per_cent(measured['detail'][name]['edges'])} |" for name, title in titles.items() if name in measured["detail"]]
    return lines + ["| pixels at 256x256 | nothing is lost | 100 % |"]


def text(x, y, words, anchor="start", fill=INK, weight="normal"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" font-weight="{weight}">{words}</text>'


def decades(low, high, top, bottom):
    """A logarithmic axis of seconds: where a value lies, and its lines."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))

    def at(value):
        return LEFT + (math.log10(value) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    parts = []
    for exponent in range(first, last + 1):
        x = at(10 ** exponent)
        parts += [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke="{PALE}"/>', text(x, bottom + 18, f"{10.0 ** exponent:,.{max(0, -exponent)}f} s", "middle")]
    return at, parts


def save(path, height, parts):
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
                   + "\n".join(parts) + "</svg>\n")


def cost_plot(costs):
    ways, top = costs["ways"], 44
    bottom = top + ROW * len(ways)
    at, parts = decades(min(w["step"]["seconds"] for w in ways), max(w["seconds"] for w in ways), top, bottom)
    parts.append(text(LEFT, 24, "Seconds on two cores for a picture of 256x256 (bar) and for one evaluation of the network (line)", weight="bold"))
    for i, way in enumerate(ways):
        y, colour = top + ROW * i + 5, PIXELS if way["decode"] is None else LATENT
        end, one = at(way["seconds"]), at(way["step"]["seconds"])
        parts += [text(LEFT - 8, y + 16, NAMES[way["model"]], "end"), f'<rect x="{LEFT}" y="{y}" width="{end - LEFT:.1f}" height="{ROW - 10}" fill="{colour}" opacity="0.75"/>',
                  f'<line x1="{one:.1f}" x2="{one:.1f}" y1="{y - 2}" y2="{y + ROW - 8}" stroke="{INK}" stroke-width="3"/>',
                  text(end - 6, y + 16, f"{way['seconds']:,.0f} s", "end", "#fff", "bold")]
    save(COST_PLOT, bottom + 30, parts)


def quality_plot(measured):
    top, bottom = 44, 344
    series = [("latents (text, 256x256)", LATENT, measured["latent"]), ("pixels (no text, 64x64)", PIXELS, measured["pixels"])]
    seconds = [run["seconds"] for _, _, runs in series for run in runs]
    at, parts = decades(min(seconds), max(seconds), top, bottom)

    def height(part):
        return bottom - part * (bottom - top)

    parts.append(text(LEFT, 24, "Pictures without an unclear thing, looked at with 64x64 pixels, by seconds a picture; figures: steps", weight="bold"))
    for part in (0, 0.25, 0.5, 0.75, 1):
        parts += [f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height(part)}" y2="{height(part)}" stroke="{PALE}"/>', text(LEFT - 8, height(part) + 4, f"{100 * part:.0f} %", "end")]
    y = height(measured["drawn"]["pictures"])
    parts += [f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{INK}" stroke-dasharray="6 4"/>', text(LEFT + 6, y + 16, "scenes as drawn")]
    for i, (name, colour, runs) in enumerate(series):
        points = [(at(run["seconds"]), height(run["legible"]["pictures"]), run["steps"]) for run in runs]
        parts.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y, steps in points:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>', text(x + 6, y + 18, str(steps), fill=colour)]
        parts.append(text(WIDTH - RIGHT - 8, top + 70 + 18 * i, name, "end", colour, "bold"))
    save(QUALITY_PLOT, bottom + 30, parts)


def sheet(rows):
    """Rows of pictures under each other, each with what its networks know: smaller ones are enlarged by whole pixels."""
    small = [[Image.fromarray(p).resize((SHOWN, SHOWN), Image.BOX if p.shape[0] > SHOWN else Image.NEAREST) for p in row[:COLUMNS]] for row in rows]
    Image.fromarray(np.concatenate([np.concatenate([np.asarray(p) for p in row], 1) for row in small])).save(SHEET, lossless=True)


def write(measured):
    def change(content):
        said = f"Measured on two cores of an {measured['machine']} with nothing else running; {measured['pictures']} pictures of each kind."
        for name, lines in (("machine", [said]), ("costs", cost_table(measured["costs"])), ("quality", quality_table(measured)), ("detail", detail_table(measured))):
            content = card.replace(PAGE, content, name, lines)
        return content

    card.rewrite(PAGE, change)
    cost_plot(measured["costs"])
    quality_plot(measured)
