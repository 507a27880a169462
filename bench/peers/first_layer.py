"""The first layer over all 16 x 16 patches: numpy copies them in chunks into a reused buffer, then product, bias, tanh; float32. Arguments: side outputs."""
import sys

import numpy

from image_features import waves
from peer import serve, uniform

PATCH = 16
CHUNK = 2048

side, outputs = (int(word) for word in sys.argv[1:3])
image = waves(side)
weight = (uniform(5, PATCH * PATCH, outputs) / PATCH).astype(numpy.float32)
bias = (0.1 * uniform(6, outputs)).astype(numpy.float32)
# The windows of FastCore: mirrored at the frame, from eight pixels before the centre to seven after it.
padded = numpy.pad(image, (PATCH // 2, PATCH // 2 - 1), mode="reflect")
windows = numpy.lib.stride_tricks.sliding_window_view(padded, (PATCH, PATCH))
lines = CHUNK // side
patches = numpy.empty((lines, side, PATCH, PATCH), numpy.float32)
output = numpy.empty((side * side, outputs), numpy.float32)


def work():
    for row in range(0, side, lines):
        patches[:] = windows[row : row + lines]
        part = output[row * side : (row + lines) * side]
        numpy.matmul(patches.reshape(-1, PATCH * PATCH), weight, out=part)
        numpy.add(part, bias, out=part)
        numpy.tanh(part, out=part)


work()
serve(work, output[side // 2 * (side + 1)].max())
