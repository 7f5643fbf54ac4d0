"""The three networks of the generator, their sizes, and how they are kept in files."""

import json
import os

import torch
from torch import nn

import safetensors_file
from generator import encoders, vocabulary
from generator.transformer import Transformer, unpack

SIZES = {"hidden": 256, "head": 64, "mlp": 768, "double": 2, "single": 4, "axes": (8, 28, 28), "t5": 128, "t5_heads": 4, "t5_mlp": 256, "t5_blocks": 2,
         "clip": 128, "clip_mlp": 256, "clip_layers": 1}
SIDE, STEPS = 32, 20     # of latents, positions of a side; what pictures are made with where nothing is asked for
FILES = {"transformer": "transformer/diffusion_pytorch_model.safetensors", "clip": "text_encoder/model.safetensors", "t5": "text_encoder_2/model.safetensors"}


class Generator(nn.Module):
    def __init__(self, sizes=None):
        super().__init__()
        s = self.sizes = {**SIZES, **(sizes or {})}
        self.transformer = Transformer(s["hidden"], s["head"], s["mlp"], s["double"], s["single"], s["t5"], s["clip"], s["axes"])
        self.t5 = encoders.T5(len(vocabulary.T5Tokens().pieces), s["t5"], s["t5_heads"], s["t5_mlp"], s["t5_blocks"])
        self.clip = encoders.Clip(len(vocabulary.ClipTokens().tokens), s["clip"], s["clip_mlp"], s["clip_layers"])

    def forward(self, img, rows, columns, t5, clip, time, guidance):
        return self.transformer(img, rows, columns, self.t5(t5), self.clip(clip), time, guidance)

    def velocity(self, img, side, t5, clip, time, guidance):
        """Of whole pictures of side x side tokens."""
        y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        return self(img, y.reshape(1, -1), x.reshape(1, -1), t5, clip, time, guidance)


def sigmas(steps, tokens):
    """BFL's list of noise levels from 1 to 0 for so many tokens."""
    mu = (tokens - 256) * (1.15 - 0.5) / (4096 - 256) + 0.5
    t = torch.linspace(1, 0, steps + 1, dtype=torch.float64)
    e = torch.tensor(mu, dtype=torch.float64).exp()
    return torch.where(t == 0, torch.zeros_like(t), e / (e + (1 / t - 1))).float()


@torch.no_grad()
def sample(net, prompts, steps=STEPS, guidance=3.5, cfg=1.0, noise=None, side=16, seed=0):
    """Latents [B, 16, 2 side, 2 side] of prompts, by Euler's steps."""
    if noise is None:
        noise = torch.randn(len(prompts), side * side, 64, generator=torch.Generator().manual_seed(seed))
    tokens = vocabulary.T5Tokens(), vocabulary.ClipTokens()
    t5, clip = (torch.tensor([kind.prompt(p) for p in prompts]) for kind in tokens)
    no_t5, no_clip = (torch.tensor([kind.prompt("")] * len(prompts)) for kind in tokens)
    x, levels, g = noise, sigmas(steps, side * side), torch.full((len(prompts),), float(guidance))
    for level, following in zip(levels, levels[1:]):
        t = level.expand(len(prompts))
        v = net.velocity(x, side, t5, clip, t, g)
        if cfg != 1:
            without = net.velocity(x, side, no_t5, no_clip, t, g)
            v = without + cfg * (v - without)
        x = x + (following - level) * v
    return unpack(x, 2 * side, 2 * side)


def write(net, folder, metadata):
    """The folder as diffusers lays it out: weights as bf16, each part with its config.json, and the tokenizers."""
    s = net.sizes
    own = {"transformer": net.transformer, "clip": net.clip, "t5": net.t5}
    for part, path in FILES.items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        safetensors_file.write(os.path.join(folder, path), {n: t.to(torch.bfloat16) for n, t in own[part].state_dict().items()}, metadata)
    configurations = {
        "transformer": {"_class_name": "FluxTransformer2DModel", "attention_head_dim": s["head"], "num_attention_heads": s["hidden"] // s["head"],
                        "axes_dims_rope": list(s["axes"]), "guidance_embeds": True, "in_channels": 64, "joint_attention_dim": s["t5"],
                        "num_layers": s["double"], "num_single_layers": s["single"], "pooled_projection_dim": s["clip"], "sample_size": SIDE,
                        "num_inference_steps": STEPS},
        "text_encoder": {"architectures": ["CLIPTextModel"], "hidden_size": s["clip"], "num_attention_heads": s["clip"] // encoders.HEAD,
                         "eos_token_id": net.clip.end},
        "text_encoder_2": {"architectures": ["T5EncoderModel"], "d_model": s["t5"], "num_heads": s["t5_heads"], "num_layers": s["t5_blocks"],
                           "n_positions": vocabulary.TEXT_LENGTH},
    }
    for part, content in configurations.items():
        with open(os.path.join(folder, part, "config.json"), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
    vocabulary.ClipTokens().write(os.path.join(folder, "tokenizer"))
    vocabulary.T5Tokens().write(os.path.join(folder, "tokenizer_2"))
    index = {"_class_name": "FluxPipeline", "text_encoder": ["transformers", "CLIPTextModel"], "text_encoder_2": ["transformers", "T5EncoderModel"],
             "tokenizer": ["transformers", "CLIPTokenizer"], "tokenizer_2": ["transformers", "T5Tokenizer"],
             "transformer": ["diffusers", "FluxTransformer2DModel"]}
    with open(os.path.join(folder, "model_index.json"), "w", encoding="utf-8") as file:
        json.dump(index, file, indent=2)


def read(folder):
    """The networks of a folder that was written here, in float32; their sizes are those of tensors and configurations."""
    found = {part: {n: t.float() for n, t in safetensors_file.read(os.path.join(folder, path))[0].items()} for part, path in FILES.items()}
    stated = {}
    for part in ("transformer", "text_encoder_2"):
        with open(os.path.join(folder, part, "config.json"), encoding="utf-8") as file:
            stated[part] = json.load(file)

    def count(part, prefix):
        return 1 + max(int(name[len(prefix):].split(".")[0]) for name in found[part] if name.startswith(prefix))

    flux, t5, clip = found["transformer"], found["t5"], found["clip"]
    net = Generator({
        "hidden": flux["img_in.weight"].shape[0], "head": flux["double_blocks.0.img_attn.norm.key_norm.scale"].numel(),
        "mlp": flux["double_blocks.0.img_mlp.0.weight"].shape[0], "axes": tuple(stated["transformer"]["axes_dims_rope"]),
        "double": count("transformer", "double_blocks."), "single": count("transformer", "single_blocks."),
        "t5": t5["shared.weight"].shape[1], "t5_heads": stated["text_encoder_2"]["num_heads"], "t5_blocks": count("t5", "encoder.block."),
        "t5_mlp": t5["encoder.block.0.layer.1.DenseReluDense.wo.weight"].shape[1],
        "clip": clip["text_model.final_layer_norm.weight"].numel(), "clip_layers": count("clip", "text_model.encoder.layers."),
        "clip_mlp": clip["text_model.encoder.layers.0.mlp.fc1.weight"].shape[0],
    })
    for part, own in (("transformer", net.transformer), ("clip", net.clip), ("t5", net.t5)):
        own.load_state_dict(found[part])
    return net.eval()
