using LatentSharp.Cpu.Memory;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>A tensor of the plan: a shape and where it is kept.</summary>
/// <param name="shape">Rows, columns, channels.</param>
/// <param name="storage">The memory.</param>
/// <param name="fromEnd">Bytes from the tensor's first pixel to the end of the storage.</param>
/// <param name="pixelStride">Floats from one pixel to the next: more than the channels where two tensors share the pixels of a
/// storage.</param>
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

    /// <summary>Part of the tensor: from a token (of a sequence) and a channel on.</summary>
    public PlanTensor Part(FeatureShape other, int firstToken, int firstChannel)
        => new(other, Storage, FromEnd - (long)firstToken * PixelStride * sizeof(float), PixelStride, ChannelOffset + firstChannel);

    /// <summary>Sums of each channel, gathered for a normalisation that follows; null when nobody asks.</summary>
    public ChannelSums? Sums { get; set; }

    /// <summary>The tensor in a run's arena.</summary>
    public FeatureView In(RunState run)
        => new(run.Arena + (nint)(Storage.Offset + Storage.Bytes - FromEnd) + ChannelOffset * sizeof(float), Shape.Height, Shape.Width,
            Shape.Channels, PixelStride);
}
