"""Trains the generator: rectified flow on latents of scenes, text encoders and transformer together. See README.md."""

import argparse
import copy
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import torch
import torch.nn.functional as F

import muon
import processes
from generator import data, network
from scenes import scene as world

EMA_DECAY, MOMENTUM, MUON_STEPS = 0.995, 0.95, 3
DISTANCES = 10                    # times the rate, for the bias of distances between words: it has to become large
READ_AFTER, READING = 1, 0.3      # the single block after which the readers read, and what their loss counts


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--latents", default="out/scenes/latents", help="latents of the scenes, made with the embedded autoencoder")
    p.add_argument("--scenes-seed", type=int, default=19, help="the seed that the scenes were drawn with")
    p.add_argument("--output", default="out/generator", help="checkpoint, log and result")
    p.add_argument("--steps", type=int, default=6000)
    p.add_argument("--layout-until", type=float, default=0.15, help="the part of the steps in which a few tokens of every field are shown, nearly all noise; afterwards every second step has them")
    p.add_argument("--whole-from", type=float, default=0.8, help="the part of the steps after which whole pictures are shown instead of windows")
    p.add_argument("--guided-from", type=float, default=0.9, help="the part of the steps after which guidance is learnt")
    p.add_argument("--tokens", type=int, default=2048, help="image tokens of a step; as many of text while the layout is learnt")
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


def optimisers(net, readers, args):
    matrices, distances, others = [], [], list(readers.parameters())
    for name, p in net.named_parameters():
        inner = p.ndim == 2 and ("_blocks." in name or ".block." in name or ".layers." in name) and ".lin." not in name and "bias" not in name
        (matrices if inner else distances if "relative_attention_bias" in name else others).append(p)
    adam = torch.optim.AdamW([{"params": others, "factor": 1}, {"params": distances, "factor": DISTANCES}], args.rate, betas=(0.9, 0.98), weight_decay=0.0)
    return [Matrices(matrices, args.matrix_rate), adam]


class Readers(torch.nn.Module):
    """
    Read from states in the middle of the transformer what each token shows, and from the text encoder's at the word for each thing what is said of it, and are
    thrown away at the end. That what stands where has to be known there from the caption alone, wherever noise hides it, teaches text many times faster than the
    error of the velocity does; that a word knows its colour and place is what binds them.
    """

    SHOWN = [1 + len(names) for names in (world.KINDS, world.COLOURS, world.SIZES)]
    SAID = [1 + len(names) for names in (world.COLOURS, world.SIZES, world.PLACES)]

    def __init__(self, sizes):
        super().__init__()
        self.linear = torch.nn.Linear(sizes["hidden"], sum(self.SHOWN))
        self.text = torch.nn.Linear(sizes["t5"], sum(self.SAID))

    @staticmethod
    def read(linear, counts, states, labels, weights):
        """The sum of the mean cross-entropies, and the label that is read of each kind, of states [N, width] and labels [N, 3]."""
        parts = linear(F.layer_norm(states.float(), states.shape[-1:])).split(counts, -1)
        loss = sum((F.cross_entropy(part, labels[:, i], reduction="none") * weights).sum() / weights.sum() for i, part in enumerate(parts))
        return loss, torch.stack([part.argmax(-1) for part in parts], -1)

    def forward(self, states, shown, text, said):
        """
        The losses of both, and which part is right: of tokens with a thing those whose kind and colour are, of words for things those of which all is.

        states: [B, L, hidden]. shown: [B, L, 3]. text: [B, 32, t5]. said: [B, 32, 3].
        """
        sure = shown[..., 0] != data.UNSURE
        labels = shown[sure]
        seen, found = self.read(self.linear, self.SHOWN, states[sure], labels, torch.where(labels[:, 0] > 0, data.WEIGHT, 1.0))
        things = labels[:, 0] > 0
        seen_right = (found == labels)[things][:, :2].all(-1).float().mean()
        words = said[..., 0] != data.UNSURE
        read, found = self.read(self.text, self.SAID, text[words], said[words], torch.ones(int(words.sum())))
        return seen, read, seen_right, (found == said[words]).all(-1).float().mean()


def losses_of(net, readers, mean, batch, guided, lots):
    """
    The weighted squared error of the velocity, and what the readers give; where guided, half of the pictures learn what true guidance would have made of the
    velocity.
    """
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
    states = []
    hook = net.transformer.single_blocks[READ_AFTER].register_forward_hook(lambda block, taken, given: states.append(given))
    text = net.t5(batch["t5"])
    found = net.transformer(noisy, batch["rows"], batch["columns"], text, net.clip(batch["clip"]), batch["time"], guidance)
    hook.remove()
    weights = batch["weights"][..., None]
    return (((found.float() - target).square() * weights).mean() / weights.mean(), *readers(states[0][:, -noisy.shape[1]:], batch["labels"], text, batch["said"]))


def work(worker, args, scenes, together):
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    checkpoint, own = (os.path.join(args.output, name) for name in ("checkpoint.pt", f"optimiser-{worker}.pt"))
    net = network.Generator()
    readers = Readers(net.sizes)
    mean = copy.deepcopy(net).requires_grad_(False).eval()
    parts, step = optimisers(net, readers, args), 0
    if args.resume:
        state = torch.load(checkpoint)
        net.load_state_dict(state["net"])
        mean.load_state_dict(state["mean"])
        readers.load_state_dict(state["readers"])
        step = state["step"]
        for part, kept in zip(parts, torch.load(own)):
            part.load_state_dict(kept)
    if worker == 0:
        print(f"{sum(p.numel() for p in net.parameters()):,} parameters, {len(scenes.scenes)} scenes, from step {step}", flush=True)
    both = [*net.parameters(), *readers.parameters()]
    log = processes.Log(args.output, ("loss", "reading", "reading_text", "right", "text_right"))

    def keep():
        processes.replace(own, [part.state_dict() for part in parts])
        if worker == 0:
            processes.replace(checkpoint, {"net": net.state_dict(), "mean": mean.state_dict(), "readers": readers.state_dict(), "step": step})
        together.barrier.wait()

    while step < args.steps:
        part = step / args.steps
        layout = part < args.layout_until or step % 2 == 1 and part < args.guided_from
        window = None if layout else data.WINDOW if part < args.whole_from else data.GRID
        size = args.tokens // (window ** 2 if window else network.vocabulary.TEXT_LENGTH)
        batch = scenes.batch([args.seed, worker], step, size, window, 0.9 if part < args.whole_from else 0.4)
        with torch.autocast("cpu", torch.bfloat16):
            found = losses_of(net, readers, mean, batch, part >= args.guided_from, torch.Generator().manual_seed(step * args.workers + worker))
        for p in both:
            p.grad = None
        (found[0] + READING * (found[1] + found[2])).backward()
        torch.nn.utils.clip_grad_norm_(both, 1.0)
        for optimiser, rate in zip(parts, (args.matrix_rate, args.rate)):
            for group in optimiser.param_groups:
                group["lr"] = rate * group.get("factor", 1) * processes.rate_at(part)
            optimiser.step()
        step += 1
        log.add(found)
        if step % args.apart == 0 or step == args.steps:
            together.average(worker, both)
            processes.follow(mean, net, step, EMA_DECAY, args.apart)
            wanted = together.agree(worker, args.minutes)
            if wanted:
                keep()
            if wanted == 2:
                break
        if (step % 48 == 0 or step == args.steps) and worker == 0:
            log.write(step)
    if step == args.steps:
        keep()
    if worker == 0:
        network.write(mean, os.path.join(args.output, "result"), {"format": "pt"})
        print(f"step {step} of {args.steps}", flush=True)


def main():
    args = arguments()
    torch.set_num_threads(1)
    os.makedirs(args.output, exist_ok=True)
    scenes = data.Scenes(args.latents, args.scenes_seed)
    net = network.Generator()
    together = processes.Together(args.workers, sum(p.numel() for p in [*net.parameters(), *Readers(net.sizes).parameters()]))
    processes.run(work, args.workers, args, scenes, together)


if __name__ == "__main__":
    main()
