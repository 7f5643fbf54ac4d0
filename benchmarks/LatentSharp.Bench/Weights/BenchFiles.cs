using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LatentSharp.Bench.Compare;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Bench.Weights;

/// <summary>The weights that a case needs.</summary>
internal enum BenchModel
{
    /// <summary>The full-size FLUX.1 autoencoder.</summary>
    Flux1,
    /// <summary>The decoder of the TAEF1 autoencoder.</summary>
    Taef1Decoder,
    /// <summary>The embedded autoencoder of the repository.</summary>
    Flux1Mini,
    /// <summary>Two linear layers of the FLUX.1 transformer, in BF16 as its files have them.</summary>
    TransformerLayers,
    /// <summary>A double and a single block of the FLUX.1 transformer, in BF16.</summary>
    FluxBlocks,
    /// <summary>A block of T5-XXL, in BF16.</summary>
    T5Block,
    /// <summary>CLIP-L's text encoder, in F16.</summary>
    ClipText,
}

/// <summary>
/// The weight files of the benchmarks, made by <see cref="WeightFormula"/> once and kept in <c>LATENTSHARP_BENCH_CACHE</c>, by default a
/// folder in the user's local application data. They are large and anyone can make them, so they are not in the repository.
/// </summary>
internal static class BenchFiles
{
    /// <summary>
    /// SHA-256 of the float32 values of all 244 FLUX.1 tensors in ordinal order of their names, made by an independent implementation of
    /// the formula.
    /// </summary>
    public const string Flux1Digest = "c12c1430a16e1ce96b6b9570598594735e54af45206603957bdaff5615882b39";

    /// <summary>The path of a model's file, which is made first if it is not there.</summary>
    /// <exception cref="BenchException">The values made are not the documented ones.</exception>
    public static string Ensure(BenchModel model)
    {
        if (model == BenchModel.Flux1Mini) return CopyEmbedded();
        FormulaWeights weights = Weights(model);
        // A folder for each model: the exported ONNX models stand beside their weights.
        string folder = Path.Combine(Root, weights.Name);
        string path = Path.Combine(folder, weights.Name + ".safetensors");
        if (File.Exists(path)) return path;
        Directory.CreateDirectory(folder);
        Console.WriteLine($"making {path}");
        string digest = Digest(weights);
        if (model == BenchModel.Flux1 && digest != Flux1Digest)
            throw new BenchException($"the weights made by formula have the digest {digest}, not {Flux1Digest}: this machine or build computes them wrongly");
        ElementType type = model switch
        {
            BenchModel.TransformerLayers or BenchModel.FluxBlocks or BenchModel.T5Block => ElementType.BF16,
            BenchModel.ClipText => ElementType.F16,
            _ => ElementType.F32,
        };
        SafetensorsWriter.Write(path, weights.Tensors.Values.Select(t => SafetensorsEntry.Convert(weights, t, t.Name, t.Shape, type)));
        return path;
    }

    // The exported model has to stand beside its weights, and the repository's folder is not the place for it.
    private static string CopyEmbedded()
    {
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(Root, "flux1-mini")).FullName, "flux1-mini.safetensors");
        File.Copy(Path.Combine(Repository.Root, "assets", "models", "flux1-mini.safetensors"), path, overwrite: true);
        return path;
    }

    /// <summary>The tensors of a formula's model, not yet in a file.</summary>
    public static FormulaWeights Weights(BenchModel model) => model switch
    {
        BenchModel.Flux1 => new FormulaWeights("flux1-formula", NetworkTensors.Flux1()),
        BenchModel.Taef1Decoder => new FormulaWeights("taef1-decoder-formula", NetworkTensors.Taef1Decoder()),
        BenchModel.TransformerLayers => new FormulaWeights("transformer-layers-formula", TransformerTensors.Layers()),
        BenchModel.FluxBlocks => new FormulaWeights("flux-blocks-formula", TransformerTensors.FluxBlocks()),
        BenchModel.T5Block => new FormulaWeights("t5-block-formula", TransformerTensors.T5Block()),
        BenchModel.ClipText => new FormulaWeights("clip-l-formula", TransformerTensors.ClipText()),
        _ => throw new ArgumentOutOfRangeException(nameof(model), model, "its weights are not made by formula"),
    };

    /// <summary>SHA-256 of all values in order, in hexadecimal.</summary>
    public static string Digest(FormulaWeights weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new float[1 << 18];
        foreach (TensorInfo tensor in weights.Tensors.Values)
            for (long first = 0; first < tensor.Shape.ElementCount; first += block.Length)
            {
                Span<float> values = block.AsSpan(0, (int)Math.Min(block.Length, tensor.Shape.ElementCount - first));
                weights.Read(tensor, first, values);
                hash.AppendData(MemoryMarshal.AsBytes(values));
            }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Root
    {
        get
        {
            if (Environment.GetEnvironmentVariable("LATENTSHARP_BENCH_CACHE") is { Length: > 0 } set) return set;
            string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify);
            return data.Length > 0 ? Path.Combine(data, "latentsharp", "bench") : Path.Combine(Path.GetTempPath(), "latentsharp-bench");
        }
    }
}
