using System.Numerics;
using LatentSharp.Latents;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Tests.Quality;

public sealed class LatentStatisticsTests
{
    [Fact]
    public void A_known_covariance_comes_back()
    {
        // Channel 0: N(1, 4); channel 1: half of channel 0 plus noise; channels 2, 3: unit normals.
        Random random = new(1);
        int n = 128 * 128;
        float[] values = new float[4 * n];
        for (int i = 0; i < n; i++)
        {
            double a = 1 + 2 * Normal(random);
            values[i] = (float)a;
            values[n + i] = (float)(0.5 * a + 0.1 * Normal(random));
            values[2 * n + i] = (float)Normal(random);
            values[3 * n + i] = (float)Normal(random);
        }
        LatentStatistics s = LatentStatistics.Of(new Latent(LatentSpace.Sd1, values, 1, 128, 128));
        // Standard error of a mean of 16384 values of deviation 2 is 0.016; five of them.
        Assert.Equal(1, s.Channels[0].Mean, 0.08);
        Assert.Equal(2, s.Channels[0].Deviation, 0.06);
        Assert.Equal(2, s.Covariance[0, 1], 0.15);
        Assert.Equal(0, s.Channels[2].KlToUnitNormal, 1e-3);
        Assert.Equal(0.5 * (1 + 4 - 1) - Math.Log(2), s.Channels[0].KlToUnitNormal, 0.15);
        Assert.Equal(1 - 2 * 1.6449, s.Channels[0].Quantiles[1], 0.15);
        // Eigenvalues are about 5.0, 0.008, 1, 1: (7.01)^2 / 27.
        Assert.Equal(1.82, s.EffectiveDimensions, 0.06);
    }

    [Fact]
    public void Non_finite_positions_are_counted_and_left_out()
    {
        LatentStatistics s =
            LatentStatistics.Of(new Latent(LatentSpace.Sd1, [float.NaN, 1, 2, 3, 4, 5, float.PositiveInfinity, 7], 1, 1, 2));
        Assert.Equal(2, s.NonFinite);
        Assert.Equal(1, s.Positions);
    }

    [Fact]
    public void Moments_are_those_of_the_statistics()
    {
        var random = new Random(5);
        float[] values = [.. Enumerable.Range(0, 2 * 4 * 6).Select(i => i / 6 % 4 == 2 ? 0.25f : (float)Normal(random))];
        var latent = new Latent(LatentSpace.Sd1, values, 2, 2, 3);
        LatentMoments moments = LatentMoments.Of(latent);
        Assert.Equal(0, moments.NonFinite);
        // The same sums in another order.
        Assert.Equal(LatentStatistics.Of(latent).Rms, moments.Rms, 1e-12);
        Assert.Equal(2, Assert.Single(moments.Constant));
        (values[0], values[40]) = (float.NaN, float.NegativeInfinity);
        Assert.Equal(2, LatentMoments.Of(latent).NonFinite);
    }

    [Theory]
    [InlineData(1, 1100, 1000)]
    [InlineData(1, 1, 3_000_000)]
    [InlineData(1, 3_000_000, 1)]
    [InlineData(300_000, 2, 3)]
    public void Of_a_very_large_latent_a_part_is_judged(int batch, int height, int width)
    {
        var latent = new Latent(LatentSpace.Sd1, new float[(long)batch * 4 * height * width], batch, height, width);
        for (int i = 0; i < latent.Values.Length; i++) latent.Values[i] = i % 8191;
        Latent part = LatentSample.Of(latent);
        Assert.InRange((long)part.Batch * part.Height * part.Width, 1, 1 << 20);
        Assert.InRange(part.Batch, 1, 1 << 12);
        // The middle of each plane.
        Assert.Equal(latent.Plane(0, 3)[(height - part.Height) / 2 * width + (width - part.Width) / 2], part.Plane(0, 3)[0]);
        int last = ((height - part.Height) / 2 + part.Height - 1) * width + (width - part.Width) / 2 + part.Width - 1;
        Assert.Equal(latent.Plane(part.Batch - 1, 1)[last], part.Plane(part.Batch - 1, 1)[^1]);
        var small = new Latent(LatentSpace.Sd1, new float[4 * 64 * 64], 1, 64, 64);
        Assert.Same(small, LatentSample.Of(small));
    }

    [Fact]
    public void Eigenvalues_of_a_rotated_diagonal_are_the_diagonal()
    {
        double c = Math.Cos(0.3), t = Math.Sin(0.3);
        double[,] m = { { 5 * c * c + 2 * t * t, 3 * c * t, 0 }, { 3 * c * t, 5 * t * t + 2 * c * c, 0 }, { 0, 0, 7 } };
        double[] values = SymmetricEigen.Values(m);
        Assert.Equal([7, 5, 2], values.Select(v => Math.Round(v, 12)));
    }

    [Fact]
    public void The_transform_agrees_with_its_definition()
    {
        Random random = new(2);
        Complex[] x = [.. Enumerable.Range(0, 32).Select(_ => new Complex(random.NextDouble(), random.NextDouble()))];
        Complex[] fast = [.. x];
        new FourierTransform(32).Transform(fast);
        for (int k = 0; k < 32; k++)
        {
            Complex slow = Complex.Zero;
            for (int n = 0; n < 32; n++) slow += x[n] * Complex.FromPolarCoordinates(1, -2 * Math.PI * k * n / 32);
            Assert.True(Complex.Abs(slow - fast[k]) < 1e-12);
        }
    }

    private static double Normal(Random r) => Math.Sqrt(-2 * Math.Log(1 - r.NextDouble())) * Math.Cos(2 * Math.PI * r.NextDouble());
}
