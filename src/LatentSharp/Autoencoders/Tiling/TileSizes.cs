using System.Globalization;

namespace LatentSharp.Autoencoders.Tiling;

/// <summary>The sizes of tiles, as the programs have them for each family.</summary>
/// <param name="Tile">The side of a tile in pixels.</param>
/// <param name="Overlap">Pixels that neighbours share.</param>
internal readonly record struct TileSizes(int Tile, int Overlap)
{
    // Nodes of ComfyUI have these, whatever the autoencoder.
    private const int ComfyTile = 512, ComfyOverlap = 64;

    /// <summary>What a tiling means for an autoencoder.</summary>
    /// <exception cref="LatentSharpException">It cannot be tiled in this way, or the sizes do not fit its grid.</exception>
    public static TileSizes Of(BlendedTiling tiling, Autoencoder autoencoder)
    {
        bool diffusers = tiling.Program == TilingProgram.Diffusers;
        string program = diffusers ? "diffusers" : "ComfyUI";
        if (!autoencoder.IsKL || (!diffusers && autoencoder.Space.Patch > 1))
            throw new LatentSharpException(ErrorKind.Usage, autoencoder.Name,
                $"{autoencoder.Family.Title} is not tiled as {program} does it: that is known here for the KL autoencoders of "
                    + (diffusers ? "Stable Diffusion and FLUX" : "Stable Diffusion and FLUX.1") + " only.",
                new Remedy(RemedyKind.GiveOption, "Leave tiling out: the picture is then computed whole, within any memory budget.", "tiling"));
        int tile = tiling.TileSize ?? (diffusers ? SampleSize(autoencoder) : ComfyTile);
        int overlap = tiling.Overlap ?? (diffusers ? tile / 4 : ComfyOverlap);

        // diffusers cuts off fractions of positions where the grid does not divide them, and its tiles then no longer fit one another.
        int grid = autoencoder.Space.Factor * (diffusers ? 1 : 2), most = diffusers ? tile / 2 : tile / 4;
        if (tile < 2 * grid || tile % grid != 0) throw Refused("tile-size", tile, $"a multiple of {grid} is expected, at least {2 * grid}");
        if (overlap < 0 || overlap > most || overlap % autoencoder.Space.Factor != 0)
            throw Refused("tile-overlap", overlap, $"a multiple of {autoencoder.Space.Factor} is expected, at most {most} for tiles of {tile}");
        return new TileSizes(tile, overlap);

        LatentSharpException Refused(string option, int size, string expected)
            => new(ErrorKind.Usage, autoencoder.Name,
                string.Create(CultureInfo.InvariantCulture, $"tiling as {program} does it, {option} {size}: {expected}."),
                new Remedy(RemedyKind.GiveOption, "Give another size in pixels.", option));
    }

    private static int SampleSize(Autoencoder autoencoder)
    {
        if (autoencoder.SampleSize is { } configured) return configured;
        AutoencoderFamily family = autoencoder.Family;
        if (family == AutoencoderFamily.Sd1) return 512;
        if (family == AutoencoderFamily.Flux1 || family == AutoencoderFamily.Flux2 || family == AutoencoderFamily.Sd3
            || family == AutoencoderFamily.Sdxl) return 1024;
        throw new LatentSharpException(ErrorKind.Usage, autoencoder.Name,
            $"diffusers' tiles are as large as sample_size in config.json says; there is none beside it, and none is known for {family.Title}.",
            new Remedy(RemedyKind.GiveOption, "Say how large a tile is, in pixels.", "tile-size"));
    }
}
