using LatentSharp.Weights;

namespace LatentSharp.Latents;

/// <summary>The space of a latent whose file does not name one.</summary>
internal static class LatentSpaceGuess
{
    /// <summary>
    /// The space asked for if the channels fit, else the one a clue points to, else the most common one with that number of channels.
    /// </summary>
    /// <param name="file">Named in errors.</param>
    /// <param name="channels">Channels of the latent.</param>
    /// <param name="asked">What the caller named.</param>
    /// <param name="clue">A space that something in the file points to, and what that was.</param>
    /// <param name="notes">Told what was assumed.</param>
    public static (LatentSpace Space, bool Stated) For(WeightSource file, int channels, LatentSpace? asked,
        (LatentSpace Space, string Reason)? clue, List<string> notes)
    {
        if (asked is not null)
        {
            if (asked.Channels == channels) return (asked, true);
            throw new LatentSharpException(ErrorKind.Mismatch, file.Name,
                $"the latent has {channels} channels; {asked.Title} needs {asked.Channels}.", Advice(channels));
        }
        if (clue is { } found && found.Space.Channels == channels)
        {
            notes.Add($"the file names no latent space; {found.Space.Title} was taken because of {found.Reason}");
            return (found.Space, false);
        }
        // Known lists the more common space first where several share a number of channels: flux1 before sd3, sd1 before sdxl.
        LatentSpace[] candidates = [.. LatentSpace.Known.Where(s => s.Channels == channels)];
        if (candidates.Length == 0)
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"the latent has {channels} channels and the file names no latent space; spaces with "
                    + $"{string.Join(", ", LatentSpace.Known.Select(s => s.Channels).Distinct().Order())} channels are known.",
                "[N, C, height, width] is read: see whether its axes are in another order, or decode it with the autoencoder that it belongs to.");
        string others = candidates.Length == 1 ? "" : $" (it could also be {string.Join(" or ", candidates.Skip(1).Select(s => s.Title))})";
        notes.Add($"the file names no latent space; {candidates[0].Title} was assumed for {channels} channels{others}");
        return (candidates[0], false);
    }

    private static string? Advice(int channels)
    {
        string[] fitting = [.. LatentSpace.Known.Where(s => s.Channels == channels).Select(s => s.Title)];
        return fitting.Length == 0 ? null : $"Use an autoencoder of {string.Join(" or ", fitting)}.";
    }
}
