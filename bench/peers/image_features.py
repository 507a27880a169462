#!/usr/bin/env python3
"""Per-pixel features of a side x side image in float32, on one thread as scipy.ndimage does it: the planes of PixelFeatures. Argument: side."""
import sys

import numpy as np
from scipy import ndimage

from peer import serve, uniform

MODE = "mirror"


def waves(side):
    i, j = np.mgrid[0:side, 0:side]
    noise = uniform(1, side, side)
    return (np.sin(i * 0.21) + np.cos(j * 0.17 + i * 0.05) + 0.1 * noise).astype(np.float32)


def plane(h):
    u = np.linspace(-1, 1, len(h))
    x, y = u[None, :], u[:, None]
    norm = (u * u).sum() * len(h)
    h64 = h.astype(np.float64)
    return (h64 - h64.mean() - x * ((h64 * x).sum() / norm) - y * ((h64 * y).sum() / norm)).astype(np.float32)


def differences(h, axis):
    kernel = np.array([-0.5, 0, 0.5], dtype=np.float32)
    return ndimage.correlate1d(h, kernel, axis=axis, mode=MODE)


def hessian(h, sigma):
    s = ndimage.gaussian_filter(h, sigma, mode=MODE, truncate=4)
    second = np.array([1, -2, 1], dtype=np.float32)
    gx, gy = differences(s, 1), differences(s, 0)
    xx, yy = ndimage.correlate1d(s, second, axis=1, mode=MODE), ndimage.correlate1d(s, second, axis=0, mode=MODE)
    xy = differences(gx, 0)
    mean, half = 0.5 * (xx + yy), 0.5 * (xx - yy)
    root = np.sqrt(half * half + xy * xy)
    return sigma * sigma * (mean + root), sigma * sigma * (mean - root), sigma * np.sqrt(gx * gx + gy * gy)


def structure(h):
    gx, gy = differences(h, 1), differences(h, 0)
    xx, xy, yy = (ndimage.gaussian_filter(p, 2, mode=MODE, truncate=4) for p in (gx * gx, gx * gy, gy * gy))
    trace, half, cross = xx + yy, xx - yy, 2 * xy
    return 0.5 * np.arctan2(cross, half), np.sqrt(half * half + cross * cross) / np.maximum(trace, 1e-12)


def moments(h, size=16):
    h = h.astype(np.float64)
    e1, e2, e3, e4 = (ndimage.uniform_filter(p, size, mode=MODE) for p in (h, h * h, h * h * h, h * h * h * h))
    m2 = e2 - e1 * e1
    m3 = e3 - e1 * (3 * e2 - 2 * e1 * e1)
    m4 = e4 - e1 * (4 * e3 - e1 * (6 * e2 - 3 * e1 * e1))
    root = np.sqrt(np.maximum(m2, 1e-30))
    return e1, root, m3 / root**3, m4 / root**4, h - e1


def extremes(h, size=16):
    return ndimage.minimum_filter(h, size, mode=MODE), ndimage.maximum_filter(h, size, mode=MODE)


def curvature(h):
    ones, line, bow = (np.array(k, dtype=np.float32) for k in ([1, 1, 1, 1, 1], [-2, -1, 0, 1, 2], [2, -1, -2, -1, 2]))

    def fit(x, y, scale):
        return ndimage.correlate1d(ndimage.correlate1d(h, y, axis=0, mode=MODE), x, axis=1, mode=MODE) / np.float32(scale)

    b, c, d, f, e = fit(line, ones, 50), fit(ones, line, 50), fit(bow, ones, 70), fit(ones, bow, 70), fit(line, line, 100)
    w = 1 + b * b + c * c
    return ((1 + c * c) * d - b * c * e + (1 + b * b) * f) / (w * np.sqrt(w)), (4 * d * f - e * e) / (w * w)


def everything(h):
    level = plane(h)
    return [hessian(level, 1), hessian(level, 2), hessian(level, 4), structure(level), moments(level), extremes(level), curvature(level)]


if __name__ == "__main__":
    picture = waves(int(sys.argv[1]))
    serve(lambda: everything(picture), everything(picture)[2][0].max())
