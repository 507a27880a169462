"""Pairs, noise and weights of the Dual-VAE's comparison, the same on all sides."""
import math

import numpy

from peer import uniform

SIDE, LENGTH, WIDTH = 16, 251, 256
ANGLE_PRIOR = math.log(math.pi / 2)


def layers():
    def dense(name, inputs, outputs):
        return [(name + ".weight", inputs, outputs, inputs), (name + ".bias", 1, outputs, inputs)]

    found = []
    for name, inputs, code in (("patchEncoder", SIDE * SIDE, 5), ("spectrumEncoder", LENGTH, 2)):
        found += dense(name + ".0", inputs, WIDTH) + dense(name + ".1", WIDTH, WIDTH)
        found += dense(name + ".mean", WIDTH, code) + dense(name + ".logSigma", WIDTH, code)
    found += [("alignment", 2, 2, 0)]
    found += dense("patchDecoder.coordinates", 2, WIDTH) + [("patchDecoder.latent.weight", 2, WIDTH, 2)]
    for name, inputs, outputs in (("patchDecoder", WIDTH, 1), ("spectrumDecoder", 2, LENGTH)):
        found += dense(name + ".0", inputs, WIDTH) + dense(name + ".1", WIDTH, WIDTH) + dense(name + ".output", WIDTH, outputs)
    return found


def start(n):
    """x1, x2, eps1, eps2, layers, all weights in one vector, and a function that names the parts of such a vector."""
    x1, x2 = 0.5 + 0.5 * uniform(0, n, SIDE * SIDE), 0.5 + 0.5 * uniform(1, n, LENGTH)
    eps1, eps2 = 1.7 * uniform(2, n, 5), 1.7 * uniform(3, n, 2)
    names = layers()
    parts = []
    for name, rows, columns, fan in names:
        seed = 6 if name.endswith(".bias") else 5
        parts.append(numpy.eye(rows).ravel() if fan == 0 else (fan**-0.5 * uniform(seed, rows * columns)))
    vector = numpy.concatenate(parts).astype(numpy.float32)

    def split(values):
        views, at = {}, 0
        for name, rows, columns, _ in names:
            view = values[at : at + rows * columns]
            views[name] = view if name.endswith(".bias") else view.reshape(rows, columns)
            at += rows * columns
        return views

    return x1.astype(numpy.float32), x2.astype(numpy.float32), eps1.astype(numpy.float32), eps2.astype(numpy.float32), names, vector, split


def grid():
    x, y = numpy.linspace(-1, 1, SIDE), numpy.linspace(1, -1, SIDE)
    return numpy.stack([numpy.repeat(x, SIDE), numpy.tile(y, SIDE)], axis=1).astype(numpy.float32)
