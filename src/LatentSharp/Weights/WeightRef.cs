using LatentSharp.Tensors;

namespace LatentSharp.Weights;

/// <summary>
/// A tensor that a network has taken: where it is read from, and the shape the network sees (which may merge or add dimensions of size 1).
/// </summary>
/// <param name="Source">Where the values are.</param>
/// <param name="Info">The tensor as stored.</param>
/// <param name="Shape">The shape as used; the same number of elements in the same order.</param>
internal sealed record WeightRef(WeightSource Source, TensorInfo Info, Shape Shape)
{
    /// <summary>The name in the source.</summary>
    public string Name => Info.Name;

    /// <summary>What tells tensors apart: two sources may each have a tensor of one name.</summary>
    public (WeightSource Source, string Name) Key => (Source, Info.Name);

    /// <summary>The number of elements.</summary>
    public long ElementCount => Shape.ElementCount;

    /// <summary>All values, widened to float32.</summary>
    public float[] Read() => Source.Read(Info);

    /// <summary>Values from element <paramref name="first"/> on, widened to float32.</summary>
    public void Read(long first, Span<float> destination) => Source.Read(Info, first, destination);

    /// <summary>
    /// Copies stored bytes from <paramref name="offset"/> on, in the type that <see cref="Info"/> names: what a kernel needs that widens
    /// the elements itself. It is safe whatever happens to the file (an error of kind bad input when it was cut off), and costs one copy:
    /// read blocks of some 256 kB into a buffer of your own, so that they are still in the processor's cache when they are used.
    /// </summary>
    /// <param name="offset">The first byte, counted from the beginning of the tensor.</param>
    /// <param name="destination">Where the bytes go.</param>
    public void ReadBytes(long offset, Span<byte> destination) => Source.ReadBytes(Info, offset, destination);
}
