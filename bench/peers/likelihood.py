"""Loss of a Gaussian process per point and its gradient by lengthscale, output scale, noise and mean; RBF, float32. Argument: n."""
import math
import sys

import numpy
from scipy.linalg import lapack, solve_triangular

from peer import serve, uniform

n = int(sys.argv[1])
x = uniform(0, 2, n).astype(numpy.float32)
targets = numpy.sin(2 * x[0]) + numpy.float32(0.3) * uniform(1, n).astype(numpy.float32)
unscaled = ((x[:, :, None] - x[:, None, :]) ** 2).sum(axis=0)
lengthscale, scale, noise = numpy.float32(0.6), numpy.float32(1.2), numpy.float32(0.1)
diagonal = numpy.arange(n)
# Only one triangle of the inverse is filled; double weight beside the diagonal stands for both.
halves = ((numpy.triu(numpy.full((n, n), 2.0), 1) + numpy.eye(n)) * 0.5 / n).astype(numpy.float32)


def evaluate():
    kernel = numpy.exp(unscaled * numpy.float32(-0.5 / lengthscale**2))
    kernel *= scale
    factor = kernel.copy()
    factor[diagonal, diagonal] += noise
    factor, _ = lapack.spotrf(factor.T, lower=1, overwrite_a=1)
    beta = solve_triangular(factor, targets, lower=True, check_finite=False)
    alpha = solve_triangular(factor, beta, lower=True, trans=1, check_finite=False)
    loss = 0.5 * (beta @ beta) + numpy.log(factor[diagonal, diagonal]).sum() + 0.5 * n * math.log(2 * math.pi)
    inverse, _ = lapack.spotri(factor, lower=1)
    inverse -= alpha[:, None] * alpha
    trace = inverse[diagonal, diagonal].sum() * 0.5 / n
    weight = numpy.multiply(inverse.T, halves, out=inverse.T)
    weight *= kernel
    gradient = ((weight * unscaled).sum() / lengthscale**3, weight.sum() / scale, trace, -alpha.sum() / n)
    return loss / n, gradient


serve(evaluate, evaluate()[0])
