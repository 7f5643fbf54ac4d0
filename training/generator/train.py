"""Trains the generator: rectified flow on latents of scenes, text encoders and transformer together. See README.md."""

import argparse
import copy
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import torch
import torch.multiprocessing

import muon
from generator import data, network

EMA_DECAY, MOMENTUM, MUON_STEPS = 0.995, 0.95, 3


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--latents", default="out/scenes/latents", help="latents of the scenes, made with the embedded autoencoder")
    p.add_argument("--scenes-seed", type=int, default=19, help="the seed that the scenes were drawn with")
    p.add_argument("--output", default="out/generator", help="checkpoint, log and result")
    p.add_argument("--steps", type=int, default=6000)
    p.add_argument("--whole-from", type=float, default=0.8, help="the part of the steps after which whole pictures are shown instead of windows")
    p.add_argument("--guided-from", type=float, default=0.9, help="the part of the steps after which guidance is learnt")
    p.add_argument("--tokens", type=int, default=1600, help="image tokens of a step")
    p.add_argument("--rate", type=float, default=1.5e-3, help="highest rate of AdamW; that of the matrices is --matrix-rate")
    p.add_argument("--matrix-rate", type=float, default=4e-3)
    p.add_argument("--minutes", type=float, help="stop after so long, with a checkpoint and a result")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--workers", type=int, default=2, help="processes of one thread each, with batches of their own")
    p.add_argument("--apart", type=int, default=8, help="steps between two averages of the workers' weights")
    p.add_argument("--resume", action="store_true", help="go on where the checkpoint stands")
    return p.parse_args()


class Matrices(torch.optim.Optimizer):
    """Muon (muon.py) for linear layers; matrices that hold several, such as queries, keys and values, are taken apart by rows."""

    def __init__(self, weights, lr):
        super().__init__(weights, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            alike = {}
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                mean = state.setdefault("mean", torch.zeros_like(weight))
                mean.lerp_(weight.grad, 1 - MOMENTUM)
                wanted = weight.grad.lerp(mean, MOMENTUM)
                height = min(weight.shape)
                for part, place in zip(wanted.split(height), weight.split(height)):
                    tall = part.shape[0] > part.shape[1]
                    alike.setdefault((part.shape, tall), []).append((place, part.T if tall else part))
            for (shape, tall), found in alike.items():
                for (place, _), step in zip(found, muon.orthogonal(torch.stack([m for _, m in found]), MUON_STEPS)):
                    place.add_(step.T if tall else step, alpha=-0.2 * max(shape) ** 0.5 * group["lr"])


def optimisers(net, args):
    matrices, others = [], []
    for name, p in net.named_parameters():
        inner = p.ndim == 2 and ("_blocks." in name or ".block." in name or ".layers." in name) and ".lin." not in name and "bias" not in name
        (matrices if inner else others).append(p)
    return [Matrices(matrices, args.matrix_rate), torch.optim.AdamW(others, args.rate, betas=(0.9, 0.98), weight_decay=0.0)]


def rate_at(part):
    """The course of the rates: up in a fiftieth, level, and down to nothing over the last two fifths."""
    return min(1, part / 0.02 + 0.02) * min(1, (1 - part) / 0.4)


def loss_of(net, mean, batch, guided, lots):
    """The weighted squared error of the velocity; where guided, half of the pictures learn what true guidance would have made of it."""
    size = len(batch["images"])
    t = batch["time"][:, None, None]
    noisy, target = (1 - t) * batch["images"] + t * batch["noise"], batch["noise"] - batch["images"]
    guidance = torch.ones(size)
    if guided:
        half = size // 2
        guidance[:half] = 1 + 4 * torch.rand(half, generator=lots)
        empty = network.vocabulary.T5Tokens().prompt(""), network.vocabulary.ClipTokens().prompt("")[:2]
        parts = noisy[:half], batch["rows"][:half], batch["columns"][:half]
        with torch.no_grad():
            one = torch.ones(half)
            found = mean(*parts, batch["t5"][:half], batch["clip"][:half], batch["time"][:half], one)
            without = mean(*parts, *(torch.tensor([ids] * half) for ids in empty), batch["time"][:half], one)
            # A guidance of 3.5 is a true one of 2.25; the empty prompt has none.
            said = (batch["t5"][:half, 0] != network.vocabulary.TEXT_END).float()
            target[:half] += ((guidance[:half] - 1) * 0.5 * said)[:, None, None] * (found - without)
    found = net(noisy, batch["rows"], batch["columns"], batch["t5"], batch["clip"], batch["time"], guidance)
    weights = batch["weights"][..., None]
    return ((found - target).square() * weights).mean() / weights.mean()


class Together:
    """Averages of the weights of several processes, through memory that they share."""

    def __init__(self, workers, values):
        self.barrier = torch.multiprocessing.get_context("fork").Barrier(workers)
        self.all, self.word = torch.zeros(workers, values).share_memory_(), torch.zeros(1).share_memory_()

    def average(self, worker, parameters):
        self.all[worker] = torch.nn.utils.parameters_to_vector(parameters)
        self.barrier.wait()
        torch.nn.utils.vector_to_parameters(self.all.mean(0), parameters)
        self.barrier.wait()

    def agree(self, worker, word):
        """What the first worker says: clocks differ."""
        if worker == 0:
            self.word[0] = word
        self.barrier.wait()
        return int(self.word[0])


def work(worker, args, scenes, together):
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    checkpoint, own = (os.path.join(args.output, name) for name in ("checkpoint.pt", f"optimiser-{worker}.pt"))
    net = network.Generator()
    mean = copy.deepcopy(net).requires_grad_(False)
    parts, step = optimisers(net, args), 0
    if args.resume:
        state = torch.load(checkpoint)
        net.load_state_dict(state["net"])
        mean.load_state_dict(state["mean"])
        step = state["step"]
        for part, kept in zip(parts, torch.load(own)):
            part.load_state_dict(kept)
    if worker == 0:
        print(f"{sum(p.numel() for p in net.parameters()):,} parameters, {len(scenes.scenes)} scenes, from step {step}", flush=True)
    began = logged = time.time()
    saved, losses = began, []

    def keep():
        replace(own, [part.state_dict() for part in parts])
        if worker == 0:
            replace(checkpoint, {"net": net.state_dict(), "mean": mean.state_dict(), "step": step})
        together.barrier.wait()

    while step < args.steps:
        part = step / args.steps
        window = data.GRID if part >= args.whole_from else data.WINDOW
        batch = scenes.batch([args.seed, worker], step, args.tokens // window ** 2, window, 0.9 if part < args.whole_from else 0.4)
        loss = loss_of(net, mean, batch, part >= args.guided_from, torch.Generator().manual_seed(step * args.workers + worker))
        for p in net.parameters():
            p.grad = None
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for optimiser, rate in zip(parts, (args.matrix_rate, args.rate)):
            optimiser.param_groups[0]["lr"] = rate * rate_at(part)
            optimiser.step()
        step += 1
        losses.append(loss.item())
        if step % args.apart == 0 or step == args.steps:
            together.average(worker, list(net.parameters()))
            with torch.no_grad():
                decay = min(EMA_DECAY, (1 + step) / (20 + step)) ** args.apart
                for kept, now in zip(mean.parameters(), net.parameters()):
                    kept.lerp_(now, 1 - decay)
            wanted = together.agree(worker, 2 if args.minutes is not None and time.time() - began > 60 * args.minutes else 1 if time.time() - saved > 180 else 0)
            if wanted:
                keep()
                saved = time.time()
            if wanted == 2:
                break
        if step % 48 == 0 and worker == 0:
            now = time.time()
            line = {"step": step, "loss": round(sum(losses) / len(losses), 5), "seconds": round((now - logged) / len(losses), 3), "at": round(now - began)}
            losses, logged = [], now
            print(json.dumps(line), flush=True)
            with open(os.path.join(args.output, "log.jsonl"), "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
    if step == args.steps:
        keep()
    if worker == 0:
        network.write(mean, os.path.join(args.output, "result"), {"format": "pt"})
        print(f"step {step} of {args.steps}", flush=True)


def replace(path, state):
    torch.save(state, path + ".new")
    os.replace(path + ".new", path)


def main():
    args = arguments()
    torch.set_num_threads(1)
    os.makedirs(args.output, exist_ok=True)
    scenes = data.Scenes(args.latents, args.scenes_seed)
    together = Together(args.workers, sum(p.numel() for p in network.Generator().parameters()))
    torch.multiprocessing.start_processes(work, (args, scenes, together), args.workers, start_method="fork")


if __name__ == "__main__":
    main()
