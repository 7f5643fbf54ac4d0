using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>A piece of the arena that holds one tensor, or several one after the other, between the first step that writes it and the last that reads it.</summary>
internal sealed class Storage(long bytes, int first)
{
    /// <summary>Bytes, a multiple of 64.</summary>
    public long Bytes { get; private set; } = Align(bytes);

    /// <summary>The step that writes it first.</summary>
    public int First { get; } = first;

    /// <summary>The last step that uses it.</summary>
    public int Last { get; set; } = first;

    /// <summary>Where it begins in the arena.</summary>
    public long Offset { get; set; } = -1;

    /// <summary>Makes it larger at its beginning; what it holds stays at its end.</summary>
    public void Grow(long size) => Bytes = Math.Max(Bytes, Align(size));

    private static long Align(long bytes) => (bytes + 63) / 64 * 64;
}

/// <summary>A tensor of the plan: a shape and where it is kept.</summary>
/// <param name="shape">Rows, columns, channels.</param>
/// <param name="storage">The memory.</param>
/// <param name="fromEnd">Bytes from the tensor's first pixel to the end of the storage.</param>
/// <param name="pixelStride">Floats from one pixel to the next: more than the channels where two tensors share the pixels of a storage.</param>
/// <param name="channelOffset">The tensor's first channel within a pixel of the storage.</param>
internal sealed class PlanTensor(FeatureShape shape, Storage storage, long fromEnd, int pixelStride, int channelOffset)
{
    /// <summary>A tensor that has its storage to itself.</summary>
    public PlanTensor(FeatureShape shape, Storage storage) : this(shape, storage, storage.Bytes, shape.Channels, 0)
    {
    }

    public FeatureShape Shape { get; } = shape;

    public Storage Storage { get; } = storage;

    public long FromEnd { get; } = fromEnd;

    public int PixelStride { get; } = pixelStride;

    public int ChannelOffset { get; } = channelOffset;

    /// <summary>A tensor of another shape in the same pixels, or in part of them.</summary>
    public PlanTensor At(FeatureShape other, int firstChannel) => new(other, Storage, FromEnd, PixelStride, firstChannel);

    /// <summary>Sums of each channel, gathered for a normalisation that follows; null when nobody asks.</summary>
    public ChannelSums? Sums { get; set; }

    /// <summary>The tensor in a run's arena.</summary>
    public FeatureView In(RunState run)
        => new(run.Arena + (nint)(Storage.Offset + Storage.Bytes - FromEnd) + ChannelOffset * sizeof(float), Shape.Height, Shape.Width, Shape.Channels, PixelStride);
}

/// <summary>Sum and sum of squares of every channel of a tensor over all positions. The values belong to a run, not to the plan.</summary>
internal sealed class ChannelSums(int channels, int index)
{
    /// <summary>Channels.</summary>
    public int Channels { get; } = channels;

    /// <summary>Where a run keeps the values: sums of the channels, then of their squares.</summary>
    public double[] In(RunState run) => run.Sums[index] ??= new double[2 * Channels];
}
