"""c = a b in float32. Arguments: m n k."""
import sys

import numpy

from peer import serve, uniform

m, n, k = (int(word) for word in sys.argv[1:4])
a = uniform(0, m, k).astype(numpy.float32)
b = uniform(1, k, n).astype(numpy.float32)
c = numpy.empty((m, n), numpy.float32)
serve(lambda: numpy.matmul(a, b, out=c), numpy.abs(a @ b).max())
