using System.Numerics;
using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Cpu.Steps.Gradients;

/// <summary>
/// The gradient of a group normalisation: sums of x, x^2, g and g x of every channel over each row in float64, then over the rows in their
/// order; from those of a group what every value needs.
/// </summary>
internal sealed unsafe class GroupNormGradientStep(GroupNormGradient node) : RowStep(node.Name, "GroupNorm gradient")
{
    private const int Sums = 4;

    private readonly int channels = node.Shape.Channels, size = node.Shape.Channels / node.Groups;

    // The sums of each row, then those of each channel, then for each channel the mean, 1 / deviation, mean of g, mean of g n / deviation
    // of its group.
    public override long SharedBytes(KernelSet kernels)
        => (long)(Result.Shape.Height + 1) * channels * Sums * sizeof(double) + Sums * channels * sizeof(float);

    public override void Run(RunState run)
    {
        run.Crew.For(Result.Shape.Height, (y, _) => Gather(run, y));
        double* rows = (double*)run.Shared, totals = rows + (nint)Result.Shape.Height * Sums * channels;
        float* facts = Facts(run);
        for (int i = 0; i < Sums * channels; i++)
        {
            totals[i] = 0;
            for (int y = 0; y < Result.Shape.Height; y++) totals[i] += rows[(nint)y * Sums * channels + i];
        }
        double count = (double)Result.Shape.Positions * size;
        for (int group = 0; group < node.Groups; group++)
        {
            double x = 0, squares = 0, g = 0, products = 0;
            for (int c = group * size; c < (group + 1) * size; c++)
            {
                x += totals[c];
                squares += totals[channels + c];
                g += totals[2 * channels + c];
                products += totals[3 * channels + c];
            }
            double mean = x / count, inverse = 1 / Math.Sqrt(Math.Max(0, squares / count - mean * mean) + node.Epsilon);
            for (int c = group * size; c < (group + 1) * size; c++)
                (facts[c], facts[channels + c], facts[2 * channels + c], facts[3 * channels + c]) =
                    ((float)mean, (float)inverse, (float)(g / count), (float)((products - mean * g) * inverse * inverse / count));
        }
        base.Run(run);
    }

    private float* Facts(RunState run) => (float*)((double*)run.Shared + (nint)(Result.Shape.Height + 1) * Sums * channels);

    protected override void Row(RunState run, int y)
    {
        FeatureView gradient = Reads[0].In(run), source = Reads[1].In(run), result = Result.In(run);
        float* mean = Facts(run), inverse = mean + channels, all = inverse + channels, along = all + channels;
        for (int x = 0; x < result.Width; x++)
        {
            float* g = gradient.At(y, x), from = source.At(y, x), to = result.At(y, x);
            int c = 0;
            for (; c <= channels - Vector<float>.Count; c += Vector<float>.Count)
                (Vector.Load(inverse + c) * (Vector.Load(g + c) - Vector.Load(all + c)
                    - (Vector.Load(from + c) - Vector.Load(mean + c)) * Vector.Load(along + c))).Store(to + c);
            for (; c < channels; c++) to[c] = inverse[c] * (g[c] - all[c] - (from[c] - mean[c]) * along[c]);
        }
    }

    private void Gather(RunState run, int y)
    {
        FeatureView gradient = Reads[0].In(run), source = Reads[1].In(run);
        double* sums = (double*)run.Shared + (nint)y * Sums * channels;
        new Span<double>(sums, Sums * channels).Clear();
        for (int x = 0; x < source.Width; x++)
        {
            float* g = gradient.At(y, x), from = source.At(y, x);
            WideSums.Add(sums, from, channels);
            WideSums.AddProducts(sums + channels, from, from, channels);
            WideSums.Add(sums + 2 * (nint)channels, g, channels);
            WideSums.AddProducts(sums + 3 * (nint)channels, g, from, channels);
        }
    }
}

/// <summary>The gradient of a normalisation of vectors of channels, the sums in float64.</summary>
internal sealed unsafe class VectorNormGradientStep(VectorNormGradient node) : PositionStep(node.Name, $"{node.Norm} norm gradient")
{
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView gradient = Reads[0].In(run), source = Reads[1].In(run), result = Result.In(run);
        for (int p = first; p < first + count; p++)
            for (int c = 0; c < result.Channels; c += node.Size) Vector(gradient.At(p) + c, source.At(p) + c, result.At(p) + c);
    }

    private void Vector(float* g, float* x, float* result)
    {
        int n = node.Size;
        double mean = 0, squares = 0, all = 0, along = 0;
        if (node.Norm == VectorNorm.Layer)
        {
            for (int c = 0; c < n; c++)
            {
                mean += x[c];
                all += g[c];
            }
            mean /= n;
            all /= n;
        }
        for (int c = 0; c < n; c++)
        {
            squares += (x[c] - mean) * (x[c] - mean);
            along += g[c] * (x[c] - mean);
        }
        double length = Math.Sqrt(squares);
        double inverse = node.Norm == VectorNorm.Length ? Math.Sqrt(n) / Math.Max(length, node.Epsilon)
            : 1 / Math.Sqrt(squares / n + node.Epsilon);
        along = node.Norm == VectorNorm.Length && length < node.Epsilon ? 0 : along * inverse / n;
        for (int c = 0; c < n; c++) result[c] = (float)(inverse * (g[c] - all - (x[c] - mean) * inverse * along));
    }
}
