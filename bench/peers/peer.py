"""Serves one work item to the comparison: each line read is a number of samples and of calls per sample, each line written their times as JSON."""
import json
import math
import sys
import time

import numpy
import scipy

PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def uniform(seed, *shape):
    """Values in [-1, 1) that the other side computes too: fractional parts of multiples of a square root of a prime."""
    count = math.prod(shape)
    values = (numpy.arange(1, count + 1, dtype=numpy.float64) * math.sqrt(PRIMES[seed])) % 1.0
    return (2 * values - 1).reshape(shape)


def serve(work, value, version=None):
    """work() is timed; value is a result that the other side must reach too, None where definitions differ; version names the side if it is not numpy with scipy."""
    work()
    print(json.dumps({"value": value if value is None else float(value), "version": version or f"numpy {numpy.__version__}, scipy {scipy.__version__}"}), flush=True)
    for line in sys.stdin:
        samples, calls = (int(word) for word in line.split())
        wall, cpu = [], []
        for _ in range(samples):
            cpu_start, start = time.process_time(), time.perf_counter()
            for _ in range(calls):
                work()
            wall.append((time.perf_counter() - start) / calls)
            cpu.append((time.process_time() - cpu_start) / calls)
        print(json.dumps({"wall": wall, "cpu": cpu}), flush=True)
