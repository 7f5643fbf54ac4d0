using LatentSharp.Tensors;

namespace LatentSharp.Weights.Views;

/// <summary>
/// One tensor with outputs and inputs changed round and the kernel turned by half a turn: [out, in / groups, taps] becomes
/// [in, out / groups, taps backwards]. A convolution or a linear layer with it carries gradients from results to inputs. It is made while
/// it is read, so it follows weights that change.
/// </summary>
internal sealed class TurnedWeights : WeightView
{
    private readonly WeightRef weight;
    private readonly int firstRow, inner, outer, taps;

    /// <param name="weight">[out, in / groups, ...].</param>
    /// <param name="groups">Groups of channels that do not mix.</param>
    /// <param name="firstRow">The first of the outputs that are used.</param>
    /// <param name="rows">How many outputs are used; they divide into the groups.</param>
    public TurnedWeights(WeightRef weight, int groups, int firstRow, int rows)
        : base((weight ?? throw new ArgumentNullException(nameof(weight))).Source.Name, weight.Source.Metadata)
    {
        (this.weight, this.firstRow, inner, outer) = (weight, firstRow, checked((int)weight.Shape[1]), rows / groups);
        taps = checked((int)(weight.ElementCount / weight.Shape[0] / inner));
        long[] kernel = [.. weight.Shape.Dimensions.Skip(2)];
        var shape = new Shape([(long)inner * groups, outer, .. kernel]);
        var info = new TensorInfo(weight.Name, ElementType.F32, shape);
        List(info);
        Ref = new WeightRef(this, info, shape);
    }

    /// <summary>The turned tensor.</summary>
    public WeightRef Ref { get; }

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        Find(tensor, first, destination.Length);
        if (destination.IsEmpty) return;
        int size = outer * taps, last = (int)((first + destination.Length - 1) / size);
        // Of every stored row one run of inputs is read at a time; a run stays in its group.
        var run = new float[inner * taps];
        for (int input = (int)(first / size); input <= last;)
        {
            int group = input / inner, count = Math.Min(last + 1, (group + 1) * inner) - input;
            for (int o = 0; o < outer; o++)
            {
                long row = firstRow + (long)group * outer + o;
                ReadAnywhere(weight.Source, weight.Info, (row * inner + input % inner) * taps, run.AsSpan(0, count * taps));
                for (int i = 0; i < count; i++)
                    for (int t = 0; t < taps; t++)
                    {
                        long at = (long)(input + i) * size + o * taps + (taps - 1 - t) - first;
                        if (at >= 0 && at < destination.Length) destination[(int)at] = run[i * taps + t];
                    }
            }
            input += count;
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination) => BytesOf(Find(tensor), offset, destination);
}
