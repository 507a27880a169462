"""The work of dual_vae.py in PyTorch as a user writes it: one graph over all pairs, autograd, torch.optim.Adam. Arguments: n chunk (not used)."""
import os
import sys

import torch

import peer
from dual_vae_start import ANGLE_PRIOR, grid, start

torch.set_num_threads(int(os.environ.get("OPENBLAS_NUM_THREADS", "1")))
n = int(sys.argv[1])
x1, x2, eps1, eps2, names, vector, split = start(n)
x1, x2, eps1, eps2 = (torch.from_numpy(values) for values in (x1, x2, eps1, eps2))
w = {name: torch.from_numpy(values.copy()).requires_grad_() for name, values in split(vector).items()}
optimizer = torch.optim.Adam(w.values(), lr=1e-4)
points0 = torch.from_numpy(grid())
prior = torch.tensor([ANGLE_PRIOR, 0, 0, 0, 0])
entropy = torch.nn.BCEWithLogitsLoss(reduction="sum")


def dense(x, name):
    return torch.addmm(w[name + ".bias"], x, w[name + ".weight"])


def encode(x, name):
    hidden = torch.tanh(dense(torch.tanh(dense(x, name + ".0")), name + ".1"))
    return dense(hidden, name + ".mean"), dense(hidden, name + ".logSigma")


def decode(x, name):
    return dense(torch.tanh(dense(torch.tanh(dense(x, name + ".0")), name + ".1")), name + ".output")


def evaluate():
    mu1, ls1 = encode(x1, "patchEncoder")
    raw, ls2 = encode(x2, "spectrumEncoder")
    z1, z2 = mu1 + torch.exp(ls1) * eps1, raw @ w["alignment"] + torch.exp(ls2) * eps2
    divergence = (prior - ls1 - 0.5 * eps1**2 + 0.5 * (z1 / torch.exp(prior)) ** 2).sum() + (0.5 * z2**2 - ls2 - 0.5 * eps2**2).sum()
    cosine, sine = torch.cos(z1[:, 0:1]), torch.sin(z1[:, 0:1])
    turned = torch.stack([points0[:, 0] * cosine - points0[:, 1] * sine, points0[:, 0] * sine + points0[:, 1] * cosine], dim=2)
    points = (turned + 0.5 * z1[:, None, 1:3]).reshape(-1, 2)
    first = dense(points, "patchDecoder.coordinates").reshape(n, -1, 256) + (z1[:, 3:] @ w["patchDecoder.latent.weight"])[:, None]
    image = decode(torch.tanh(first).reshape(-1, 256), "patchDecoder").reshape(n, -1)
    return (entropy(image, x1) + entropy(decode(z2, "spectrumDecoder"), x2) + divergence) / n + 10 * (z1[:, 3:] - z2).abs().mean()


def train():
    optimizer.zero_grad()
    evaluate().backward()
    optimizer.step()


with torch.no_grad():
    value = float(evaluate())
peer.serve(train, value, f"torch {torch.__version__}")
