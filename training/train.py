#!/usr/bin/env python3
"""Trains flux1-mini, the autoencoder embedded in LatentSharp. README.md beside this file gives every choice and its reason."""

import argparse
import copy
import hashlib
import json
import os
import sys
import time

try:
    import numpy  # noqa: F401
    import torch
    import PIL  # noqa: F401
except ModuleNotFoundError as missing:
    sys.exit(f"train.py: {sys.executable} has no module {missing.name}; it takes torch, NumPy and Pillow (Debian: apt-get install python3-torch python3-pil python3-numpy, then /usr/bin/python3).")

import curves
import fused
import losses
import measurement
import model as networks
import muon
import schedule
from data import Batches, RefusedPicture, photographs, split
from safetensors_file import WrongFile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
WEIGHTS = {"detail": 2.0, "tone": 4.0, "colour": 12.0, "cast": 80.0, "pyramid": 0.2, "latent": 0.2, "variance": 0.01, "texture": 0.0}
LOG_VARIANCE = -12.0
# What may differ when a run is resumed; everything else decides what is learnt.
FREE = {"resume", "steps", "minutes", "out", "photographs", "teacher", "start", "device", "workers", "threads", "save_every", "measure_every"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    place = parser.add_argument_group("files")
    place.add_argument("--photographs", default=os.path.join(ROOT, "..", "shared", "photos", "train"), help="folder of photographs with a LICENCES.tsv")
    place.add_argument("--teacher", default=os.path.join(ROOT, "..", "shared", "models", "tiny", "taef1_encoder.safetensors"), help="TAEF1's encoder")
    place.add_argument("--start", default=os.path.join(ROOT, "assets", "models", "flux1-mini.safetensors"), help="weights to start from")
    place.add_argument("--out", default=os.path.join(ROOT, "out", "training"), help="folder for the checkpoint, the log, the curves and the result")
    place.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    run = parser.add_argument_group("the run")
    run.add_argument("--steps", type=int, default=30000)
    run.add_argument("--minutes", type=float, default=None, help="stop after this time with a checkpoint; go on later with --resume")
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    run.add_argument("--bf16", choices=("auto", "yes", "no"), default="auto", help="compute in bf16; auto: on a GPU")
    run.add_argument("--threads", type=int, default=0, help="threads on a CPU; 0: all cores")
    run.add_argument("--workers", type=int, default=None, help="processes that prepare batches; default 8 with a GPU, else none")
    run.add_argument("--save-every", type=int, default=500, help="steps between checkpoints")
    run.add_argument("--measure-every", type=int, default=1000, help="steps between measurements on held-back photographs")
    how = parser.add_argument_group("what is learnt")
    how.add_argument("--batch-pixels", type=int, default=None, help="pixels in a batch; default 16 pictures of 512x512 with a GPU, one of 256x256 without")
    how.add_argument("--largest", type=int, default=512, help="longest side of a picture")
    how.add_argument("--small", type=float, default=0.0, help="share of the steps, at the start, with pictures of at most 256 pixels a side")
    how.add_argument("--drawn", type=float, default=0.1, help="share of drawn pictures")
    how.add_argument("--whole", type=float, default=0.5, help="share of batches of whole pictures; the others are crops")
    how.add_argument("--toned", type=float, default=0.4, help="share of photographs shown in another exposure, contrast, white balance and saturation")
    how.add_argument("--optimizer", choices=("muon", "adamw"), default="muon", help="muon: for the hidden convolutions, adamw for the rest")
    how.add_argument("--rate", type=float, default=1.5e-4, help="learning rate; from poor weights 6e-4, with --small 0.6 --decay 0.55")
    how.add_argument("--warm-up", type=int, default=100, help="steps until the full learning rate")
    how.add_argument("--decay", type=float, default=1.0, help=f"share of the steps before the finish, at their end, over which the rate falls to {schedule.FINISH_RATE:g}")
    how.add_argument("--finish", type=float, default=0.2, help="share of the steps, after the fall, with little rate and much weight on tone")
    how.add_argument("--average", type=float, default=0.999, help="decay of the running mean of the weights, which is what is exported")
    how.add_argument("--own", type=float, default=0.75, help="share of pictures that are decoded from the own latents; the others from the teacher's")
    how.add_argument("--noise", type=float, default=0.1, help="largest standard deviation of the noise on latents before decoding")
    how.add_argument("--weights", default="", help="weights of the losses that differ from " + ",".join(f"{k}={v:g}" for k, v in WEIGHTS.items()))
    a = parser.parse_args()
    gpu = a.device.startswith("cuda")
    a.batch_pixels = a.batch_pixels or (16 * 512 * 512 if gpu else 256 * 256)
    a.workers = (min(8, os.cpu_count() or 1) if gpu else 0) if a.workers is None else a.workers
    a.bf16 = gpu if a.bf16 == "auto" else a.bf16 == "yes"
    chosen = dict(WEIGHTS)
    for item in filter(None, a.weights.split(",")):
        name, _, value = item.partition("=")
        if name not in chosen:
            parser.error(f"--weights {item}: the losses are {', '.join(WEIGHTS)}")
        try:
            chosen[name] = float(value)
        except ValueError:
            parser.error(f"--weights {item}: a number is expected after {name}=")
    a.weights = chosen
    if not os.path.isfile(a.start):
        parser.error(f"--start {a.start}: there is no such file; it takes the weights to start from")
    if not os.path.isfile(a.teacher):
        parser.error(f"--teacher {a.teacher}: there is no such file; it takes TAEF1's encoder, taef1_encoder.safetensors")
    if a.largest % 8 or a.largest < 32:
        parser.error(f"--largest {a.largest}: a multiple of 8, at least 32, is expected")
    return a


def step_losses(network, teacher, pictures, a, step):
    """The losses of one batch; how much they count is in schedule.py."""
    with torch.no_grad():
        wanted = teacher(pictures * 0.5 + 0.5).float()
    latents, log_variance = network.encode(pictures)
    # Decided on the CPU, so that a run is the same on every device.
    chance = torch.Generator().manual_seed((a.seed * 1_000_003 + step) % (1 << 62))
    count = len(pictures)
    # A part of the pictures is decoded from the own latents, the others from the teacher's; a half of them with noise.
    own = ((torch.rand((), generator=chance) + torch.arange(count) / 2) % 1.0 < a.own).reshape(-1, 1, 1, 1).to(pictures.device)
    amount = a.noise * (2 * torch.rand((count, 1, 1, 1), generator=chance) - 1).clamp_min(0)
    noise = (amount * torch.randn(wanted.shape, generator=chance)).to(pictures.device)
    result = network.decode(torch.where(own, latents, wanted) + noise)
    border = losses.border_weights(pictures).sqrt()
    detail, tone = losses.bands((result - pictures) * border)
    colour, cast = losses.bands(losses.colour_difference(losses.lab(result), losses.lab(pictures)) * border / 100)
    parts = {"detail": (detail ** 2).mean(), "tone": (tone ** 2).mean(), "colour": losses.colour_length(colour, cast, schedule.tone_share(step, a)), "cast": (cast ** 2).mean(),
             "pyramid": losses.pyramid(result, pictures), "latent": ((latents - wanted) ** 2).mean(), "variance": ((log_variance - LOG_VARIANCE) ** 2).mean()}
    if a.weights["texture"] > 0:  # costs as much as the teacher
        parts["texture"] = losses.texture(result, pictures, teacher)
    return parts


def save_checkpoint(path, state):
    torch.save(state, path + ".part")
    os.replace(path + ".part", path)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def export(network, path, a, step, measured):
    """The running mean of the weights in the layout of FLUX.1's own file."""
    networks.save(network, path, {
        "format": "pt", "modelspec.architecture": "Flux.1-AE", "modelspec.title": "flux1-mini", "modelspec.author": "LatentSharp", "modelspec.license": "Apache-2.0",
        "latentsharp.steps": str(step), "latentsharp.seed": str(a.seed), "latentsharp.start_sha256": digest(a.start), "latentsharp.teacher_sha256": digest(a.teacher),
        "latentsharp.settings": json.dumps({k: v for k, v in sorted(vars(a).items()) if k not in FREE}), "latentsharp.held_back": json.dumps(measured)})


def kept_lines(log, step):
    """A log without what a resumed run does again."""
    return [line for line in curves.read(log) if line["step"] < step or ("held_back" in line and line["step"] == step)] if os.path.exists(log) else []


def train(a):
    torch.set_num_threads(a.threads or os.cpu_count() or 1)
    gpu = a.device.startswith("cuda")
    torch.backends.cudnn.benchmark = gpu
    os.makedirs(a.out, exist_ok=True)
    learnt, held_back = split(photographs(a.photographs))
    layout = torch.channels_last if gpu or a.bf16 else torch.contiguous_format
    network = networks.load(networks.AutoencoderKL(), a.start).to(a.device, memory_format=layout)
    teacher = networks.load(networks.TinyEncoder(), a.teacher).to(a.device, memory_format=layout).requires_grad_(False).eval()
    mean = copy.deepcopy(network).requires_grad_(False).eval()
    optimizer = muon.Both(network, a.rate) if a.optimizer == "muon" else torch.optim.AdamW(network.parameters(), lr=a.rate, betas=(0.9, 0.99), weight_decay=0.0)
    settings = {k: v for k, v in vars(a).items() if k not in FREE}
    checkpoint, log = os.path.join(a.out, "checkpoint.pt"), os.path.join(a.out, "log.jsonl")
    first, lines = 0, []
    if a.resume:
        if not os.path.exists(checkpoint):
            raise RefusedPicture(f"{checkpoint}: there is no checkpoint to resume from; run without --resume.")
        state = torch.load(checkpoint, map_location=a.device)
        differing = {k: (state["settings"].get(k), v) for k, v in settings.items() if state["settings"].get(k) != v}
        if differing:
            raise RefusedPicture(f"{checkpoint}: made with other settings (then, now): {differing}. Give the same ones, or another --out.")
        network.load_state_dict(state["network"])
        mean.load_state_dict(state["mean"])
        optimizer.load_state_dict(state["optimizer"])
        first, lines = state["step"], kept_lines(log, state["step"])
    with open(log + ".part", "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    os.replace(log + ".part", log)

    batches = torch.utils.data.DataLoader(Batches(learnt, a.steps, a.seed, a.batch_pixels, a.largest, a.drawn, a.whole, a.toned, first, round(a.small * a.steps)), batch_size=None, shuffle=False,
                                          num_workers=a.workers, pin_memory=gpu, **({"prefetch_factor": 2} if a.workers else {}))
    print(f"{len(learnt)} photographs, {len(held_back)} held back, {sum(p.numel() for p in network.parameters()):,} parameters, steps {first} to {a.steps} on {a.device}", flush=True)
    if a.bf16 and not gpu and fused.library() is None:
        print("fused.c was not compiled (no C compiler?): a step takes about a quarter longer", flush=True)
    began, step, measured = time.monotonic(), first, {}

    def pause():
        save_checkpoint(checkpoint, {"step": step, "network": network.state_dict(), "mean": mean.state_dict(), "optimizer": optimizer.state_dict(), "settings": settings})

    with open(log, "a", encoding="utf-8") as out:
        def write(line):
            out.write(json.dumps(line) + "\n")
            out.flush()

        if first == 0:
            measured, _ = measurement.measure(mean, teacher, held_back, a.largest)
            write({"step": 0, "held_back": measured})
        before = time.monotonic()
        for batch in batches:
            pictures = batch.to(a.device, non_blocking=True).float().div_(127.5).sub_(1).contiguous(memory_format=layout)
            for group in optimizer.param_groups:
                group["lr"] = schedule.rate(step, a)
            with torch.autocast("cuda" if gpu else "cpu", dtype=torch.bfloat16, enabled=a.bf16):
                parts = step_losses(network, teacher, pictures, a, step)
            weighted = schedule.weights(step, a)
            total = sum(weighted[name] * value for name, value in parts.items())
            optimizer.zero_grad(set_to_none=True)
            total.backward()
            steepness = torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            if not torch.isfinite(steepness):
                raise FloatingPointError(f"step {step}: the gradient is not finite; the last checkpoint is {checkpoint}.")
            optimizer.step()
            decay = min(schedule.average(step, a), (1 + step) / (10 + step))
            with torch.no_grad():
                for slow, fast in zip(mean.parameters(), network.parameters()):
                    slow.lerp_(fast, 1 - decay)
            now = time.monotonic()
            write({"step": step, "loss": float(total), "parts": {k: round(float(v), 6) for k, v in parts.items()}, "rate": schedule.rate(step, a), "gradient": round(float(steepness), 4),
                   "pictures": list(pictures.shape), "seconds": round(now - before, 3)})
            step += 1
            before = now
            if (step - first) % 100 == 0:
                print(f"step {step} of {a.steps}: loss {float(total):.4f}, {(now - began) / (step - first):.3f} s a step", flush=True)
            if step % a.measure_every == 0 or step == a.steps:
                measured, _ = measurement.measure(mean, teacher, held_back, a.largest)
                write({"step": step, "held_back": measured})
                print(f"step {step}: {measured}", flush=True)
                before = time.monotonic()
            late = a.minutes is not None and now - began > a.minutes * 60
            if step % a.save_every == 0 or step == a.steps or late:
                pause()
            if late and step < a.steps:
                print(f"stopped after {a.minutes:g} minutes at step {step} of {a.steps}; go on with --resume", flush=True)
                break

    # What is measured last is what is exported: rounded to bf16.
    for tensor in mean.state_dict().values():
        tensor.copy_(tensor.to(torch.bfloat16))
    measured, rows = measurement.measure(mean, teacher, held_back, a.largest)
    export(mean, os.path.join(a.out, "flux1-mini.safetensors"), a, step, measured)
    measurement.write_sheet(rows, os.path.join(a.out, "held-back.png"))
    curves.draw(log, os.path.join(a.out, "curves.svg"))
    print(f"{os.path.join(a.out, 'flux1-mini.safetensors')}: step {step}, held back {measured}", flush=True)


if __name__ == "__main__":
    try:
        train(arguments())
    except (RefusedPicture, WrongFile, FileNotFoundError, FloatingPointError) as error:
        sys.exit(f"train.py: {error}")
