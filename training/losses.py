"""What the training asks for. Every function takes pictures [B, 3, H, W] in [-1, 1] in float32."""

import torch
import torch.nn.functional as F


def border_weights(pictures, width=8, factor=2.0):
    """Weights of mean one that count the outermost pixels more: the network has no neighbours there and leaves a rim otherwise."""
    height, across = pictures.shape[2:]
    weights = torch.full((1, 1, height, across), factor, device=pictures.device)
    weights[:, :, width:height - width, width:across - width] = 1.0
    return weights / weights.mean()


def bands(result, wanted, size=16):
    """
    Mean squared differences of detail and of tone (means over 16 pixels): together what PSNR measures. Apart, because they are learnt so differently: the gradient
    of tone is many times larger than that of detail and has no common direction in two batches, so unweighted it drowns the other.
    """
    difference = (result - wanted) * border_weights(wanted).sqrt()
    coarse = F.avg_pool2d(difference, size, ceil_mode=True)
    tone = F.interpolate(coarse, size=difference.shape[2:], mode="bilinear", align_corners=False)
    return ((difference - tone) ** 2).mean(), (tone ** 2).mean()


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
