"""One point joins the posterior over M candidates: distances, RBF, new row of V, mean and variance; float32. Arguments: n M."""
import sys

import numpy

from peer import serve, uniform

n, count = (int(word) for word in sys.argv[1:3])
y = uniform(1, 2, count).astype(numpy.float32)
point = uniform(0, 2).astype(numpy.float32)
whitened = numpy.empty((n + 1, count), numpy.float32)
whitened[:] = 0.01 * uniform(3, n + 1, count)
row = uniform(4, n).astype(numpy.float32)
beta = uniform(2, n + 1).astype(numpy.float32)
variance = numpy.ones(count, numpy.float32)
mean = numpy.zeros(count, numpy.float32)


def append():
    distance = (point[0] - y[0]) ** 2 + (point[1] - y[1]) ** 2
    cross = numpy.exp(distance * numpy.float32(-0.5 / 0.36))
    new = (cross - row @ whitened[:n]) * numpy.float32(1 / 1.3)
    whitened[n] = new
    numpy.matmul(beta, whitened, out=mean)
    numpy.maximum(variance - new * new, numpy.float32(1e-10), out=variance)


append()
serve(append, numpy.abs(mean).max())
