using System.Collections.Immutable;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;

namespace LatentSharp.Tests.Extending;

/// <summary>max(x, 0) squared (So et al. 2021, "Primer"). Its result has the shape of its source.</summary>
internal sealed class SquaredReLU(string name, Node source) : Node(name, [source], source.Shape)
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    public override Node WithInputs(ImmutableArray<Node> inputs) => new SquaredReLU(Name, inputs[0]);

    public override Node Expand()
    {
        Node positive = Source.ReLU();
        return positive.Times(positive, Name);
    }
}

/// <summary>The same as a kernel.</summary>
internal static unsafe class SquaredReLUKernel<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>Writes <paramref name="count"/> values; source and destination may be the same.</summary>
    public static void Apply(float* source, float* destination, int count)
    {
        int whole = count - count % S.Lanes;
        for (int i = 0; i < whole; i += S.Lanes)
        {
            V positive = S.Max(S.Load(source + i), S.Zero);
            S.Store(destination + i, S.Multiply(positive, positive));
        }
        for (int i = whole; i < count; i++)
        {
            float positive = MathF.Max(source[i], 0);
            destination[i] = positive * positive;
        }
    }
}
