using LatentSharp.Autoencoders.Opening;
using LatentSharp.Models;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tuning;

/// <summary>A weight file with trained tensors.</summary>
/// <param name="Path">The file.</param>
/// <param name="Changed">The stored names of the tensors that were trained.</param>
/// <param name="Unchanged">How many tensors are the same as before, to the byte.</param>
/// <param name="Notes">What differs from the file that it was made from, beside values.</param>
public sealed record TunedFile(string Path, IReadOnlyList<string> Changed, int Unchanged, IReadOnlyList<string> Notes)
{
    // They speak of the content as it was.
    private static readonly string[] OfOldContent = ["latentsharp.digest", "modelspec.hash_sha256", "sshs_model_hash", "sshs_legacy_hash"];

    /// <summary>Writes the file that an autoencoder was opened from with other values for some of its tensors.</summary>
    internal static TunedFile Write(Autoencoder original, IReadOnlyDictionary<string, float[]> values, string path,
        IReadOnlyDictionary<string, string> added, CancellationToken cancellationToken)
    {
        List<string> notes = [];
        using WeightFile? file = original.Path is null ? null : FileOf(original.Path, values.Keys);
        WeightSource source = file is ConfiguredWeights configured ? configured.Inner : file ?? original.Weights;
        if (source is WeightFile && System.IO.Path.GetFullPath(path) == System.IO.Path.GetFullPath(((WeightFile)source).Path))
            throw new LatentSharpException(ErrorKind.Usage, path, "the result would replace the file that it is made from.", "Give another name.");
        CanonicalWeights canonical = CanonicalWeights.From(source);
        Dictionary<string, float[]> changed = Stored(canonical, source, values);
        // The values are those of the scaled weights: a scale beside them would be applied twice.
        HashSet<string> scales = [.. changed.Keys.SelectMany(n => CompanionTensors.Beside(source, n))];
        TensorInfo[] kept = [.. source.Tensors.Values.Where(t => !scales.Contains(t.Name))];
        if (kept.All(t => source.Locate(t) is not null))
            kept = [.. kept.OrderBy(t => source.Locate(t)!.Path, StringComparer.Ordinal).ThenBy(t => source.Locate(t)!.Offset)];
        var widened = new Dictionary<string, string>();
        SafetensorsEntry[] entries = [.. kept.Select(Entry)];
        Dictionary<string, string> metadata = new(source.Metadata, StringComparer.Ordinal);
        foreach (string key in OfOldContent) metadata.Remove(key);
        foreach ((string key, string value) in original.IdentifyingMetadata) metadata.TryAdd(key, value);
        foreach ((string key, string value) in added) metadata[key] = value;
        if (source is WeightFile { Format: var format } && source is not SafetensorsFile)
            notes.Add($"the result is one safetensors file; {System.IO.Path.GetFileName(original.Path)} is {format}");
        if (widened.Count > 0)
            notes.Add($"{widened.Count} tensors were stored as {string.Join(", ", widened.Values.Distinct())}; they are bf16 in the result");
        if (scales.Count > 0) notes.Add($"{scales.Count} scales beside them are left out, for the values are those that they gave");
        AtomicFile.Write(path, stream => SafetensorsWriter.WriteInOrder(stream, entries, metadata, cancellationToken: cancellationToken));
        int same = RequireSame(path, source, [.. kept.Where(t => !changed.ContainsKey(t.Name) && !widened.ContainsKey(t.Name))]);
        return new TunedFile(path, [.. changed.Keys.Order(StringComparer.Ordinal)], same, notes);

        SafetensorsEntry Entry(TensorInfo tensor)
        {
            ElementType type = tensor.Type;
            bool isTrained = changed.TryGetValue(tensor.Name, out float[]? trained);
            // Safetensors has no blocks.
            if (type.BlockLength() > 1 || isTrained && !Holds(type))
            {
                widened[tensor.Name] = type.Name();
                type = ElementType.BF16;
            }
            if (!isTrained)
                return type == tensor.Type ? SafetensorsEntry.Copy(source, tensor, tensor.Name, tensor.Shape)
                    : SafetensorsEntry.Convert(source, tensor, tensor.Name, tensor.Shape, type);
            var memory = new MemoryWeights("trained weights");
            memory.Add(tensor.Name, trained!, tensor.Shape.Dimensions.AsSpan());
            return SafetensorsEntry.Convert(memory, memory.Tensors[tensor.Name], tensor.Name, tensor.Shape, type);
        }
    }

    // The file with all of the tensors: of a pair that of the half that was trained.
    private static WeightFile FileOf(string path, IEnumerable<string> names)
    {
        WeightFile file = WeightFiles.Open(path);
        try
        {
            CanonicalWeights canonical = CanonicalWeights.From(file);
            if (names.All(canonical.Tensors.ContainsKey)) return file;
            if (OtherHalf.Find(path, canonical) is { } other)
            {
                file.Dispose();
                file = WeightFiles.Open(other);
                if (names.All(CanonicalWeights.From(file).Tensors.ContainsKey)) return file;
            }
            throw new LatentSharpException(ErrorKind.BadInput, path, "encoder and decoder lie in two files, and both are to be trained.",
                "Make one file of them first, or train one half.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Refuses, before any work is done, what could not be written; says what will be stored in another type.</summary>
    internal static IReadOnlyList<string> Foresee(Autoencoder original, IEnumerable<string> names)
    {
        using WeightFile? file = original.Path is null ? null : FileOf(original.Path, names);
        WeightSource source = file is ConfiguredWeights configured ? configured.Inner : file ?? original.Weights;
        CanonicalWeights canonical = CanonicalWeights.From(source);
        ElementType[] narrow = [.. names.SelectMany(n => Places(canonical, source, n)).Select(p => p.Tensor.Type).Distinct().Except(
            [ElementType.F32, ElementType.F16, ElementType.BF16])];
        return narrow.Length == 0 ? []
            : [$"tensors that are trained are stored as {string.Join(", ", narrow.Select(t => t.Name()))}: they are widened to bf16"];
    }

    // Eight bits and less do not hold what a step changes.
    private static bool Holds(ElementType type) => type is ElementType.F32 or ElementType.F16 or ElementType.BF16;

    private static IEnumerable<(TensorInfo Tensor, WeightStretch Stretch)> Places(CanonicalWeights canonical, WeightSource source,
        string name)
    {
        foreach (WeightStretch stretch in canonical.Stretches(canonical.Tensors[name]))
            // With a scale beside it a tensor has another type in the view; then all of it is trained.
            yield return source.Tensors.TryGetValue(stretch.Tensor.Name, out TensorInfo? tensor) && tensor.Shape == stretch.Tensor.Shape
                && (tensor == stretch.Tensor || stretch.Count == tensor.Shape.ElementCount) ? (tensor, stretch)
                : throw new LatentSharpException(ErrorKind.BadInput, source.Name, $"{name} has no place of its own in the file.",
                    "Convert it to one safetensors file first, and train that.");
    }

    // Views rename, join and cut tensors; what is written are those of the file.
    private static Dictionary<string, float[]> Stored(CanonicalWeights canonical, WeightSource source,
        IReadOnlyDictionary<string, float[]> values)
    {
        var stored = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach ((string name, float[] trained) in values)
        {
            long at = 0;
            foreach ((TensorInfo tensor, WeightStretch stretch) in Places(canonical, source, name))
            {
                if (!stored.TryGetValue(tensor.Name, out float[]? whole)) stored[tensor.Name] = whole = source.Read(tensor);
                trained.AsSpan((int)at, (int)stretch.Count).CopyTo(whole.AsSpan((int)stretch.First));
                at += stretch.Count;
            }
        }
        return stored;
    }

    // What was not trained is proved to be the same; a file in which it is not must not stay.
    private static int RequireSame(string path, WeightSource source, TensorInfo[] tensors)
    {
        bool isSame;
        using (SafetensorsFile written = SafetensorsFile.Open(path))
            isSame = tensors.All(
                t => written.Tensors.TryGetValue(t.Name, out TensorInfo? found) && found.Type == t.Type && Same(written, found, t));
        if (isSame) return tensors.Length;
        File.Delete(path);
        throw new LatentSharpException(ErrorKind.Mismatch, path, "tensors that were not trained differ from those of the source. The file was removed.",
            "The disk or the memory of this machine may be faulty.");

        bool Same(SafetensorsFile written, TensorInfo found, TensorInfo tensor)
        {
            byte[] before = new byte[1 << 18], after = new byte[1 << 18];
            for (long offset = 0; offset < tensor.ByteLength; offset += before.Length)
            {
                int count = (int)Math.Min(before.Length, tensor.ByteLength - offset);
                source.ReadBytes(tensor, offset, before.AsSpan(0, count));
                written.ReadBytes(found, offset, after.AsSpan(0, count));
                if (!before.AsSpan(0, count).SequenceEqual(after.AsSpan(0, count))) return false;
            }
            return true;
        }
    }
}
