"""Draws the log of a run as an SVG picture: the losses, and the measurements on held-back photographs."""

import json
import math

COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf", "#7f7f7f")
WIDTH, HEIGHT, LEFT, TOP, GAP = 860, 240, 76, 34, 70


def read(path):
    """The lines of a log."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def smooth(points, window):
    """Means over neighbouring points, about one for every pixel of the diagram: single batches differ in size and difficulty."""
    values = [v for _, v in points]
    shown = range(0, len(points), max(1, len(points) // WIDTH))
    return [(points[i][0], sum(values[max(0, i - window):i + 1]) / len(values[max(0, i - window):i + 1])) for i in shown]


def panel(title, series, top, logarithmic):
    """One diagram: series is a list of (name, [(step, value)])."""
    series = [(name, [(s, v) for s, v in points if math.isfinite(v) and (v > 0 or not logarithmic)]) for name, points in series]
    series = [(name, points) for name, points in series if points]
    scale = math.log10 if logarithmic else float
    parts = [f'<text x="{LEFT}" y="{top - 10}" font-weight="bold">{title}</text>', f'<rect x="{LEFT}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>']
    if not series:
        return parts
    last = max(s for _, points in series for s, _ in points) or 1
    values = [scale(v) for _, points in series for _, v in points]
    low, high = min(values), max(values)
    high = high if high - low > 1e-9 else low + 1
    for i in range(5):
        y, value = top + HEIGHT * (1 - i / 4), low + (high - low) * i / 4
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#eee"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10 ** value if logarithmic else value:.3g}</text>')
        parts.append(f'<text x="{LEFT + WIDTH * i / 4:.1f}" y="{top + HEIGHT + 16}" text-anchor="middle">{round(last * i / 4)}</text>')
    for i, (name, points) in enumerate(series):
        colour = COLOURS[i % len(COLOURS)]
        line = " ".join(f"{LEFT + WIDTH * s / last:.1f},{top + HEIGHT * (1 - (scale(v) - low) / (high - low)):.1f}" for s, v in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{LEFT + WIDTH + 10}" y="{top + 14 + 16 * i}" fill="{colour}">{name}</text>')
    return parts


def draw(log, path):
    """Writes the picture."""
    lines = read(log)
    steps, held_back = [x for x in lines if "loss" in x], [x for x in lines if "held_back" in x]
    window = max(1, len(steps) // 100)
    losses = [(name, smooth([(x["step"], x["parts"][name]) for x in steps], window)) for name in (steps[0]["parts"] if steps else {})]
    names = list(held_back[0]["held_back"]) if held_back else []
    measured = {name: [(x["step"], x["held_back"][name]) for x in held_back] for name in names}
    panels = [("loss", [("total", smooth([(x["step"], x["loss"]) for x in steps], window))] + losses, True),
              ("held-back photographs: PSNR in dB", [(n, p) for n, p in measured.items() if n.endswith("_db")], False),
              ("held-back photographs: mean squared distance of the latents to the teacher's", [(n, p) for n, p in measured.items() if n.startswith("latent")], True)]
    parts = []
    for i, (title, series, logarithmic) in enumerate(panels):
        parts += panel(title, series, TOP + i * (HEIGHT + GAP), logarithmic)
    size = f'width="{LEFT + WIDTH + 190}" height="{TOP + len(panels) * (HEIGHT + GAP)}"'
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>' + "\n".join(parts) + "</svg>\n")
