using LatentSharp.Latents;

namespace LatentSharp;

/// <summary>A latent as read from a file, and how sure one can be about it.</summary>
/// <param name="Latent">The values, in diffusion space.</param>
/// <param name="Kind">Who wrote the file.</param>
/// <param name="SpaceIsStated">Whether the file or the caller named the space; false when it was guessed.</param>
/// <param name="Notes">What was assumed, converted or left out, one sentence each.</param>
public sealed record LatentFileContent(Latent Latent, LatentFileKind Kind, bool SpaceIsStated, IReadOnlyList<string> Notes)
{
    /// <summary>The name of the tensor that the values were read from.</summary>
    public string TensorName { get; init; } = LatentFile.TensorName;

    /// <summary>Whether the file has the values in another order, such as packed tokens, which <see cref="Notes"/> describe.</summary>
    public bool IsRearranged { get; init; }
}
