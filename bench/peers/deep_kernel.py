"""
One training cycle of a deep kernel: network (float32), features scaled to [-0.95, 0.95], RBF with one lengthscale per feature, likelihood and
gradients (float64), back through scaling and network, clipping, Adam. Arguments: inputs widths n, as in 64 1000-500-50-2 110.
"""
import math
import sys

import numpy
from scipy.linalg import lapack, solve_triangular

from network import forward, split, start, widths
from peer import serve, uniform

inputs, layers, n = int(sys.argv[1]), widths(sys.argv[2]), int(sys.argv[3])
features = layers[-1]
x = uniform(0, n, inputs).astype(numpy.float32)
targets = uniform(1, n)
vector = start(inputs, layers)
gradient = numpy.zeros_like(vector)
first, second, scratch = numpy.zeros_like(vector), numpy.zeros_like(vector), numpy.zeros_like(vector)
weights, slopes = split(vector, inputs, layers), split(gradient, inputs, layers)
raw, raw_first, raw_second = numpy.zeros(features + 3), numpy.zeros(features + 3), numpy.zeros(features + 3)
diagonal = numpy.arange(n)
triangle = numpy.asfortranarray(numpy.tril(numpy.ones((n, n))))
step = 0


def softplus(value):
    return numpy.log1p(numpy.exp(value))


def evaluate():
    outputs = forward(x, weights)
    z = outputs[-1]
    low, high = z.argmin(), z.argmax()
    least, spread = z.flat[low], z.flat[high] - z.flat[low]
    slope = numpy.float32(1.9) / spread
    scaled = ((z - least) * slope - numpy.float32(0.95)).astype(numpy.float64)
    lengthscale, scale = softplus(raw[:features]), softplus(raw[features])
    noise, mean = softplus(raw[features + 1]) + 1e-4, raw[features + 2]
    difference = [scaled[:, d, None] - scaled[:, d] for d in range(features)]
    squares = [part * part for part in difference]
    distance = sum(square * (-0.5 / length**2) for square, length in zip(squares, lengthscale))
    kernel = numpy.exp(distance, out=distance)
    kernel *= scale
    factor = kernel.copy()
    factor[diagonal, diagonal] += noise
    factor, failed = lapack.dpotrf(factor.T, lower=1, overwrite_a=1)
    if failed:
        raise ArithmeticError("not positive definite")
    beta = solve_triangular(factor, targets - mean, lower=True, check_finite=False)
    alpha = solve_triangular(factor, beta, lower=True, trans=1, check_finite=False)
    loss = 0.5 * (beta @ beta) + numpy.log(factor[diagonal, diagonal]).sum() + 0.5 * n * math.log(2 * math.pi)
    inverse, _ = lapack.dpotri(factor, lower=1)
    inverse *= triangle
    weight = inverse.T + inverse
    weight[diagonal, diagonal] *= 0.5
    weight -= alpha[:, None] * alpha
    weight *= 0.5 / n
    trace = weight[diagonal, diagonal].sum()
    weight *= kernel
    own = numpy.empty(features + 3)
    back = numpy.empty((n, features), numpy.float32)
    for d in range(features):
        own[d] = numpy.vdot(weight, squares[d]) / lengthscale[d] ** 3
        back[:, d] = numpy.einsum("ij,ij->i", weight, difference[d]) * (-2 / lengthscale[d] ** 2)
    own[features] = weight.sum() / scale
    own[features + 1] = trace
    own[features + 2] = -alpha.sum() / n
    own[: features + 2] /= 1 + numpy.exp(-raw[: features + 2])
    through = back * slope
    share = ((z - least) * back).sum() * slope / spread
    through.flat[low] += share - back.sum() * slope
    through.flat[high] -= share
    for i in range(len(layers) - 1, -1, -1):
        if i < len(layers) - 1:
            through *= outputs[i + 1] > 0
        numpy.matmul(outputs[i].T, through, out=slopes[i][0])
        numpy.sum(through, axis=0, out=slopes[i][1])
        if i > 0:
            through = through @ weights[i][0].T
    return loss / n, own


def adam(slope, first, second, values, rate, scratch):
    numpy.multiply(first, 0.9, out=first)
    numpy.multiply(slope, 0.1, out=scratch)
    first += scratch
    numpy.multiply(second, 0.999, out=second)
    numpy.multiply(slope, slope, out=scratch)
    scratch *= 0.001
    second += scratch
    numpy.sqrt(second, out=scratch)
    scratch *= 1 / math.sqrt(1 - 0.999**step)
    scratch += 1e-8
    numpy.divide(first, scratch, out=scratch)
    scratch *= rate / (1 - 0.9**step)
    values -= scratch


def cycle():
    global step
    loss, own = evaluate()
    step += 1
    norm = math.sqrt(numpy.dot(gradient, gradient))
    if norm > 1:
        numpy.multiply(gradient, 1 / norm, out=gradient)
    adam(gradient, first, second, vector, 1e-3, scratch)
    own *= min(1, 1 / max(numpy.linalg.norm(own), 1e-300))
    adam(own, raw_first, raw_second, raw, 1e-2, numpy.empty_like(own))
    return loss


serve(cycle, cycle())
