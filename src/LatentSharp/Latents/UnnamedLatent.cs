using LatentSharp.Weights;

namespace LatentSharp.Latents;

/// <summary>How the values of a file relate to those that the diffusion model sees.</summary>
internal enum ValueScale
{
    /// <summary>They are those.</summary>
    Diffusion,
    /// <summary>They are the autoencoder's: scale and shift have still to be applied.</summary>
    Model,
    /// <summary>Nothing says which; the values have to tell.</summary>
    Unknown,
}

/// <summary>Makes a latent of values whose file does not name the space.</summary>
internal static class UnnamedLatent
{
    /// <summary>The latent in diffusion space, and whether the caller named its space.</summary>
    /// <param name="file">Named in errors.</param>
    /// <param name="tensor">The values.</param>
    /// <param name="options">The space that the caller expects, if any.</param>
    /// <param name="scale">How the values are kept.</param>
    /// <param name="notes">Told what was assumed and converted.</param>
    /// <param name="isPosterior">Whether it is known to be a whole posterior, whatever its values.</param>
    /// <exception cref="LatentSharpException">No space that is known has as many channels, or not the one that was asked for.</exception>
    public static (Latent Latent, bool Stated) Of(WeightSource file, LatentTensor tensor, LatentFileOptions options, ValueScale scale,
        List<string> notes, bool isPosterior = false)
    {
        float[]? variance = null;
        if (PosteriorHalves.Of(tensor, isPosterior) is { } halves)
        {
            notes.Add(halves.Note);
            (tensor, variance, scale) = (halves.Mean, halves.LogVariance, ValueScale.Model);
        }
        bool mayBeFlux2 = Flux2Unpacked.MayBe(tensor);
        if (mayBeFlux2 && (options.Space == LatentSpace.Flux2 || Flux2Unpacked.Is(tensor)))
            (tensor, scale) = (Flux2Unpacked.Pack(tensor, notes), ValueScale.Diffusion);
        else if (mayBeFlux2 && options.Space?.Channels is not (null or Flux2Unpacked.Channels))
            throw new LatentSharpException(ErrorKind.Mismatch, file.Name,
                $"the latent has {tensor.Channels} channels; {options.Space.Title} needs {options.Space.Channels}.", Flux2Unpacked.Undecided);
        else if (mayBeFlux2) notes.Add(Flux2Unpacked.Undecided);

        LatentSpace? likely = scale == ValueScale.Diffusion ? null : ByValues(tensor);
        (LatentSpace space, bool stated) = LatentSpaceGuess.For(file, tensor.Channels, options.Space,
            likely is null ? null : (likely, "what its values are like"), notes);
        if (scale == ValueScale.Unknown && IsUnscaled(tensor, space))
        {
            notes.Add($"by its values scale and shift of {space.Title} had not been applied; they were");
            scale = ValueScale.Model;
        }
        if (scale == ValueScale.Model) tensor = tensor.Scaled(space);
        return (new Latent(space, tensor.Values, tensor.Batch, tensor.Height, tensor.Width) { LogVariance = variance }, stated);
    }

    private static LatentSpace? ByValues(LatentTensor tensor)
        => Verdict(tensor) is { IsTrusted: true } verdict ? verdict.Best : null;

    private static bool IsUnscaled(LatentTensor tensor, LatentSpace space)
        => space.Patch == 1 && Verdict(tensor)?.Of(space) is { IsUnscaled: true };

    private static SpaceVerdict? Verdict(LatentTensor tensor)
        => LatentSpace.Known.FirstOrDefault(s => s.Channels == tensor.Channels) is { } any
            ? SpaceIdentification.Of(new Latent(any, tensor.Values, tensor.Batch, tensor.Height, tensor.Width)) : null;
}
