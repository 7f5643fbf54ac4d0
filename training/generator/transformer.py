"""FLUX.1's transformer at any size, with the key names of BFL's files (double_blocks, single_blocks): written from the architecture's description."""

import math

import torch
import torch.nn.functional as F
from torch import nn

TOKEN, THETA, TIME_CHANNELS, TIME_FACTOR = 64, 10_000, 256, 1000.0
PATCH = 2


def pack(latents):
    """Latents [B, C, H, W] to tokens [B, H / 2 * W / 2, 4 C]: channel, row, column within a token."""
    batch, channels, height, width = latents.shape
    x = latents.reshape(batch, channels, height // PATCH, PATCH, width // PATCH, PATCH)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(batch, height * width // 4, channels * 4)


def unpack(tokens, height, width):
    """The latents of tokens; height and width are those of the latents."""
    batch, _, features = tokens.shape
    x = tokens.reshape(batch, height // PATCH, width // PATCH, features // 4, PATCH, PATCH)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(batch, features // 4, height, width)


def angles(rows, columns, axes):
    """What a position turns the pairs of a head's features by: complex numbers [..., head / 2]. The first axis is always at 0."""
    parts = []
    for place, size in zip((torch.zeros_like(rows), rows, columns), axes):
        speed = THETA ** -(torch.arange(0, size, 2, dtype=torch.float64) / size)
        turn = place.double()[..., None] * speed
        parts.append(torch.complex(turn.cos(), turn.sin()))
    return torch.cat(parts, -1).to(torch.complex64)


def turned(x, angle):
    """x [B, L, heads, channels], angle [B or 1, L, channels / 2]."""
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * angle[:, :, None]).flatten(3)


def of_time(t):
    """[B] in 0 to 1, or a guidance, to [B, 256]."""
    half = TIME_CHANNELS // 2
    turn = t[:, None] * TIME_FACTOR * torch.exp(-math.log(THETA) * torch.arange(half) / half)
    return torch.cat([turn.cos(), turn.sin()], -1)


class Scale(nn.Module):
    """Root mean square of a head to one, then a factor for every feature."""

    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        return x * (torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.scale)


class QKNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.query_norm, self.key_norm = Scale(channels), Scale(channels)


class Embedder(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.in_layer, self.out_layer = nn.Linear(inputs, hidden), nn.Linear(hidden, hidden)

    def forward(self, x):
        return self.out_layer(F.silu(self.in_layer(x)))


class Modulation(nn.Module):
    def __init__(self, hidden, parts):
        super().__init__()
        self.parts, self.lin = parts, nn.Linear(hidden, parts * hidden)

    def forward(self, vector):
        return self.lin(vector)[:, None].chunk(self.parts, -1)


class SelfAttention(nn.Module):
    def __init__(self, hidden, head):
        super().__init__()
        self.qkv, self.norm, self.proj = nn.Linear(hidden, 3 * hidden), QKNorm(head), nn.Linear(hidden, hidden)


def modulated(x, shift, scale):
    return F.layer_norm(x.float(), x.shape[-1:], eps=1e-6) * (1 + scale) + shift


def heads(qkv, norm, head):
    q, k, v = qkv.unflatten(-1, (3, -1, head)).unbind(2)
    return norm.query_norm(q), norm.key_norm(k), v


def attention(q, k, v, angle):
    q, k = turned(q, angle).transpose(1, 2), turned(k, angle).transpose(1, 2)
    weights = torch.softmax((q * q.shape[-1] ** -0.5) @ k.transpose(2, 3), -1)
    return (weights @ v.transpose(1, 2)).transpose(1, 2).flatten(2)


class Gelu(nn.Module):
    """FLUX.1's has the hyperbolic tangent. The other form, nowhere 5e-4 apart, takes a tenth of the time in PyTorch 1.13 and is what is trained with."""

    def forward(self, x):
        return F.gelu(x, approximate="none" if self.training else "tanh")


def feed_forward(hidden, mlp):
    return nn.Sequential(nn.Linear(hidden, mlp), Gelu(), nn.Linear(mlp, hidden))


class DoubleBlock(nn.Module):
    def __init__(self, hidden, head, mlp):
        super().__init__()
        self.head = head
        self.img_mod, self.txt_mod = Modulation(hidden, 6), Modulation(hidden, 6)
        self.img_attn, self.txt_attn = SelfAttention(hidden, head), SelfAttention(hidden, head)
        self.img_mlp, self.txt_mlp = feed_forward(hidden, mlp), feed_forward(hidden, mlp)

    def forward(self, img, txt, vector, angle):
        of_img, of_txt = self.img_mod(vector), self.txt_mod(vector)
        parts = zip(heads(self.txt_attn.qkv(modulated(txt, *of_txt[:2])), self.txt_attn.norm, self.head),
                    heads(self.img_attn.qkv(modulated(img, *of_img[:2])), self.img_attn.norm, self.head))
        found = attention(*(torch.cat(pair, 1) for pair in parts), angle)
        texts = txt.shape[1]
        img = img + of_img[2] * self.img_attn.proj(found[:, texts:])
        img = img + of_img[5] * self.img_mlp(modulated(img, *of_img[3:5]))
        txt = txt + of_txt[2] * self.txt_attn.proj(found[:, :texts])
        return img, txt + of_txt[5] * self.txt_mlp(modulated(txt, *of_txt[3:5]))


class SingleBlock(nn.Module):
    def __init__(self, hidden, head, mlp):
        super().__init__()
        self.head, self.split = head, (3 * hidden, mlp)
        self.modulation, self.norm, self.gelu = Modulation(hidden, 3), QKNorm(head), Gelu()
        self.linear1, self.linear2 = nn.Linear(hidden, 3 * hidden + mlp), nn.Linear(hidden + mlp, hidden)

    def forward(self, x, vector, angle):
        shift, scale, gate = self.modulation(vector)
        # Two products rather than one whose result is cut: what lies apart is slow to read.
        taken, weights, biases = modulated(x, shift, scale), self.linear1.weight.split(self.split), self.linear1.bias.split(self.split)
        qkv, mlp = (F.linear(taken, *part) for part in zip(weights, biases))
        found = attention(*heads(qkv, self.norm, self.head), angle)
        return x + gate * self.linear2(torch.cat([found, self.gelu(mlp)], -1))


class LastLayer(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(hidden, 2 * hidden))
        self.linear = nn.Linear(hidden, TOKEN)

    def forward(self, x, vector):
        shift, scale = self.adaLN_modulation[1](vector)[:, None].chunk(2, -1)
        return self.linear(modulated(x, shift, scale))


class Transformer(nn.Module):
    def __init__(self, hidden, head, mlp, double, single, context, pooled, axes):
        super().__init__()
        self.axes = axes
        self.img_in, self.txt_in = nn.Linear(TOKEN, hidden), nn.Linear(context, hidden)
        self.time_in, self.guidance_in, self.vector_in = Embedder(TIME_CHANNELS, hidden), Embedder(TIME_CHANNELS, hidden), Embedder(pooled, hidden)
        self.double_blocks = nn.ModuleList(DoubleBlock(hidden, head, mlp) for _ in range(double))
        self.single_blocks = nn.ModuleList(SingleBlock(hidden, head, mlp) for _ in range(single))
        self.final_layer = LastLayer(hidden)
        for name, p in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(p)
            elif ".lin." in name or "adaLN" in name or name.startswith("final_layer.linear"):
                nn.init.zeros_(p)   # every block begins as nothing, the output as zero
            elif p.ndim == 2:
                nn.init.normal_(p, std=p.shape[1] ** -0.5 * (0.5 if "proj" in name or "linear2" in name or "mlp.2" in name else 1))

    def forward(self, img, rows, columns, txt, pooled, time, guidance):
        """
        The velocity, noise less picture, of tokens [B, L, 64] at rows and columns [B or 1, L].

        txt: [B, texts, context]. pooled: [B, features]. time, guidance: [B].
        """
        texts = torch.zeros(rows.shape[0], txt.shape[1])
        angle = torch.cat([angles(texts, texts, self.axes), angles(rows, columns, self.axes)], 1)
        vector = F.silu(self.time_in(of_time(time)) + self.guidance_in(of_time(guidance)) + self.vector_in(pooled))
        img, txt = self.img_in(img).float(), self.txt_in(txt).float()   # what blocks add to stays in full precision
        for block in self.double_blocks:
            img, txt = block(img, txt, vector, angle)
        x = torch.cat([txt, img], 1)
        for block in self.single_blocks:
            x = block(x, vector, angle)
        return self.final_layer(x[:, txt.shape[1]:], vector)
