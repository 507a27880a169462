using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Learning.GaussianProcess;

/// <summary>Chooses the executor of a backend by element type, so that models can be generic.</summary>
internal static class ExecutorFactory
{
    /// <summary>An executor of <paramref name="backend"/> for elements <typeparamref name="T"/> over the planned arena.</summary>
    /// <exception cref="NotSupportedException">Another element type than float or double.</exception>
    public static IExecutor<T> Create<T>(ExecutionBackend backend, ArenaLayout layout)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(backend);
        if (typeof(T) == typeof(double))
            return (IExecutor<T>)backend.CreateDouble(layout);
        if (typeof(T) == typeof(float))
            return (IExecutor<T>)backend.CreateSingle(layout);
        throw new NotSupportedException($"Models compute in float or double, not in {typeof(T).Name}.");
    }
}
