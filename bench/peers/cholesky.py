"""Lower Cholesky factor of a covariance matrix in float64, in place on a fresh copy. Argument: n."""
import sys

import numpy
import scipy.linalg

from peer import serve

n = int(sys.argv[1])
index = numpy.arange(n)
matrix = numpy.asfortranarray(numpy.exp(-numpy.abs(index[:, None] - index[None, :]) / 5.0) + 0.5 * numpy.eye(n))
work = matrix.copy(order="F")


def factor():
    numpy.copyto(work, matrix)
    return scipy.linalg.cholesky(work, lower=True, overwrite_a=True, check_finite=False)


serve(factor, factor()[n - 1, n - 1])
