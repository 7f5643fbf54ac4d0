"""The network to train, with the key names of FLUX.1's own file, and the small teacher (TAEF1)."""

import torch
import torch.nn.functional as F
from torch import nn

import fused
import safetensors_file

# FLUX.1's diffusion latents are SCALE * (mean - SHIFT) of the autoencoder's own (ae_params of the published FLUX.1 code).
SCALE, SHIFT = 0.3611, 0.1159


class Norm(nn.GroupNorm):
    """
    GroupNorm, with SiLU on request, in the number format that comes in; the statistics are float32 anyway. Left to autocast it would write float32, twice the
    memory, on a GPU. On a CPU without a compiler it does write float32: torch 1.13 computes wrong gradients for bf16 in channels-last order there.
    """

    def forward(self, x, silu=False):
        with torch.autocast(x.device.type, enabled=False):
            if fused.usable(x):
                return fused.NormSilu.apply(x, self.weight, self.bias, self.num_groups, self.eps, silu)
            x = x if x.is_cuda else x.float()
            x = F.group_norm(x, self.num_groups, self.weight.to(x.dtype), self.bias.to(x.dtype), self.eps)
            return F.silu(x) if silu else x


def norm(channels):
    return Norm(32, channels, eps=1e-6)


class ResBlock(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.norm1, self.conv1 = norm(inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2, self.conv2 = norm(outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        h = self.conv1(self.norm1(x, silu=True))
        h = self.conv2(self.norm2(h, silu=True))
        return (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x) + h


class Attention(nn.Module):
    """One head over all positions, scaled by 1 / sqrt(channels)."""

    def __init__(self, channels):
        super().__init__()
        self.norm = norm(channels)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x):
        batch, channels, height, width = x.shape
        h = self.norm(x)
        q, k, v = (part(h).reshape(batch, 1, channels, height * width).transpose(2, 3) for part in (self.q, self.k, self.v))
        if hasattr(F, "scaled_dot_product_attention"):  # torch 2; never holds the whole matrix of weights
            h = F.scaled_dot_product_attention(q.contiguous(), k.contiguous(), v.contiguous())
        else:
            h = torch.softmax(q @ k.transpose(2, 3) * channels ** -0.5, dim=-1) @ v
        return x + self.proj_out(h.transpose(2, 3).reshape(batch, channels, height, width))


class Downsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)))  # one column on the right, one row at the bottom


class Upsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        if fused.usable(x):
            return fused.enlarge(x, self.conv.weight, self.conv.bias)
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Middle(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.block_1, self.attn_1, self.block_2 = ResBlock(channels, channels), Attention(channels), ResBlock(channels, channels)

    def forward(self, x):
        return self.block_2(self.attn_1(self.block_1(x)))


class Level(nn.Module):
    """The residual blocks of one resolution, then the way to the next one."""

    def __init__(self, blocks, **resampler):
        super().__init__()
        self.block = nn.ModuleList(blocks)
        for name, module in resampler.items():
            setattr(self, name, module)

    def forward(self, x):
        for block in self.block:
            x = block(x)
        for name in ("downsample", "upsample"):
            if hasattr(self, name):
                x = getattr(self, name)(x)
        return x


class Encoder(nn.Module):
    """Pictures [B, 3, H, W] in [-1, 1] to mean and log-variance [B, 2 * latent, H / 8, W / 8]."""

    def __init__(self, width, multipliers, blocks, latent):
        super().__init__()
        widths = [width * m for m in multipliers]
        self.conv_in = nn.Conv2d(3, width, 3, padding=1)
        self.down = nn.ModuleList()
        inputs = width
        for i, outputs in enumerate(widths):
            parts = [ResBlock(inputs if b == 0 else outputs, outputs) for b in range(blocks)]
            self.down.append(Level(parts, **({"downsample": Downsample(outputs)} if i < len(widths) - 1 else {})))
            inputs = outputs
        self.mid = Middle(inputs)
        self.norm_out, self.conv_out = norm(inputs), nn.Conv2d(inputs, 2 * latent, 3, padding=1)

    def forward(self, x):
        x = self.conv_in(x)
        for level in self.down:
            x = level(x)
        return self.conv_out(self.norm_out(self.mid(x), silu=True))


class Decoder(nn.Module):
    """The autoencoder's own latents [B, latent, h, w] to pictures [B, 3, 8h, 8w], nominally in [-1, 1]."""

    def __init__(self, width, multipliers, blocks, latent):
        super().__init__()
        widths = [width * m for m in multipliers]
        inputs = widths[-1]
        self.conv_in = nn.Conv2d(latent, inputs, 3, padding=1)
        self.mid = Middle(inputs)
        levels = [None] * len(widths)
        for i in reversed(range(len(widths))):  # numbered from fine to coarse, run from coarse to fine
            outputs = widths[i]
            parts = [ResBlock(inputs if b == 0 else outputs, outputs) for b in range(blocks + 1)]
            levels[i] = Level(parts, **({"upsample": Upsample(outputs)} if i > 0 else {}))
            inputs = outputs
        self.up = nn.ModuleList(levels)
        self.norm_out, self.conv_out = norm(inputs), nn.Conv2d(inputs, 3, 3, padding=1)

    def forward(self, x):
        x = self.mid(self.conv_in(x))
        for level in reversed(self.up):
            x = level(x)
        return self.conv_out(self.norm_out(x, silu=True))


class AutoencoderKL(nn.Module):
    """FLUX.1's autoencoder at any width; 32 gives the 5,293,891 parameters of flux1-mini."""

    def __init__(self, width=32, multipliers=(1, 2, 4, 4), blocks=2, latent=16):
        super().__init__()
        self.latent = latent
        self.encoder = Encoder(width, multipliers, blocks, latent)
        self.decoder = Decoder(width, multipliers, blocks, latent)

    def encode(self, pictures):
        """Pictures in [-1, 1] to (diffusion latents of the mean, log-variance)."""
        mean, log_variance = self.encoder(pictures).float().chunk(2, dim=1)
        return SCALE * (mean - SHIFT), log_variance

    def decode(self, latents):
        """Diffusion latents to pictures."""
        return self.decoder(latents / SCALE + SHIFT).float()


class TinyBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(),
                                  nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x):
        return F.relu(self.conv(x) + x)


class TinyEncoder(nn.Sequential):
    """TAEF1's encoder: pictures in [0, 1] to diffusion latents, eight times smaller."""

    # After the blocks of the levels at 1/2, 1/4 and 1/8: where features for a comparison of textures are taken.
    FEATURES = (5, 9, 13)

    def __init__(self, latent=16):
        layers = [nn.Conv2d(3, 64, 3, padding=1), TinyBlock(64)]
        for _ in range(3):
            layers += [nn.Conv2d(64, 64, 3, padding=1, stride=2, bias=False), TinyBlock(64), TinyBlock(64), TinyBlock(64)]
        super().__init__(*layers, nn.Conv2d(64, latent, 3, padding=1))

    def features(self, x):
        found = []
        for i in range(max(self.FEATURES) + 1):
            x = self[i](x)
            if i in self.FEATURES:
                found.append(x)
        return found


def load(module, path):
    """Fills a module from a safetensors file, which must have exactly its tensors."""
    tensors, _ = safetensors_file.read(path)
    expected = module.state_dict()
    if expected.keys() != tensors.keys():
        odd = min(expected.keys() ^ tensors.keys())
        raise safetensors_file.WrongFile(f"{path}: the {len(expected)} tensors of {type(module).__name__} are expected, {len(tensors)} are there; {odd} is {'missing' if odd in expected else 'one too many'}")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            raise safetensors_file.WrongFile(f"{path}: {name} is {list(tensor.shape)}, {list(expected[name].shape)} is expected")
    module.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return module


def save(module, path, metadata):
    """Writes a module's weights as bf16, rounded to nearest even."""
    safetensors_file.write(path, {name: tensor.to(torch.bfloat16) for name, tensor in module.state_dict().items()}, metadata)
