using LatentSharp.Latents;

namespace LatentSharp.Service.Planning;

/// <summary>Sizes that FLUX.1 makes pictures of.</summary>
internal static class FluxSize
{
    /// <summary>Refuses a size whose sides are no multiples of 16.</summary>
    /// <exception cref="LatentSharpException">It is such.</exception>
    public static void Require(PixelSize size)
    {
        const int patch = LatentTokens.Pixels;
        if (size.Width % patch == 0 && size.Height % patch == 0) return;
        int Near(int side) => Math.Max(side / patch, 1) * patch;
        throw new LatentSharpException(ErrorKind.Usage, "size",
            $"FLUX.1 makes pictures whose sides are multiples of {patch}; this is {size.Width}x{size.Height}.",
            new Remedy(RemedyKind.GiveOption, $"Nearest is {Near(size.Width)}x{Near(size.Height)}", "size"));
    }
}
