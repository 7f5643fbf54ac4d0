using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Latents;

/// <summary>
/// Latents in files that hold one array and say nothing about it: an array of NumPy, a tensor saved by itself with torch.save, or one
/// under a word that programs use for latents. Which space they are of, and whether scale and shift were applied, is told by their values.
/// </summary>
internal static class ArrayLatent
{
    private const string Posterior = "moments";

    // numpy.savez without names, ComfyUI's dictionary, OneTrainer's cache, MAR's posterior, scripts.
    private static readonly string[] Words = [NumpyFile.Single, "tensor", "arr_0", "samples", "latents", "latent_image", Posterior, "z"];

    /// <summary>The tensor that is taken for a latent; null where there is none, or a choice.</summary>
    public static TensorInfo? Find(WeightSource file)
    {
        if (file is not (NumpyFile or TorchFile) && !file.Tensors.ContainsKey("latents")) return null;
        TensorInfo[] found = [.. Words.Where(file.Tensors.ContainsKey).Select(w => file.Tensors[w]).Where(IsLatent)];
        return found.Length == 1 ? found[0] : null;
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="LatentSharpException">It holds nothing, values that are not finite, or its axes cannot be told.</exception>
    public static LatentFileContent Read(WeightSource file, TensorInfo tensor, LatentFileOptions options)
    {
        List<string> notes = [];
        LatentTensor values = LatentTensor.Read(file, tensor, options, notes);
        (Latent latent, bool stated) = UnnamedLatent.Of(file, values, options, ValueScale.Unknown, notes,
            tensor.Name == Posterior);
        return new LatentFileContent(latent, LatentFileKind.Array, stated, notes) { TensorName = tensor.Name, IsRearranged = true };
    }

    // Weights of convolutions have four axes too, but are not called so.
    private static bool IsLatent(TensorInfo tensor) => tensor.Type.IsFloat() && tensor.Shape.Rank is >= 3 and <= 5;
}
