"""Grains of domes by scikit-image: Gaussian, tops, watershed, region properties; no boundaries, grooves or junctions. Arguments: side, domes across."""
import sys

import numpy
import skimage
from skimage.feature import peak_local_max
from skimage.filters import gaussian
from skimage.measure import regionprops_table
from skimage.segmentation import watershed

from peer import serve, uniform

side, across = (int(word) for word in sys.argv[1:3])
cells = numpy.arange(across * across)
tops_row = (cells // across + 0.5 + 0.35 * uniform(0, len(cells))) * side / across
tops_column = (cells % across + 0.5 + 0.35 * uniform(1, len(cells))) * side / across
rows, columns = numpy.mgrid[0:side, 0:side]
nearest = numpy.full((side, side), numpy.inf)
for row, column in zip(tops_row, tops_column):
    numpy.minimum(nearest, (rows - row) ** 2 + (columns - column) ** 2, out=nearest)
heights = (-1e-10 * nearest + 1e-10 * uniform(2, side, side)).astype(numpy.float32) * numpy.float32(1e9)


def work():
    smooth = gaussian(heights, 1.5)
    markers = numpy.zeros(smooth.shape, numpy.int32)
    tops = peak_local_max(smooth, min_distance=4, exclude_border=False)
    markers[tuple(tops.T)] = 1 + numpy.arange(len(tops))
    labels = watershed(-smooth, markers)
    regionprops_table(labels, properties=("area", "centroid", "perimeter", "major_axis_length", "minor_axis_length"))


serve(work, None, f"scikit-image {skimage.__version__}")
