using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Service.Running;

/// <summary>
/// The inputs of a run as the references name and batch them: [items, tokens, channels] or [items, channels, rows, columns], or one item
/// without the first dimension.
/// </summary>
/// <param name="file">Where they are.</param>
internal sealed class NamedTensors(WeightSource file)
{
    public IEnumerable<string> Names => file.Tensors.Keys;

    public bool Has(string name) => file.Tensors.ContainsKey(name);

    /// <summary>Tokens of each item, the channels being known.</summary>
    public int Tokens(string name, int channels)
    {
        Shape shape = Info(name).Shape;
        // Numbers of tokens have no dimension for their one channel.
        int rank = channels == 1 && shape.Rank > 0 && shape[shape.Rank - 1] != 1 ? shape.Rank + 1 : shape.Rank;
        long last = rank > shape.Rank ? 1 : shape.Rank == 0 ? 0 : shape[shape.Rank - 1];
        if (rank is not (2 or 3) || last != channels || shape.ElementCount == 0)
            throw Refuse($"{name} has the shape {shape}; [items, tokens, {channels}] or [tokens, {channels}] was expected.");
        return checked((int)(rank > shape.Rank ? shape[shape.Rank - 1] : shape[shape.Rank - 2]));
    }

    /// <summary>Channels, rows and columns of each picture or latent.</summary>
    public (int Channels, int Height, int Width) Picture(string name)
    {
        Shape shape = Info(name).Shape;
        if (shape.Rank is not (3 or 4) || shape.ElementCount == 0 || shape.Dimensions.Any(d => d > 1 << 20))
            throw Refuse($"{name} has the shape {shape}; [items, channels, rows, columns] or [channels, rows, columns] was expected.");
        return ((int)shape[shape.Rank - 3], (int)shape[shape.Rank - 2], (int)shape[shape.Rank - 1]);
    }

    /// <summary>Refuses a picture or latent of another number of channels.</summary>
    public void RequireChannels(string name, int channels)
    {
        if (Picture(name).Channels is var found && found != channels)
            throw Refuse($"{name} has {found} channels; the network takes {channels}.");
    }

    /// <summary>The dimensions of a tensor.</summary>
    public long[] ShapeOf(string name) => [.. Info(name).Shape.Dimensions];

    /// <summary>An error about the file.</summary>
    public LatentSharpException Refuse(string what) => new(ErrorKind.BadInput, file.Name, what);

    /// <summary>How many items of <paramref name="count"/> values each there are.</summary>
    public int Items(string name, long count)
    {
        Shape shape = Info(name).Shape;
        return count > 0 && shape.ElementCount % count == 0 && shape.ElementCount > 0 ? checked((int)(shape.ElementCount / count))
            : throw Refuse($"{name} has the shape {shape}, which is no whole number of items of {count} values.");
    }

    /// <summary>All values; whole numbers become float32, which keeps them up to 16 million.</summary>
    public float[] Read(string name)
    {
        TensorInfo info = Info(name);
        int size = info.Type switch { ElementType.I64 => sizeof(long), ElementType.I32 => sizeof(int), _ => 0 };
        if (size == 0) return file.Read(info);
        var bytes = new byte[info.ByteLength];
        file.ReadBytes(info, 0, bytes);
        return [.. Enumerable.Range(0, (int)info.Shape.ElementCount)
            .Select(i => size == sizeof(long) ? (float)BitConverter.ToInt64(bytes, i * size) : BitConverter.ToInt32(bytes, i * size))];
    }

    private TensorInfo Info(string name) => file.Tensors.TryGetValue(name, out TensorInfo? info) ? info
        : throw Refuse($"the input {name} is missing; the file holds {string.Join(", ", file.Tensors.Keys.Take(12))}.");
}
