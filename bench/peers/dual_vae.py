"""
One full-batch training step of the Dual-VAE (SPEC 3, corrected mode): both encoders and decoders, loss, all gradients, Adam; float32. The image
decoder runs over chunks of images, so that its temporaries stay in cache. Arguments: n chunk.
"""
import math
import sys

import numpy

from dual_vae_start import ANGLE_PRIOR, SIDE, grid, start
from peer import serve

n, chunk = (int(word) for word in sys.argv[1:3])
x1, x2, eps1, eps2, names, vector, split = start(n)
gradient, first, second, scratch = (numpy.zeros_like(vector) for _ in range(4))
w, g = split(vector), split(gradient)
points0 = grid()
pixels = SIDE * SIDE
prior = numpy.array([ANGLE_PRIOR, 0, 0, 0, 0], numpy.float32)
variance = numpy.exp(2 * prior)
step = 0
p = [numpy.empty((chunk * pixels, 256), numpy.float32) for _ in range(3)]
gp = [numpy.empty((chunk * pixels, 256), numpy.float32) for _ in range(2)]


def dense(x, name, out=None, tanh=True):
    y = numpy.matmul(x, w[name + ".weight"], out=out)
    y += w[name + ".bias"]
    return numpy.tanh(y, out=y) if tanh else y


def back(x, y, through, name, need=True, out=None, tanh=True):
    if tanh:
        slope = y * y
        numpy.subtract(1, slope, out=slope)
        through *= slope
    g[name + ".weight"] += x.T @ through
    g[name + ".bias"] += through.sum(axis=0)
    return numpy.matmul(through, w[name + ".weight"].T, out=out) if need else None


def entropy(logits, target):
    return (numpy.maximum(logits, 0) - logits * target + numpy.log1p(numpy.exp(-numpy.abs(logits)))).sum()


def slope_of_entropy(logits, target):
    return (1 / (1 + numpy.exp(-logits)) - target) * numpy.float32(1 / n)


def evaluate():
    gradient[:] = 0
    a1 = dense(x1, "patchEncoder.0")
    a2 = dense(a1, "patchEncoder.1")
    mu1, ls1 = dense(a2, "patchEncoder.mean", tanh=False), dense(a2, "patchEncoder.logSigma", tanh=False)
    b1 = dense(x2, "spectrumEncoder.0")
    b2 = dense(b1, "spectrumEncoder.1")
    raw, ls2 = dense(b2, "spectrumEncoder.mean", tanh=False), dense(b2, "spectrumEncoder.logSigma", tanh=False)
    mu2 = raw @ w["alignment"]
    s1, s2 = numpy.exp(ls1), numpy.exp(ls2)
    z1, z2 = mu1 + s1 * eps1, mu2 + s2 * eps2
    loss = (prior - ls1 - 0.5 * eps1 * eps1 + 0.5 * z1 * z1 / variance).sum() + (0.5 * z2 * z2 - ls2 - 0.5 * eps2 * eps2).sum()
    content = numpy.ascontiguousarray(z1[:, 3:])
    apart = content - z2
    gz1 = z1 / (variance * n)
    gz2 = z2 / numpy.float32(n)
    pull = numpy.sign(apart) * numpy.float32(10 / (2 * n))
    gz1[:, 3:] += pull
    gz2 -= pull
    d1 = dense(z2, "spectrumDecoder.0")
    d2 = dense(d1, "spectrumDecoder.1")
    logits = dense(d2, "spectrumDecoder.output", tanh=False)
    loss += entropy(logits, x2)
    through = back(d2, logits, slope_of_entropy(logits, x2), "spectrumDecoder.output", tanh=False)
    through = back(d1, d2, through, "spectrumDecoder.1")
    gz2 += back(z2, d1, through, "spectrumDecoder.0")
    latent = content @ w["patchDecoder.latent.weight"]
    cosine, sine = numpy.cos(z1[:, 0]), numpy.sin(z1[:, 0])
    for at in range(0, n, chunk):
        b = min(chunk, n - at)
        part = slice(at, at + b)
        rows = b * pixels
        c, s = cosine[part, None], sine[part, None]
        turned = numpy.stack([points0[:, 0] * c - points0[:, 1] * s, points0[:, 0] * s + points0[:, 1] * c], axis=2)
        points = (turned + 0.5 * z1[part, None, 1:3]).reshape(rows, 2)
        p0, p1, p2 = (layer[:rows] for layer in p)
        numpy.matmul(points, w["patchDecoder.coordinates.weight"], out=p0)
        p0 += w["patchDecoder.coordinates.bias"]
        p0.reshape(b, pixels, 256)[:] += latent[part, None]
        numpy.tanh(p0, out=p0)
        dense(p0, "patchDecoder.0", p1)
        dense(p1, "patchDecoder.1", p2)
        image = dense(p2, "patchDecoder.output", tanh=False)
        seen = x1[part].reshape(rows, 1)
        loss += entropy(image, seen)
        through = back(p2, image, slope_of_entropy(image, seen), "patchDecoder.output", out=gp[0][:rows], tanh=False)
        through = back(p1, p2, through, "patchDecoder.1", out=gp[1][:rows])
        through = back(p0, p1, through, "patchDecoder.0", out=gp[0][:rows])
        to_points = back(points, p0, through, "patchDecoder.coordinates")
        to_latent = through.reshape(b, pixels, 256).sum(axis=1)
        g["patchDecoder.latent.weight"] += content[part].T @ to_latent
        gz1[part, 3:] += to_latent @ w["patchDecoder.latent.weight"].T
        to_points = to_points.reshape(b, pixels, 2)
        gz1[part, 1:3] += 0.5 * to_points.sum(axis=1)
        gz1[part, 0] += (-turned[:, :, 1] * to_points[:, :, 0] + turned[:, :, 0] * to_points[:, :, 1]).sum(axis=1)
    gls1, gls2 = gz1 * s1 * eps1 - numpy.float32(1 / n), gz2 * s2 * eps2 - numpy.float32(1 / n)
    through = back(a2, mu1, gz1, "patchEncoder.mean", tanh=False) + back(a2, ls1, gls1, "patchEncoder.logSigma", tanh=False)
    through = back(a1, a2, through, "patchEncoder.1")
    back(x1, a1, through, "patchEncoder.0", need=False)
    g["alignment"] += raw.T @ gz2
    through = back(b2, raw, gz2 @ w["alignment"].T, "spectrumEncoder.mean", tanh=False) + back(b2, ls2, gls2, "spectrumEncoder.logSigma", tanh=False)
    through = back(b1, b2, through, "spectrumEncoder.1")
    back(x2, b1, through, "spectrumEncoder.0", need=False)
    return loss / n + 10 * numpy.abs(apart).mean()


def train():
    global step
    evaluate()
    step += 1
    numpy.multiply(first, 0.9, out=first)
    numpy.multiply(gradient, 0.1, out=scratch)
    numpy.add(first, scratch, out=first)
    numpy.multiply(second, 0.999, out=second)
    numpy.multiply(gradient, gradient, out=scratch)
    numpy.multiply(scratch, 0.001, out=scratch)
    numpy.add(second, scratch, out=second)
    numpy.sqrt(second, out=scratch)
    numpy.multiply(scratch, 1 / math.sqrt(1 - 0.999**step), out=scratch)
    numpy.add(scratch, 1e-8, out=scratch)
    numpy.divide(first, scratch, out=scratch)
    numpy.multiply(scratch, 1e-4 / (1 - 0.9**step), out=scratch)
    numpy.subtract(vector, scratch, out=vector)


serve(train, evaluate())
