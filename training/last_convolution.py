"""The end of a run: the decoder's last convolution is not learnt but solved."""

import torch
import torch.nn.functional as F

from data import whole_pictures
from model import own_range

RIDGE = 1e-4  # of the mean square of a feature, which is about one: keeps directions that no photograph shows where they are


@torch.no_grad()
def solve(network, teacher, photographs, longest, bf16):
    """
    Sets decoder.conv_out to the least squares over all pixels of all photographs, shown whole and decoded once from the own latents and once from the teacher's.
    Every batch pulls it towards the tone of one or two pictures; this is the tone (and the detail) of all of them.
    """
    last = network.decoder.conv_out
    device, (outputs, inputs, height, width) = last.weight.device, last.weight.shape
    size = inputs * height * width + 1
    products, wanted, count = torch.zeros(size, size, dtype=torch.float64), torch.zeros(size, outputs, dtype=torch.float64), 0
    for _, picture in whole_pictures(photographs, longest):
        picture = picture.to(device)
        for kind in ("own", "teacher"):
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
                latents = network.encode(picture)[0] if kind == "own" else teacher(picture * 0.5 + 0.5).float()
                seen = network.decoder.features(own_range(latents)).float()
            missing = (picture - last(seen))[0].reshape(outputs, -1)
            columns = F.unfold(seen, (height, width), padding=last.padding)[0]
            columns = torch.cat([columns, torch.ones_like(columns[:1])])
            # Every picture counts the same, whatever its size.
            products += (columns @ columns.T / columns.shape[1]).double().cpu()
            wanted += (columns @ missing.T / columns.shape[1]).double().cpu()
            count += 1
    ridge = torch.full((size,), RIDGE * count, dtype=torch.float64)
    ridge[-1] = 0.0  # the bias is free
    change = torch.linalg.solve(products + torch.diag(ridge), wanted).T.float().to(device)
    last.weight.add_(change[:, :-1].reshape(last.weight.shape))
    last.bias.add_(change[:, -1])
