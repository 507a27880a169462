#!/usr/bin/env python3
"""Features of a 512 x 512 image with numpy and scipy.ndimage: the work of ImageFeatureBenchmarks.AllFeatures in float32, on one thread as scipy does it.

Prints one JSON object: milliseconds (median and quartiles) of each part and of all of them. Usage: image_features.py [repeats]
"""
import json
import sys
import time

import numpy as np
from scipy import ndimage

SIDE = 512
MODE = "mirror"


def make_image():
    i, j = np.mgrid[0:SIDE, 0:SIDE]
    noise = np.random.default_rng(1).random((SIDE, SIDE))
    return (np.sin(i * 0.21) + np.cos(j * 0.17 + i * 0.05) + 0.1 * noise).astype(np.float32)


def plane(h):
    u = np.linspace(-1, 1, SIDE)
    x, y = u[None, :], u[:, None]
    norm = (u * u).sum() * SIDE
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


def milliseconds(work, repeats):
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    q1, q2, q3 = np.percentile(times, [25, 50, 75])
    return {"median": round(q2, 3), "quartiles": [round(q1, 3), round(q3, 3)], "least": round(min(times), 3)}


def main():
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    image = make_image()
    parts = {
        "level_plane": lambda: plane(image),
        "gaussian_1": lambda: ndimage.gaussian_filter(image, 1, mode=MODE, truncate=4),
        "gaussian_4": lambda: ndimage.gaussian_filter(image, 4, mode=MODE, truncate=4),
        "hessian_1": lambda: hessian(image, 1),
        "hessian_4": lambda: hessian(image, 4),
        "structure_tensor": lambda: structure(image),
        "moments_16": lambda: moments(image),
        "min_max_16": lambda: extremes(image),
        "curvature": lambda: curvature(image),
        "all_features": lambda: everything(image),
    }
    result = {"image": [SIDE, SIDE], "repeats": repeats, "numpy": np.__version__}
    result["milliseconds"] = {name: milliseconds(work, repeats) for name, work in parts.items()}
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
