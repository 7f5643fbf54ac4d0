using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels;

/// <summary>
/// The arithmetic of attention: in which form keys and values of a head lie, a block of <see cref="AttentionBlocks.Keys"/> after the other,
/// and how a block of queries meets them. How the work is shared does not depend on it.
/// </summary>
internal abstract unsafe class AttentionKernels
{
    /// <summary>Bytes of scratch memory for each worker.</summary>
    /// <param name="keyChannels">Of queries and keys.</param>
    /// <param name="valueChannels">Of values and results.</param>
    public abstract nint Scratch(int keyChannels, int valueChannels);

    /// <summary>Bytes of a packed block of keys.</summary>
    public abstract nint KeyBytes(int channels);

    /// <summary>Bytes of a packed block of values.</summary>
    public abstract nint ValueBytes(int channels);

    /// <summary>Packs one block of keys, so that scores come out scaled. Keys past the end are zeros.</summary>
    /// <param name="keys">[tokens, channels].</param>
    /// <param name="block">Which.</param>
    /// <param name="scale">Of the scores.</param>
    /// <param name="packed">All blocks.</param>
    /// <param name="scratch">Of the worker.</param>
    public abstract void PackKeys(in FeatureView keys, int block, float scale, byte* packed, byte* scratch);

    /// <summary>Packs one block of values. Values past the end are zeros.</summary>
    /// <param name="values">[tokens, channels].</param>
    /// <param name="block">Which.</param>
    /// <param name="packed">All blocks.</param>
    /// <param name="scratch">Of the worker.</param>
    public abstract void PackValues(in FeatureView values, int block, byte* packed, byte* scratch);

    /// <summary>Computes the results of one block of queries; gives up half-way when cancelled.</summary>
    /// <param name="queries">[tokens, channels].</param>
    /// <param name="keys">The packed keys.</param>
    /// <param name="values">The packed values.</param>
    /// <param name="result">[tokens, channels].</param>
    /// <param name="mask">What is added to the scores, and which count.</param>
    /// <param name="unit">Which <see cref="AttentionBlocks.Queries"/>.</param>
    /// <param name="scratch">Of the worker.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public abstract void Attend(in FeatureView queries, byte* keys, byte* values, in FeatureView result, in AttentionMask mask, int unit,
        byte* scratch, CancellationToken cancellationToken);
}

/// <summary>Attention in float32.</summary>
internal sealed unsafe class FloatAttention<S, V> : AttentionKernels where S : ISimd<V> where V : unmanaged
{
    public override nint Scratch(int keyChannels, int valueChannels)
        => AttentionKernel<S, V>.Scratch(keyChannels, valueChannels) * sizeof(float);

    public override nint KeyBytes(int channels) => (nint)AttentionBlocks.Keys * channels * sizeof(float);

    public override nint ValueBytes(int channels) => KeyBytes(AttentionKernel<S, V>.PadChannels(channels));

    public override void PackKeys(in FeatureView keys, int block, float scale, byte* packed, byte* scratch)
        => AttentionPacking<S, V>.PackKeys(keys, block, scale, (float*)packed);

    public override void PackValues(in FeatureView values, int block, byte* packed, byte* scratch)
        => AttentionPacking<S, V>.PackValues(values, block, (float*)packed);

    public override void Attend(in FeatureView queries, byte* keys, byte* values, in FeatureView result, in AttentionMask mask, int unit,
        byte* scratch, CancellationToken cancellationToken)
        => AttentionKernel<S, V>.Run(queries, (float*)keys, (float*)values, result, mask, unit, (float*)scratch, cancellationToken);
}
