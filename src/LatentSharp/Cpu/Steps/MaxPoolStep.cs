using System.Numerics;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>The largest value of each window.</summary>
internal sealed unsafe class MaxPoolStep(MaxPool node) : RowStep(node.Name, "MaxPool")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int x = 0; x < result.Width; x++)
        {
            var to = new Span<float>(result.At(y, x), result.Channels);
            for (int i = 0; i < node.Size * node.Size; i++)
            {
                var from = new ReadOnlySpan<float>(source.At(node.Stride * y + i / node.Size, node.Stride * x + i % node.Size), to.Length);
                if (i == 0) from.CopyTo(to);
                else Raise(to, from);
            }
        }
    }

    private static void Raise(Span<float> to, ReadOnlySpan<float> from)
    {
        int c = 0;
        for (; c <= to.Length - Vector<float>.Count; c += Vector<float>.Count)
            Vector.Max(new Vector<float>(to[c..]), new Vector<float>(from[c..])).CopyTo(to[c..]);
        for (; c < to.Length; c++) to[c] = Math.Max(to[c], from[c]);
    }
}
