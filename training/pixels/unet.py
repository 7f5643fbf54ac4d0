"""A UNet on pixels in diffusers' layout (UNet2DModel), with its key names: written from the architecture's description."""

import math

import torch
import torch.nn.functional as F
from torch import nn

GROUPS = 32
EPS = 1e-6


def sinusoids(timesteps, features):
    """[B] of 0 to 999 to [B, features]: sines first, the slowest of the speeds is 1 / 10,000."""
    half = features // 2
    turn = timesteps.float()[:, None] * torch.exp(-math.log(10_000) * torch.arange(half) / (half - 1))
    return torch.cat([turn.sin(), turn.cos()], -1)


class Norm(nn.GroupNorm):
    """In full precision, whatever the products around it are in."""

    def forward(self, x):
        return super().forward(x.float())


def norm(channels):
    return Norm(GROUPS, channels, eps=EPS)


class TimeEmbedding(nn.Module):
    def __init__(self, features, width):
        super().__init__()
        self.features = features
        self.linear_1, self.linear_2 = nn.Linear(features, width), nn.Linear(width, width)

    def forward(self, timesteps):
        return self.linear_2(F.silu(self.linear_1(sinusoids(timesteps, self.features))))


class Resnet(nn.Module):
    def __init__(self, inputs, outputs, time):
        super().__init__()
        self.norm1, self.conv1 = norm(inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time_emb_proj = nn.Linear(time, outputs)
        self.norm2, self.conv2 = norm(outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.conv_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x, time):
        h = self.conv1(F.silu(self.norm1(x))) + self.time_emb_proj(F.silu(time))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return (self.conv_shortcut(x) if hasattr(self, "conv_shortcut") else x) + h


class Attention(nn.Module):
    """One head as wide as the channels, over all pixels."""

    def __init__(self, channels):
        super().__init__()
        self.group_norm = norm(channels)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x):
        batch, channels, height, width = x.shape
        tokens = self.group_norm(x).flatten(2).transpose(1, 2)
        weights = torch.softmax(self.to_q(tokens) * channels ** -0.5 @ self.to_k(tokens).transpose(1, 2), -1)
        return x + self.to_out[0](weights @ self.to_v(tokens)).transpose(1, 2).reshape(batch, channels, height, width)


class Resampling(nn.Module):
    def __init__(self, channels, stride):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride, padding=0 if stride == 2 else 1)

    def forward(self, x):
        if self.conv.stride == (2, 2):
            return self.conv(F.pad(x, (0, 1, 0, 1)))
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Level(nn.Module):
    def __init__(self, widths, outputs, time, attention, **resampling):
        super().__init__()
        self.resnets = nn.ModuleList(Resnet(inputs, outputs, time) for inputs in widths)
        if attention:
            self.attentions = nn.ModuleList(Attention(outputs) for _ in widths)
        for name, stride in resampling.items():
            setattr(self, name, nn.ModuleList([Resampling(outputs, stride)]))

    def layer(self, i, x, time):
        x = self.resnets[i](x, time)
        return self.attentions[i](x) if hasattr(self, "attentions") else x


class UNet(nn.Module):
    def __init__(self, channels, attention, layers=2):
        """channels: of every level, the finest first. attention: whether a level has it. layers: of a level on the way down; one more on the way up."""
        super().__init__()
        self.channels, self.attention, self.layers = channels, attention, layers
        time, last = 4 * channels[0], len(channels) - 1
        self.conv_in = nn.Conv2d(3, channels[0], 3, padding=1)
        self.time_embedding = TimeEmbedding(channels[0], time)
        before = [channels[0], *channels]
        self.down_blocks = nn.ModuleList(
            Level([before[i]] + [c] * (layers - 1), c, time, attention[i], **({"downsamplers": 2} if i < last else {})) for i, c in enumerate(channels))
        self.mid_block = nn.Module()
        self.mid_block.resnets = nn.ModuleList(Resnet(channels[-1], channels[-1], time) for _ in range(2))
        self.mid_block.attentions = nn.ModuleList([Attention(channels[-1])])
        self.up_blocks = nn.ModuleList()
        for i in reversed(range(last + 1)):
            below = channels[min(i + 1, last)]
            widths = [(below if j == 0 else channels[i]) + (before[i] if j == layers else channels[i]) for j in range(layers + 1)]
            self.up_blocks.append(Level(widths, channels[i], time, attention[i], **({"upsamplers": 1} if i > 0 else {})))
        self.conv_norm_out, self.conv_out = norm(channels[0]), nn.Conv2d(channels[0], 3, 3, padding=1)

    def forward(self, sample, timesteps):
        """The noise in samples [B, 3, H, W] at timesteps [B] of 0 to 999."""
        time = self.time_embedding(timesteps)
        x = self.conv_in(sample)
        skips = [x]
        for block in self.down_blocks:
            for i in range(self.layers):
                x = block.layer(i, x, time)
                skips.append(x)
            if hasattr(block, "downsamplers"):
                x = block.downsamplers[0](x)
                skips.append(x)
        x = self.mid_block.resnets[0](x, time)
        x = self.mid_block.resnets[1](self.mid_block.attentions[0](x), time)
        for block in self.up_blocks:
            for i in range(self.layers + 1):
                x = block.layer(i, torch.cat([x, skips.pop()], 1), time)
            if hasattr(block, "upsamplers"):
                x = block.upsamplers[0](x)
        return self.conv_out(F.silu(self.conv_norm_out(x)))
