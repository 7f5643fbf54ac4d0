using System.Numerics;

namespace LatentSharp.Quality.Metrics;

/// <summary>
/// The discrete Fourier transform of a power-of-two length, in place, without normalisation: X[k] = sum x[n] exp(-2 pi i k n / N).
/// </summary>
internal sealed class FourierTransform
{
    private readonly Complex[] roots;

    public FourierTransform(int length)
    {
        if (!BitOperations.IsPow2(length)) throw new ArgumentException($"the length must be a power of two, not {length}", nameof(length));
        Length = length;
        roots = new Complex[length / 2];
        for (int i = 0; i < roots.Length; i++) roots[i] = Complex.FromPolarCoordinates(1, -2 * Math.PI * i / length);
    }

    public int Length { get; }

    public void Transform(Span<Complex> values)
    {
        int n = Length;
        for (int i = 1, j = 0; i < n; i++)
        {
            int bit = n >> 1;
            for (; (j & bit) != 0; bit >>= 1) j ^= bit;
            j ^= bit;
            if (i < j) (values[i], values[j]) = (values[j], values[i]);
        }
        for (int size = 2; size <= n; size <<= 1)
        {
            int half = size >> 1, stride = n / size;
            for (int start = 0; start < n; start += size)
                for (int k = 0; k < half; k++)
                {
                    Complex a = values[start + k], b = values[start + k + half], w = roots[k * stride];
                    // Written out: Complex.Multiply guards against overflow that cannot happen here.
                    Complex t = new(b.Real * w.Real - b.Imaginary * w.Imaginary, b.Real * w.Imaginary + b.Imaginary * w.Real);
                    values[start + k] = a + t;
                    values[start + k + half] = a - t;
                }
        }
    }

    /// <summary>The transform of a square of <see cref="Length"/> times <see cref="Length"/> values, row-major.</summary>
    public void TransformSquare(Complex[] values)
    {
        int n = Length;
        for (int y = 0; y < n; y++) Transform(values.AsSpan(y * n, n));
        Complex[] column = new Complex[n];
        for (int x = 0; x < n; x++)
        {
            for (int y = 0; y < n; y++) column[y] = values[y * n + x];
            Transform(column);
            for (int y = 0; y < n; y++) values[y * n + x] = column[y];
        }
    }
}
