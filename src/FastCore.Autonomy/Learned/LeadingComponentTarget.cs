namespace FastCore.Autonomy.Learned;

/// <summary>
/// Score of each point on the first principal component: of the accepted spectra, or of the descriptors of every measured place. The component is the
/// leading eigenvector of the Gram matrix of the centred points, by power iteration; its sign makes the largest score positive.
/// </summary>
internal sealed class LeadingComponentTarget(bool structural) : LearnedTarget
{
    private const int Iterations = 200;
    private double[] features = [];
    private double[] gram = [];
    private double[] iterate = [];

    public override bool Takes(RunMemory memory, MeasuredPoint point) => structural || point.Accepted;

    public override double ValueOfNewcomer(RunMemory memory, MeasuredPoint point)
    {
        (int n, int d) = Size(memory);
        if (n < 2)
            return double.NaN;
        // Axis = sum_i (score_i / |scores|^2) * centred feature_i; the newcomer is projected on it.
        Span<double> scores = new double[n];
        Values(memory, scores);
        var newcomer = new double[d];
        if (structural)
            Descriptors(memory, point.Candidate, newcomer);
        else
            memory.Spectra.Transform(point.CurrentAmperes, newcomer);
        double squares = 0, result = 0;
        for (int i = 0; i < n; i++)
        {
            double dot = 0;
            for (int k = 0; k < d; k++)
                dot += features[(i * d) + k] * (newcomer[k] - features[(n * d) + k]);
            result += scores[i] * dot;
            squares += scores[i] * scores[i];
        }
        return squares > 0 ? result / squares : 0;
    }

    public override void Values(RunMemory memory, Span<double> values)
    {
        (int n, int d) = Size(memory);
        if (features.Length < (n + 1) * d)
        {
            features = new double[2 * (n + 1) * d];
            gram = new double[4 * (n + 1) * (n + 1)];
            iterate = new double[2 * (n + 1)];
        }
        Span<double> mean = features.AsSpan(n * d, d);
        mean.Clear();
        for (int i = 0; i < n; i++)
        {
            Span<double> row = features.AsSpan(i * d, d);
            if (structural)
                Descriptors(memory, memory.Structure.MeasuredAt(i), row);
            else
                memory.Spectra.Feature(i).CopyTo(row);
            for (int k = 0; k < d; k++)
                mean[k] += row[k] / n;
        }
        for (int i = 0; i < n; i++)
        {
            Span<double> row = features.AsSpan(i * d, d);
            for (int k = 0; k < d; k++)
                row[k] -= mean[k];
            for (int j = 0; j <= i; j++)
            {
                double dot = 0;
                ReadOnlySpan<double> earlier = features.AsSpan(j * d, d);
                for (int k = 0; k < d; k++)
                    dot += row[k] * earlier[k];
                gram[(i * n) + j] = gram[(j * n) + i] = dot;
            }
        }
        PowerIteration(n, values);
    }

    private void PowerIteration(int n, Span<double> values)
    {
        // The start is no eigenvector of anything in particular, and the same on every machine.
        for (int i = 0; i < n; i++)
            values[i] = Math.Sin(1 + i);
        double eigenvalue = 0;
        for (int pass = 0; pass < Iterations; pass++)
        {
            double norm = 0;
            for (int i = 0; i < n; i++)
            {
                double sum = 0;
                for (int j = 0; j < n; j++)
                    sum += gram[(i * n) + j] * values[j];
                iterate[i] = sum;
                norm += sum * sum;
            }
            norm = Math.Sqrt(norm);
            if (!(norm > 0))
            {
                values[..n].Clear();
                return;
            }
            for (int i = 0; i < n; i++)
                values[i] = iterate[i] / norm;
            if (Math.Abs(norm - eigenvalue) < 1e-12 * norm)
                break;
            eigenvalue = norm;
        }
        int largest = 0;
        for (int i = 1; i < n; i++)
        {
            if (Math.Abs(values[i]) > Math.Abs(values[largest]))
                largest = i;
        }
        double scale = Math.Sqrt(Math.Max(0, eigenvalue)) * Math.Sign(values[largest]);
        for (int i = 0; i < n; i++)
            values[i] *= scale;
    }

    private (int Points, int Features) Size(RunMemory memory) => structural
        ? (memory.Structure.Count, memory.Structure.Inputs.DescriptorCount)
        : (memory.Spectra.Count, memory.Spectra.Samples);

    private static void Descriptors(RunMemory memory, int candidate, Span<double> destination)
    {
        for (int k = 0; k < destination.Length; k++)
            destination[k] = memory.Structure.Inputs.Descriptors[(k * memory.Structure.Inputs.Count) + candidate];
    }
}
