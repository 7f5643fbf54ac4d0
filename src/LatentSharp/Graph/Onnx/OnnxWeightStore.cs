using System.Buffers;
using System.Runtime.InteropServices;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Graph.Onnx;

/// <summary>
/// Decides where the initialisers of a model are read from. A runtime accepts external data only from files in the model's own folder or
/// below it, so a tensor is used in place, by offset and length, when its file lies there and ONNX knows its element type; every other
/// tensor is copied, as float32, into one side file beside the model.
/// </summary>
internal sealed class OnnxWeightStore(string modelPath)
{
    private const int Alignment = 4096; // whole pages, so that a runtime can map each tensor on its own

    private readonly string folder = Path.GetDirectoryName(modelPath)!;
    private readonly HashSet<(WeightSource, string)> inPlace = [];
    private readonly Dictionary<(WeightSource, string), (WeightRef Weight, StoredRange Range)> copies = [];
    private long sideLength;

    /// <summary>The file for tensors that cannot be used in place.</summary>
    public string SidePath { get; } = modelPath + ".data";

    /// <summary>Tensors that are read from the weight file itself.</summary>
    public int InPlace => inPlace.Count;

    /// <summary>Tensors that have to be copied.</summary>
    public int Copied => copies.Count;

    /// <summary>Where a tensor's values lie, or will lie, and how they are stored there.</summary>
    public (ElementType Type, StoredRange Range) Place(WeightRef weight)
    {
        if (weight.Info.Type is ElementType.F32 or ElementType.F16 or ElementType.BF16 or ElementType.F64
            && weight.Source.Locate(weight.Info) is { } range && IsBelowModel(range))
        {
            inPlace.Add(weight.Key);
            return (weight.Info.Type, range);
        }
        if (!copies.TryGetValue(weight.Key, out (WeightRef, StoredRange Range) copy))
        {
            copies[weight.Key] = copy = (weight, new StoredRange(SidePath, sideLength, weight.ElementCount * sizeof(float)));
            sideLength = (sideLength + copy.Range.Length + Alignment - 1) / Alignment * Alignment;
        }
        return (ElementType.F32, copy.Range);
    }

    /// <summary>The location of a file as ONNX writes it: relative to the model, with forward slashes.</summary>
    public string Location(StoredRange range) => Path.GetRelativePath(folder, range.Path).Replace('\\', '/');

    /// <summary>Writes the tensors that have to be copied.</summary>
    public void WriteCopies(Stream side)
    {
        const int Step = 1 << 16; // elements at a time: a multiple of every quantised block length
        float[] block = ArrayPool<float>.Shared.Rent(Step);
        try
        {
            foreach ((WeightRef weight, StoredRange range) in copies.Values)
            {
                side.Position = range.Offset;
                for (long first = 0; first < weight.ElementCount; first += Step)
                {
                    Span<float> values = block.AsSpan(0, (int)Math.Min(Step, weight.ElementCount - first));
                    weight.Read(first, values);
                    side.Write(MemoryMarshal.AsBytes(values));
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(block);
        }
    }

    // A link that leads out of the folder is refused by ONNX Runtime, so the file's true place counts.
    private bool IsBelowModel(StoredRange range)
    {
        var file = new FileInfo(range.Path);
        string path = file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName;
        string relative = Path.GetRelativePath(folder, path);
        return !Path.IsPathRooted(relative) && relative.Split(Path.DirectorySeparatorChar)[0] != "..";
    }
}
