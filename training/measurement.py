"""How good the weights are on held-back photographs, in figures and as a sheet of pictures."""

import numpy
import torch
from PIL import Image

import losses
from data import whole_pictures


@torch.no_grad()
def measure(network, teacher, held_back, longest):
    """Means over held-back photographs, whole, in float32; and the pictures for the sheet."""
    device = next(network.parameters()).device
    sums, rows = {"own_db": 0.0, "from_teacher_db": 0.0, "latent_distance": 0.0}, []
    for _, picture in whole_pictures(held_back, longest):
        picture = picture.to(device)
        wanted, (latents, _) = teacher(picture * 0.5 + 0.5), network.encode(picture)
        own, foreign = network.decode(latents), network.decode(wanted)
        for name, value in zip(sums, (losses.psnr(own, picture).mean(), losses.psnr(foreign, picture).mean(), ((latents - wanted) ** 2).mean())):
            sums[name] += float(value) / len(held_back)
        rows.append([picture, own, foreign])
    return {name: round(value, 4) for name, value in sums.items()}, rows


def write_sheet(rows, path):
    """Held-back photographs: the original, the own round trip, the teacher's latents decoded."""
    images = [[((p[0].clamp(-1, 1) + 1) * 127.5 + 0.5).byte().permute(1, 2, 0).cpu().numpy() for p in row] for row in rows]
    width = max(i.shape[1] for row in images for i in row)
    lines = [numpy.concatenate([numpy.pad(i, ((0, 4), (0, width - i.shape[1] + 4), (0, 0)), constant_values=255) for i in row], axis=1) for row in images]
    Image.fromarray(numpy.concatenate(lines)).save(path)
