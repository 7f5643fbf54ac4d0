using System.Buffers;
using System.Runtime.InteropServices;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Graph.Onnx;

/// <summary>
/// Decides where the initialisers of a model are read from. A runtime accepts external data only from files in the model's own folder or below it, so a
/// tensor is used in place, by offset and length, when its file lies there and ONNX knows its element type; every other tensor is copied, as float32,
/// into one side file beside the model.
/// </summary>
internal sealed class OnnxWeightStore : IDisposable
{
    private const int Alignment = 4096; // whole pages, so that a runtime can map each tensor on its own

    private readonly string folder;
    private readonly string sidePath;
    private readonly string temporary;
    private readonly Dictionary<string, (ElementType, StoredRange)> copied = new(StringComparer.Ordinal);
    private FileStream? side;

    /// <summary>A store for the model at <paramref name="modelPath"/>.</summary>
    public OnnxWeightStore(string modelPath)
    {
        folder = Path.GetDirectoryName(modelPath)!;
        sidePath = modelPath + ".data";
        temporary = $"{sidePath}.{Environment.ProcessId}.tmp";
    }

    /// <summary>Tensors that are read from the weight file itself.</summary>
    public int InPlace { get; private set; }

    /// <summary>Tensors that had to be copied.</summary>
    public int Copied => copied.Count;

    /// <summary>Where a tensor's values lie and how they are stored there.</summary>
    public (ElementType Type, StoredRange Range) Place(WeightRef weight)
    {
        if (weight.Info.Type is ElementType.F32 or ElementType.F16 or ElementType.BF16 or ElementType.F64
            && weight.Source.Locate(weight.Info) is { } range && IsBelowModel(range))
        {
            InPlace++;
            return (weight.Info.Type, range);
        }
        if (!copied.TryGetValue(weight.Name, out (ElementType, StoredRange) place)) copied[weight.Name] = place = (ElementType.F32, Copy(weight));
        return place;
    }

    /// <summary>The location of a file as ONNX writes it: relative to the model, with forward slashes.</summary>
    public string Location(StoredRange range) => Path.GetRelativePath(folder, range.Path).Replace('\\', '/');

    /// <summary>Gives the side file its final name; a side file of an earlier model that is no longer needed is removed.</summary>
    public void Commit()
    {
        if (side is null)
        {
            File.Delete(sidePath);
            return;
        }
        side.Dispose();
        File.Move(temporary, sidePath, overwrite: true);
        side = null;
    }

    /// <summary>Removes an unfinished side file.</summary>
    public void Dispose()
    {
        if (side is null) return;
        side.Dispose();
        File.Delete(temporary);
    }

    // A link that leads out of the folder is refused by ONNX Runtime, so the file's true place counts.
    private bool IsBelowModel(StoredRange range)
    {
        var file = new FileInfo(range.Path);
        string path = file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName;
        string relative = Path.GetRelativePath(folder, path);
        return !Path.IsPathRooted(relative) && relative.Split(Path.DirectorySeparatorChar)[0] != "..";
    }

    private StoredRange Copy(WeightRef weight)
    {
        side ??= new FileStream(temporary, FileMode.Create, FileAccess.Write);
        side.Position = (side.Position + Alignment - 1) / Alignment * Alignment;
        long offset = side.Position;
        float[] block = ArrayPool<float>.Shared.Rent(1 << 16); // a multiple of every quantised block length
        try
        {
            const int Step = 1 << 16;
            for (long first = 0; first < weight.ElementCount; first += Step)
            {
                Span<float> values = block.AsSpan(0, (int)Math.Min(Step, weight.ElementCount - first));
                weight.Read(first, values);
                side.Write(MemoryMarshal.AsBytes(values));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(block);
        }
        return new StoredRange(sidePath, offset, weight.ElementCount * sizeof(float));
    }
}
