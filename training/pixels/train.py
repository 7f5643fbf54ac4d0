"""Trains a UNet on pixels of scenes (DDPM, the noise is learnt), to compare with the generator in latents. See README.md."""

import argparse
import copy
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import torch

import muon
import processes
import safetensors_file
from pixels import data
from pixels.unet import EPS, GROUPS, UNet

CHANNELS, ATTENTION = (64, 64, 128, 160), (False, False, True, False)     # about as many parameters as the generator has
FIRST_BETA, LAST_BETA, TIMESTEPS = 1e-4, 0.02, 1000
EMA_DECAY = 0.995


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--pictures", default="out/scenes/pictures")
    p.add_argument("--output", default="out/pixels", help="checkpoint, log and result")
    p.add_argument("--side", type=int, default=64, help="side of the pictures in pixels")
    p.add_argument("--steps", type=int, default=2000)
    p.add_argument("--batch", type=int, default=16, help="pictures of a step of one worker")
    p.add_argument("--rate", type=float, default=1e-3)
    p.add_argument("--minutes", type=float, help="stop after so long, with a checkpoint and a result")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--workers", type=int, default=2, help="processes of one thread each, with batches of their own")
    p.add_argument("--apart", type=int, default=8, help="steps between two averages of the workers' weights")
    p.add_argument("--resume", action="store_true", help="go on where the checkpoint stands")
    return p.parse_args()


def network():
    return UNet(CHANNELS, ATTENTION)


def kept_parts():
    """The part of the variance that is still the picture's, at each timestep."""
    return torch.cumprod(1 - torch.linspace(FIRST_BETA, LAST_BETA, TIMESTEPS), 0)


def loss_of(net, images, noise, timesteps):
    """The squared error of the predicted noise."""
    kept = kept_parts()[timesteps][:, None, None, None]
    noisy = (kept.sqrt() * images + (1 - kept).sqrt() * noise).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        found = net(noisy, timesteps)
    return (found.float() - noise).square().mean()


def write(net, folder, side):
    """The folder as diffusers lays out DDPMPipeline."""
    kinds = ["Attn" if has else "" for has in ATTENTION]
    os.makedirs(os.path.join(folder, "unet"), exist_ok=True)
    os.makedirs(os.path.join(folder, "scheduler"), exist_ok=True)
    weights = {name: value.contiguous() for name, value in net.state_dict().items()}
    safetensors_file.write(os.path.join(folder, "unet", "diffusion_pytorch_model.safetensors"), weights, {"format": "pt"})
    configurations = {
        "unet/config.json": {"_class_name": "UNet2DModel", "sample_size": side, "in_channels": 3, "out_channels": 3, "block_out_channels": list(CHANNELS),
                             "down_block_types": [f"{kind}DownBlock2D" for kind in kinds], "up_block_types": [f"{kind}UpBlock2D" for kind in reversed(kinds)],
                             "layers_per_block": net.layers, "downsample_padding": 0, "flip_sin_to_cos": False, "freq_shift": 1, "norm_num_groups": GROUPS,
                             "norm_eps": EPS, "act_fn": "silu", "attention_head_dim": None, "time_embedding_type": "positional"},
        "scheduler/scheduler_config.json": {"_class_name": "DDPMScheduler", "beta_start": FIRST_BETA, "beta_end": LAST_BETA, "beta_schedule": "linear",
                                            "num_train_timesteps": TIMESTEPS, "clip_sample": True, "variance_type": "fixed_small", "prediction_type": "epsilon"},
        "model_index.json": {"_class_name": "DDPMPipeline", "scheduler": ["diffusers", "DDPMScheduler"], "unet": ["diffusers", "UNet2DModel"]},
    }
    for name, content in configurations.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)


def work(worker, args, pictures, together):
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    checkpoint, own = (os.path.join(args.output, name) for name in ("checkpoint.pt", f"optimiser-{worker}.pt"))
    net = network()
    mean = copy.deepcopy(net).requires_grad_(False)
    optimiser, step = muon.Both(net, args.rate), 0
    if args.resume:
        state = torch.load(checkpoint)
        net.load_state_dict(state["net"])
        mean.load_state_dict(state["mean"])
        optimiser.load_state_dict(torch.load(own))
        step = state["step"]
    if worker == 0:
        print(f"{sum(p.numel() for p in net.parameters()):,} parameters, {len(pictures.values)} pictures, from step {step}", flush=True)
    log = processes.Log(args.output, ("loss",))

    def keep():
        processes.replace(own, optimiser.state_dict())
        if worker == 0:
            processes.replace(checkpoint, {"net": net.state_dict(), "mean": mean.state_dict(), "step": step})
        together.barrier.wait()

    while step < args.steps:
        loss = loss_of(net, *pictures.batch([args.seed, worker], step, args.batch))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for group in optimiser.param_groups:
            group["lr"] = args.rate * processes.rate_at(step / args.steps)
        optimiser.step()
        step += 1
        log.add([loss])
        if step % args.apart == 0 or step == args.steps:
            together.average(worker, list(net.parameters()))
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
        write(mean, os.path.join(args.output, "result"), args.side)
        print(f"step {step} of {args.steps}", flush=True)


def main():
    args = arguments()
    torch.set_num_threads(1)
    os.makedirs(args.output, exist_ok=True)
    together = processes.Together(args.workers, sum(p.numel() for p in network().parameters()))
    processes.run(work, args.workers, args, data.Pictures(args.pictures, args.side), together)


if __name__ == "__main__":
    main()
