using LatentSharp.Autoencoders.Conversion;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;

namespace LatentSharp.Service.Converting;

/// <summary>Weights that are to be written as a safetensors file.</summary>
public sealed record ConvertRequest
{
    /// <summary>A weight file, a diffusers folder, or an autoencoder by name.</summary>
    public required string Input { get; init; }

    /// <summary>The safetensors file to write, or with diffusers names a folder.</summary>
    public required string Output { get; init; }

    /// <summary>The names of the tensors; null for those of the source where they are usual.</summary>
    public WeightNaming? Naming { get; init; }

    /// <summary>How the numbers are stored; null as in the source.</summary>
    public ElementType? Type { get; init; }

    /// <summary>What is kept; null for all that is there. The whole also puts a pair of files into one.</summary>
    public AutoencoderPart? Part { get; init; }

    /// <summary>The id of the family to write down, for a file that does not tell.</summary>
    public string? Family { get; init; }
}
