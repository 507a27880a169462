"""scikit-image's filters of grooves: Gaussian, Hessian eigenvalues and sato at sigma 1, 2, 4; fewer planes than image_features.py. Argument: side."""
import sys

import skimage
from skimage.feature import hessian_matrix, hessian_matrix_eigvals
from skimage.filters import gaussian, sato

from image_features import waves
from peer import serve

image = waves(int(sys.argv[1]))


def work():
    for sigma in (1, 2, 4):
        gaussian(image, sigma)
        hessian_matrix_eigvals(hessian_matrix(image, sigma, order="rc"))
    sato(image, sigmas=(1, 2, 4))


serve(work, None, f"scikit-image {skimage.__version__}")
