"""The text encoders of FLUX.1 at toy width, with the key names of transformers: an encoder of T5 v1.1 and CLIP's text model."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from generator.transformer import Gelu

BUCKETS, FARTHEST = 32, 128


class Rms(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.weight


def linear(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False)


def bucket(distance):
    """Which of 32 a distance, key less query, belongs to: exact up to 7, then by logarithms, both ways apart."""
    half, exact = BUCKETS // 2, BUCKETS // 4
    far = distance.abs()
    log = exact + (torch.log(far.clamp(min=1).float() / exact) / math.log(FARTHEST / exact) * (half - exact)).long()
    return torch.where(distance > 0, half, 0) + torch.where(far < exact, far, log.clamp(max=half - 1))


def neighbours(heads):
    """
    A start for the bias of distances [32, heads]: heads by turns look back closely, ahead, back from afar and both ways. From nothing a head needs a thousand steps to
    find the word beside it, and until then no colour is bound to its thing.
    """
    half = BUCKETS // 2
    far = torch.arange(half).float()
    ways = [(1.5, None), (None, 0.7), (0.5, None), (0.7, 0.7)]
    columns = []
    for head in range(heads):
        back, ahead = (-slope * far if slope else torch.full((half,), -6.0) for slope in ways[head % len(ways)])
        back[0] = 0
        columns.append(torch.cat([back, ahead]))
    return torch.stack(columns, 1)


class T5Attention(nn.Module):
    def __init__(self, width, heads, first):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (linear(width, width) for _ in range(4))
        if first:
            self.relative_attention_bias = nn.Embedding(BUCKETS, heads)

    def bias(self, length):
        places = torch.arange(length)
        return self.relative_attention_bias(bucket(places[None] - places[:, None])).permute(2, 0, 1)

    def forward(self, x, bias):
        q, k, v = (part(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (self.q, self.k, self.v))
        return self.o((torch.softmax(q @ k.transpose(2, 3) + bias, -1) @ v).transpose(1, 2).flatten(2))


class Gated(nn.Module):
    def __init__(self, width, mlp):
        super().__init__()
        self.gelu = Gelu()
        self.wi_0, self.wi_1, self.wo = linear(width, mlp), linear(width, mlp), linear(mlp, width)

    def forward(self, x):
        return self.wo(self.gelu(self.wi_0(x)) * self.wi_1(x))


class Layer(nn.Module):
    def __init__(self, width, **part):
        super().__init__()
        (self.name, module), = part.items()
        self.add_module(self.name, module)
        self.layer_norm = Rms(width)

    def forward(self, x, *more):
        return x + getattr(self, self.name)(self.layer_norm(x), *more)


class Block(nn.Module):
    def __init__(self, width, heads, mlp, first):
        super().__init__()
        self.layer = nn.ModuleList([Layer(width, SelfAttention=T5Attention(width, heads, first)), Layer(width, DenseReluDense=Gated(width, mlp))])

    def forward(self, x, bias):
        return self.layer[1](self.layer[0](x, bias))


class T5(nn.Module):
    """Ids [B, L], padding included and attended to, to states [B, L, width]."""

    def __init__(self, vocabulary, width, heads, mlp, blocks):
        super().__init__()
        self.shared = nn.Embedding(vocabulary, width)
        self.encoder = nn.Module()
        self.encoder.block = nn.ModuleList(Block(width, heads, mlp, i == 0) for i in range(blocks))
        self.encoder.final_layer_norm = Rms(width)
        for name, p in self.named_parameters():
            if p.ndim == 2:     # no division by the root of a head's width in T5: the queries begin smaller
                std = 1 if "shared" in name else p.shape[1] ** -0.5
                nn.init.normal_(p, std=std * ((width // heads) ** -0.5 if name.endswith("SelfAttention.q.weight") else 1))
        with torch.no_grad():
            self.encoder.block[0].layer[0].SelfAttention.relative_attention_bias.weight.copy_(neighbours(heads))

    def forward(self, ids):
        bias = self.encoder.block[0].layer[0].SelfAttention.bias(ids.shape[1])
        x = self.shared(ids)
        for block in self.encoder.block:
            x = block(x, bias)
        return self.encoder.final_layer_norm(x)


class ClipAttention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x, mask):
        q, k, v = (part(x).unflatten(-1, (-1, HEAD)).transpose(1, 2) for part in (self.q_proj, self.k_proj, self.v_proj))
        weights = torch.softmax(q @ k.transpose(2, 3) * HEAD ** -0.5 + mask, -1)
        return self.out_proj((weights @ v).transpose(1, 2).flatten(2))


HEAD = 64   # in every published CLIP


class ClipLayer(nn.Module):
    def __init__(self, width, mlp):
        super().__init__()
        self.self_attn, self.mlp = ClipAttention(width), nn.Module()
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp.fc1, self.mlp.fc2 = nn.Linear(width, mlp), nn.Linear(mlp, width)

    def forward(self, x, mask):
        x = x + self.self_attn(self.layer_norm1(x), mask)
        h = self.mlp.fc1(self.layer_norm2(x))
        return x + self.mlp.fc2(h * torch.sigmoid(1.702 * h))


class Clip(nn.Module):
    """Ids [B, L], as far as the last text of the batch goes, to the row at the end of each text [B, width]."""

    def __init__(self, vocabulary, width, mlp, layers, positions=77):
        super().__init__()
        self.end = vocabulary - 1
        self.text_model = m = nn.Module()
        m.embeddings = nn.Module()
        m.embeddings.token_embedding, m.embeddings.position_embedding = nn.Embedding(vocabulary, width), nn.Embedding(positions, width)
        m.encoder = nn.Module()
        m.encoder.layers = nn.ModuleList(ClipLayer(width, mlp) for _ in range(layers))
        m.final_layer_norm = nn.LayerNorm(width)
        nn.init.normal_(m.embeddings.token_embedding.weight, std=0.5)
        nn.init.normal_(m.embeddings.position_embedding.weight, std=0.2)

    def forward(self, ids):
        m, length = self.text_model, ids.shape[1]
        mask = torch.full((length, length), -1e9).triu(1)
        x = m.embeddings.token_embedding(ids) + m.embeddings.position_embedding.weight[:length]
        for layer in m.encoder.layers:
            x = layer(x, mask)
        return m.final_layer_norm(x[torch.arange(len(ids)), (ids == self.end).int().argmax(1)])
