using FastCore.Learning.Statistics;
using Xunit;

namespace FastCore.Learning.Tests.Statistics;

public sealed class PrincipalComponentRegressionTests
{
    [Fact]
    public void With_all_components_and_no_ridge_it_is_least_squares()
    {
        (double[] a, double[] b) = CanonicalCorrelationTests.Tables();
        double[] predicted = PrincipalComponentRegression.Fit(a, b, 40, ridge: 0).Predict([0.1, -0.2, 0.3]);
        // numpy.linalg.lstsq of the same tables with an intercept.
        double[] expected = [-0.1669275155592279, 0.0181790954797056, -0.12181870375127664, 0.18952637167564296];
        for (int j = 0; j < 4; j++)
            Assert.Equal(expected[j], predicted[j], 1e-10);
    }

    [Fact]
    public void The_error_at_points_left_out_tells_signal_from_none()
    {
        RandomStream random = RandomStream.Named(4, "regression");
        const int Count = 60;
        var inputs = new double[Count * 12];
        var follows = new double[Count * 5];
        var unrelated = new double[Count * 5];
        for (int i = 0; i < Count; i++)
        {
            double factor = random.NextNormal();
            for (int j = 0; j < 12; j++)
                inputs[(i * 12) + j] = (factor * (j - 5)) + random.NextNormal();
            for (int j = 0; j < 5; j++)
            {
                follows[(i * 5) + j] = 1e-9 * ((factor * (j + 1)) + (0.2 * random.NextNormal()));
                unrelated[(i * 5) + j] = random.NextNormal();
            }
        }
        Assert.InRange(PrincipalComponentRegression.RelativeError(inputs, follows, Count), 0.01, 0.3);
        Assert.InRange(PrincipalComponentRegression.RelativeError(inputs, unrelated, Count), 0.95, 1.3);
        Assert.True(double.IsNaN(PrincipalComponentRegression.RelativeError(inputs.AsSpan(0, 36), follows.AsSpan(0, 15), 3)));
        Assert.True(double.IsNaN(PrincipalComponentRegression.RelativeError(inputs, new double[Count], Count)));
    }
}
