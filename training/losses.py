"""What the training asks for. Pictures are [B, 3, H, W] in [-1, 1]; everything is computed in float32."""

import math

import torch
import torch.nn.functional as F


def border_weights(pictures, width=8, factor=2.0):
    """Weights of mean one that count the outermost pixels more: the network has no neighbours there and leaves a rim otherwise."""
    height, across = pictures.shape[2:]
    weights = torch.full((1, 1, height, across), factor, device=pictures.device)
    weights[:, :, width:height - width, width:across - width] = 1.0
    return weights / weights.mean()


def bands(difference, size=16):
    """
    A difference [B, C, H, W] as detail and tone (means over 16 pixels), which add up to it. Apart, because they are learnt so differently: the gradient of tone is
    many times larger than that of detail and has no common direction in two batches, so unweighted it drowns the other.
    """
    coarse = F.avg_pool2d(difference, size, ceil_mode=True)
    tone = F.interpolate(coarse, size=difference.shape[2:], mode="bilinear", align_corners=False)
    return difference - tone, tone


# Linear light of sRGB to X, Y, Z (IEC 61966-2-1), each divided by that of white: equal red, green and blue give 1, 1, 1.
XYZ = torch.tensor([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
XYZ = XYZ / XYZ.sum(dim=1, keepdim=True)


def lab(pictures):
    """CIELAB [B, 3, H, W] of sRGB. Values outside [-1, 1] are not clamped, so that they have a gradient."""
    value = pictures * 0.5 + 0.5
    linear = torch.where(value <= 0.04045, value / 12.92, ((value.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4)
    xyz = torch.einsum("ij,bjhw->bihw", XYZ.to(linear.device), linear)
    f = torch.where(xyz > 216 / 24389, xyz.clamp_min(216 / 24389) ** (1 / 3), xyz * (24389 / 27 / 116) + 16 / 116)
    x, y, z = f.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)


def colour_difference(found, wanted):
    """
    Of two pictures in CIELAB [B, 3, H, W], the differences of lightness, chroma and hue [B, 3, H, W], whose length is about CIEDE2000 where it is small (Sharma, Wu,
    Dalal 2005, without the rotation of blue hues): weighted as it does at the colour that is wanted, so they are linear in what is found.
    """
    with torch.no_grad():
        light, a, b = wanted.unbind(1)
        power = (a * a + b * b).square()
        power = power * power.sqrt() * power.sqrt().sqrt()  # chroma to the seventh, in the fewest passes over the picture
        stretch = 1.5 - 0.5 * (power / (power + 25.0 ** 7)).sqrt()
        a = a * stretch
        chroma = (a * a + b * b).sqrt().clamp_min(1e-3)
        hue = torch.atan2(b, a)
        t = (1 - 0.17 * torch.cos(hue - math.radians(30)) + 0.24 * torch.cos(2 * hue) + 0.32 * torch.cos(3 * hue + math.radians(6))
             - 0.2 * torch.cos(4 * hue - math.radians(63)))
        middle = (light - 50) ** 2
        per_light, per_chroma, per_hue = 1 + 0.015 * middle / (20 + middle).sqrt(), 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
        cosine, sine = a / chroma, b / chroma
    light, a, b = (found - wanted).unbind(1)
    a = a * stretch
    return torch.stack([light / per_light, (a * cosine + b * sine) / per_chroma, (b * cosine - a * sine) / per_hue], dim=1)


def colour_length(detail, tone, share, smooth=0.005):
    """
    Mean length of differences of colour [B, 3, H, W], given as bands, of tone only a share. Well below `smooth` (in hundreds of units: half a unit of CIEDE2000) they
    count squared, so that the length has a gradient at zero.
    """
    return (((detail + share * tone) ** 2).sum(dim=1) + smooth ** 2).sqrt().mean()


def pyramid(result, wanted, levels=3):
    """Mean absolute difference of the bands of a Laplacian pyramid, the finest counted most: edges and fine texture."""
    total, difference = 0.0, result - wanted
    for level in range(levels):
        if min(difference.shape[2:]) < 4:
            break
        coarse = F.avg_pool2d(difference, 2, ceil_mode=True)
        band = difference - F.interpolate(coarse, size=difference.shape[2:], mode="bilinear", align_corners=False)
        total = total + band.abs().mean() * 0.5 ** level
        difference = coarse
    return total


def texture(result, wanted, teacher):
    """
    Like DISTS, on the features of the teacher's encoder instead of a classifier's: per channel, means (what textures are there) and covariance (where they are).
    0 for equal pictures, at most about 1.
    """
    found = teacher.features(result * 0.5 + 0.5)
    with torch.no_grad():
        expected = teacher.features(wanted * 0.5 + 0.5)
    total = 0.0
    for x, y in zip(found, expected):
        x, y = x.float(), y.float()
        mean_x, mean_y = x.mean(dim=(2, 3), keepdim=True), y.mean(dim=(2, 3), keepdim=True)
        variance_x, variance_y = ((x - mean_x) ** 2).mean(dim=(2, 3)), ((y - mean_y) ** 2).mean(dim=(2, 3))
        covariance = ((x - mean_x) * (y - mean_y)).mean(dim=(2, 3))
        mean_x, mean_y = mean_x.flatten(1), mean_y.flatten(1)
        likeness = (2 * mean_x * mean_y + 1e-3) / (mean_x ** 2 + mean_y ** 2 + 1e-3)
        structure = (2 * covariance + 1e-3) / (variance_x + variance_y + 1e-3)
        total = total + (1 - 0.5 * (likeness + structure)).mean()
    return total / len(found)


def psnr(result, wanted):
    """Peak signal-to-noise ratio of every picture, in dB, of the clamped result, range [-1, 1]."""
    error = ((result.clamp(-1, 1) - wanted) ** 2).mean(dim=(1, 2, 3)).clamp_min(1e-10)
    return 10 * torch.log10(4.0 / error)
