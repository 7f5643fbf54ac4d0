using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// A normalisation of rows, or of groups of their channels, whose statistics are found on the way: layer normalisation, root mean square.
/// </summary>
/// <param name="Kind">What the rows are brought to.</param>
/// <param name="Epsilon">Added to the variance or the mean of the squares.</param>
/// <param name="Channels">Channels that are normalised together.</param>
/// <param name="Weight">A scale for each of them, or null.</param>
/// <param name="Bias">An offset for each of them, or null.</param>
internal sealed record RowNormalisation(RowNorm Kind, float Epsilon, int Channels, WeightRef? Weight, WeightRef? Bias)
{
    /// <summary>Bytes of scales and offsets.</summary>
    public long Bytes => (Weight is null ? 0 : Padded) + (Bias is null ? 0 : Padded);

    private long Padded => Convolution.Align((long)Channels * sizeof(float));

    /// <summary>That of a node; null for null.</summary>
    public static RowNormalisation? Of(Node? node) => node switch
    {
        null => null,
        LayerNorm n => new(RowNorm.Layer, n.Epsilon, n.Shape.Channels, n.Weight, n.Bias),
        RmsNorm n => new(RowNorm.RootMeanSquare, n.Epsilon, n.GroupChannels, n.Weight, n.Bias),
        _ => throw new ArgumentException($"{node} is not a normalisation of rows", nameof(node)),
    };

    /// <summary>What to do with rows, scales and offsets being at <paramref name="memory"/>.</summary>
    public RowMap At(nint memory) => new(Kind, Epsilon, Weight is null ? 0 : memory, Bias is null ? 0 : memory + (nint)(Bytes - Padded));

    /// <summary>Reads scales and offsets to <paramref name="memory"/> and says what to do with rows.</summary>
    public unsafe RowMap Write(nint memory)
    {
        RowMap map = At(memory);
        Weight?.Read(0, new Span<float>((void*)map.Gain, Channels));
        Bias?.Read(0, new Span<float>((void*)map.Offset, Channels));
        return map;
    }
}
