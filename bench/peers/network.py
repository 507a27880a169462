"""A dense ReLU network in float32 with the same start on both sides."""
import numpy

from peer import uniform


def widths(text):
    return [int(word) for word in text.split("-")]


def start(inputs, layers):
    """Weights and biases in one vector, layer by layer: U(+-1/sqrt(fan-in))."""
    flat, views, at = [], [], 0
    for outputs in layers:
        flat.append(inputs**-0.5 * uniform(5, inputs * outputs))
        flat.append(inputs**-0.5 * uniform(6, outputs))
        inputs = outputs
    vector = numpy.concatenate(flat).astype(numpy.float32)
    return vector


def split(vector, inputs, layers):
    views, at = [], 0
    for outputs in layers:
        weight = vector[at : at + inputs * outputs].reshape(inputs, outputs)
        at += inputs * outputs
        views.append((weight, vector[at : at + outputs]))
        at += outputs
        inputs = outputs
    return views


def forward(x, views):
    outputs = [x]
    for i, (weight, bias) in enumerate(views):
        y = outputs[-1] @ weight
        y += bias
        if i < len(views) - 1:
            numpy.maximum(y, 0, out=y)
        outputs.append(y)
    return outputs
