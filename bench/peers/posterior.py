"""Mean and variance of a Gaussian process at M candidates from scratch: distances, RBF, L^-1 K; float32. Arguments: n M."""
import sys

import numpy
from scipy.linalg import blas

from peer import serve, uniform

n, count = (int(word) for word in sys.argv[1:3])
x = uniform(0, 2, n).astype(numpy.float32)
y = uniform(1, 2, count).astype(numpy.float32)
kernel = numpy.exp(-0.5 * ((x.astype(float)[:, :, None] - x.astype(float)[:, None, :]) ** 2).sum(axis=0) / 0.36)
factor = numpy.linalg.cholesky(kernel + 0.1 * numpy.eye(n)).astype(numpy.float32)
beta = uniform(2, n).astype(numpy.float32)
upper = numpy.asfortranarray(factor).T


def posterior():
    distance = (x[0][:, None] - y[0]) ** 2
    distance += (x[1][:, None] - y[1]) ** 2
    distance *= numpy.float32(-0.5 / 0.36)
    cross = numpy.exp(distance, out=distance)
    # cross is row-major: seen transposed, V^T = K^T L^-T is a triangular solve from the right, without a copy.
    whitened = blas.strsm(1.0, factor, cross.T, side=1, lower=1, trans_a=1, overwrite_b=1).T
    mean = beta @ whitened
    variance = numpy.maximum(1 - numpy.einsum("ij,ij->j", whitened, whitened), 1e-10)
    return mean, variance


serve(posterior, numpy.abs(posterior()[0]).max())
