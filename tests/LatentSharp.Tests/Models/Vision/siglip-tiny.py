"""Writes siglip-tiny.safetensors and siglip-tiny-io.safetensors: a small SigLIP with random weights and what it gives.

The network is that of transformers (modeling_siglip.py: SiglipVisionEmbeddings, SiglipEncoderLayer, SiglipVisionTransformer; commit
00b2065), written down in PyTorch's own operations from reading it, and computed in float64. Pictures are prepared as by
image_processing_siglip.py (15ea02a): Pillow's bicubic filter on levels of 8 bits, times 1/255, less 0.5, divided by 0.5.

    apt-get install python3-torch python3-pil        # PyTorch 1.13, Pillow 9.4
    /usr/bin/python3 siglip-tiny.py
"""
import json
import pathlib
import struct

import numpy
import torch
from PIL import Image
from torch.nn import functional

WIDTH, HEADS, MLP, LAYERS, PATCH, GRID = 24, 4, 40, 2, 4, 5
HERE = pathlib.Path(__file__).parent


def weights():
    """Names and shapes of transformers, the pooling head left out; values large enough for every part to count."""
    generator = torch.Generator().manual_seed(384)

    def draw(*shape, scale=1.0, mean=0.0):
        return mean + scale * torch.randn(*shape, generator=generator)

    found = {}

    def linear(name, rows, columns):
        found[name + ".weight"] = draw(rows, columns, scale=1.5 * columns ** -0.5)
        found[name + ".bias"] = draw(rows, scale=0.2)

    def norm(name):
        found[name + ".weight"] = draw(WIDTH, scale=0.2, mean=1.0)
        found[name + ".bias"] = draw(WIDTH, scale=0.2)

    root = "vision_model."
    found[root + "embeddings.patch_embedding.weight"] = draw(WIDTH, 3, PATCH, PATCH, scale=(3 * PATCH * PATCH) ** -0.5)
    found[root + "embeddings.patch_embedding.bias"] = draw(WIDTH, scale=0.2)
    found[root + "embeddings.position_embedding.weight"] = draw(GRID * GRID, WIDTH, scale=0.5)
    for index in range(LAYERS):
        layer = f"{root}encoder.layers.{index}."
        norm(layer + "layer_norm1")
        for projection in ("q_proj", "k_proj", "v_proj", "out_proj"):
            linear(layer + "self_attn." + projection, WIDTH, WIDTH)
        norm(layer + "layer_norm2")
        linear(layer + "mlp.fc1", MLP, WIDTH)
        linear(layer + "mlp.fc2", WIDTH, MLP)
    norm(root + "post_layernorm")
    return found


def network(w, pixels):
    """last_hidden_state [items, tokens, width] of pixel_values [items, 3, rows, columns]."""
    w = {name.removeprefix("vision_model."): value.double() for name, value in w.items()}
    linear = lambda x, name: functional.linear(x, w[name + ".weight"], w[name + ".bias"])
    norm = lambda x, name: functional.layer_norm(x, [WIDTH], w[name + ".weight"], w[name + ".bias"], 1e-6)
    heads = lambda x: x.unflatten(2, (HEADS, WIDTH // HEADS)).transpose(1, 2)
    x = functional.conv2d(pixels.double(), w["embeddings.patch_embedding.weight"], w["embeddings.patch_embedding.bias"], stride=PATCH)
    x = x.flatten(2).transpose(1, 2) + w["embeddings.position_embedding.weight"]
    for index in range(LAYERS):
        layer = f"encoder.layers.{index}."
        seen = norm(x, layer + "layer_norm1")
        q, k, v = (heads(linear(seen, f"{layer}self_attn.{part}_proj")) for part in "qkv")
        mixed = torch.softmax(q @ k.transpose(2, 3) * (WIDTH // HEADS) ** -0.5, dim=-1) @ v
        x = x + linear(mixed.transpose(1, 2).flatten(2), layer + "self_attn.out_proj")
        seen = norm(x, layer + "layer_norm2")
        # gelu_pytorch_tanh
        x = x + linear(functional.gelu(linear(seen, layer + "mlp.fc1"), approximate="tanh"), layer + "mlp.fc2")
    return norm(x, "post_layernorm").float()


def picture(rows, columns):
    """Levels [rows, columns, 3]: waves with some noise."""
    noise = numpy.random.default_rng(14)
    y, x, c = numpy.ogrid[0:rows, 0:columns, 0:3]
    waves = 128 + 90 * numpy.sin(0.31 * x + 1.3 * c) * numpy.cos(0.23 * y - c)
    return numpy.clip(waves + noise.normal(0, 25, (rows, columns, 3)), 0, 255).astype(numpy.uint8)


def prepared(levels, side):
    """pixel_values [1, 3, side, side] of a picture."""
    resized = numpy.asarray(Image.fromarray(levels).resize((side, side), Image.Resampling.BICUBIC))
    values = (resized * (1 / 255) - 0.5) / 0.5
    return torch.from_numpy(values.astype(numpy.float32)).permute(2, 0, 1)[None].contiguous()


def write(path, tensors):
    types = {torch.float32: "F32", torch.uint8: "U8"}
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    w = weights()
    generator = torch.Generator().manual_seed(27)
    levels = picture(47, 33)
    # Of 22 pixels the last two belong to no patch, as the last six of the published network's 384.
    cases = {
        "two": torch.rand(2, 3, 20, 20, generator=generator) * 2 - 1,
        "rest": torch.rand(1, 3, 22, 22, generator=generator) * 2 - 1,
        "picture": prepared(levels, PATCH * GRID),
    }
    io = {"picture.levels": torch.from_numpy(levels)}
    for name, pixels in cases.items():
        io[name + ".pixel_values"] = pixels
        io[name + ".last_hidden_state"] = network(w, pixels)
    write(HERE / "siglip-tiny.safetensors", w)
    write(HERE / "siglip-tiny-io.safetensors", io)


if __name__ == "__main__":
    main()
