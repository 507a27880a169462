namespace FastCore.Microscopy.Photovoltaics;

/// <summary>A sum of squares, or a deviance that is nearly one, of a few parameters.</summary>
internal interface ICostFunction
{
    /// <summary>Number of parameters.</summary>
    int Count { get; }

    /// <summary>The cost at a point; not finite where the model has no value.</summary>
    /// <param name="parameters">The point.</param>
    /// <param name="gradient">Half the gradient; empty where no derivatives are wanted.</param>
    /// <param name="curvature">Half the expected Hessian, Count x Count, row-major, both triangles (J^T J of a sum of squares); empty with the gradient.</param>
    double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> curvature);
}
