using System.Globalization;
using LatentSharp.Autoencoders.Tiling;

namespace LatentSharp;

/// <summary>
/// Pictures in overlapping tiles, each through the network by itself, blended where they overlap: as another program does it, to get
/// what that program gives. The result differs from the whole picture's, since every tile has its own statistics and its own attention.
/// It is no way to save memory; a <see cref="ComputeOptions.MemoryBudget"/> does that and leaves the picture as it is.
/// </summary>
/// <remarks>Only the KL autoencoders of Stable Diffusion and FLUX can be tiled, in <see cref="ComfyUI"/>'s way those without a patch.</remarks>
public sealed record BlendedTiling
{
    private BlendedTiling(TilingProgram program) => Program = program;

    /// <summary>
    /// <c>AutoencoderKL.enable_tiling()</c> of diffusers: tiles of the <c>sample_size</c> of the <c>config.json</c> beside the weights
    /// (1024 for FLUX, SD 3 and SDXL, 512 for SD 1 where there is none), a quarter of a tile shared, linear blending from the tile above
    /// and the one to the left. Used where the picture is larger than a tile.
    /// </summary>
    public static BlendedTiling Diffusers { get; } = new(TilingProgram.Diffusers);

    /// <summary>
    /// The nodes "VAE Encode (Tiled)" and "VAE Decode (Tiled)" of ComfyUI: the mean of three passes, with tiles of 512 pixels, with tiles
    /// twice as wide and half as high, and the reverse; 64 pixels shared. ComfyUI itself falls back to it when memory runs out, with 128
    /// pixels shared while it decodes.
    /// </summary>
    public static BlendedTiling ComfyUI { get; } = new(TilingProgram.ComfyUI);

    /// <summary>The side of a tile in pixels; null for the program's own.</summary>
    public int? TileSize { get; init; }

    /// <summary>Pixels that neighbouring tiles share; null for the program's own.</summary>
    public int? Overlap { get; init; }

    internal TilingProgram Program { get; }

    /// <summary>The same with the sizes that it has for an autoencoder.</summary>
    /// <param name="autoencoder">The autoencoder that is to be tiled.</param>
    /// <exception cref="LatentSharpException">It cannot be tiled in this way, or the sizes do not fit its grid.</exception>
    public BlendedTiling For(Autoencoder autoencoder)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        return TileSizes.Of(this, autoencoder) is var (tile, overlap) ? this with { TileSize = tile, Overlap = overlap } : this;
    }

    /// <summary>As in <c>diffusers, tiles of 1024 pixels, 256 shared</c>.</summary>
    public override string ToString()
    {
        string name = Program == TilingProgram.Diffusers ? "diffusers" : "comfyui";
        string tile = TileSize is { } size ? string.Create(CultureInfo.InvariantCulture, $", tiles of {size} pixels") : "";
        return name + tile + (Overlap is { } shared ? string.Create(CultureInfo.InvariantCulture, $", {shared} shared") : "");
    }
}
