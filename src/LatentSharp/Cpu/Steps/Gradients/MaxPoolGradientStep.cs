using System.Numerics;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Cpu.Steps.Gradients;

/// <summary>Every pixel asks the windows that it lies in whether it is the first of the largest there, so that rows stay apart.</summary>
internal sealed unsafe class MaxPoolGradientStep(MaxPoolGradient node) : RowStep(node.Name, "MaxPool gradient")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView gradient = Reads[0].In(run), source = Reads[1].In(run), result = Result.In(run);
        int size = node.Size, stride = node.Stride;
        for (int x = 0; x < result.Width; x++)
        {
            float* to = result.At(y, x), own = source.At(y, x);
            new Span<float>(to, result.Channels).Clear();
            for (int row = Math.Max(0, (y - size + stride) / stride); row <= y / stride && row < gradient.Height; row++)
                for (int column = Math.Max(0, (x - size + stride) / stride); column <= x / stride && column < gradient.Width; column++)
                    Add(to, own, gradient.At(row, column), source, row * stride, column * stride,
                        (y - row * stride) * size + x - column * stride);
        }
    }

    // What one window gives one of its pixels, the number "place" of it.
    private void Add(float* to, float* own, float* gradient, in FeatureView source, int top, int left, int place)
    {
        int size = node.Size, channels = source.Channels, c = 0;
        for (; c <= channels - Vector<float>.Count; c += Vector<float>.Count)
        {
            Vector<float> value = *(Vector<float>*)(own + c), given = *(Vector<float>*)(gradient + c);
            for (int i = 0; i < size * size; i++)
            {
                if (i == place) continue;
                Vector<float> other = *(Vector<float>*)(source.At(top + i / size, left + i % size) + c);
                Vector<int> isLess = i < place ? Vector.GreaterThan(value, other) : Vector.GreaterThanOrEqual(value, other);
                given = Vector.ConditionalSelect(isLess, given, Vector<float>.Zero);
            }
            *(Vector<float>*)(to + c) += given;
        }
        for (; c < channels; c++)
        {
            bool isFirst = true;
            for (int i = 0; i < size * size && isFirst; i++)
            {
                float other = source.At(top + i / size, left + i % size)[c];
                isFirst = i == place || (i < place ? own[c] > other : own[c] >= other);
            }
            if (isFirst) to[c] += gradient[c];
        }
    }
}
