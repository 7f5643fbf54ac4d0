using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights;

namespace LatentSharp.Autoencoders.Families;

/// <summary>
/// The scale and shift that a file, or the configuration beside it, brings for its latents, where they are not those of the family.
/// </summary>
internal static class OwnConstants
{
    /// <summary>The family's space, with the file's own constants where it has some.</summary>
    /// <param name="family">The family that was detected.</param>
    /// <param name="candidates">The families that look like it.</param>
    /// <param name="weights">The tensors.</param>
    /// <param name="network">What they make.</param>
    /// <param name="config">The configuration beside them.</param>
    /// <param name="path">The file, for errors.</param>
    /// <returns>The space, and what was taken from where; null for the family's own constants or those that every file of the family
    /// brings.</returns>
    public static (LatentSpace Space, string? Note) Of(AutoencoderFamily family, AutoencoderFamily[] candidates, CanonicalWeights weights,
        AutoencoderHalves network, AutoencoderConfig? config, string path)
    {
        LatentSpace space = family.Space;
        if (family == AutoencoderFamily.Sana) return (DeepCompressionSpaces.Of(network, config), null);
        if (network.AlreadyScaled) return (space, null);       // the latents of tiny autoencoders are scaled already
        if (family == AutoencoderFamily.Flux2)
            return weights.Tensors.TryGetValue("bn.running_mean", out TensorInfo? mean)
                && weights.Tensors.TryGetValue("bn.running_var", out TensorInfo? variance)
                && mean.Shape.ElementCount == space.Channels && variance.Shape.ElementCount == space.Channels
                ? (space.WithStatistics(weights.Read(mean), weights.Read(variance)), null) : (space, null);
        if (family == AutoencoderFamily.Playground25 && weights.Constants.TryGetValue("edm_mean", out float[]? edmMean)
            && weights.Constants.TryGetValue("edm_std", out float[]? edmDeviation))
        {
            if (edmMean.Length != space.Channels || edmDeviation.Length != space.Channels || !edmMean.All(float.IsFinite)
                || !edmDeviation.All(d => float.IsFinite(d) && d > 0))
                throw new LatentSharpException(ErrorKind.BadInput, path,
                    $"edm_mean and edm_std are the mean and deviation of {space.Channels} channels: finite numbers, the deviations above 0. Found are "
                        + $"[{string.Join(", ", edmMean)}] and [{string.Join(", ", edmDeviation)}].");
            return (space with { Scale = [.. edmDeviation.Select(d => 0.5f / d)], Shift = [.. edmMean] },
                "scale and shift were taken from its tensors edm_mean and edm_std");
        }
        if (AutoencoderMetadata.ConstantsOf(weights.Metadata, space.Channels) is { } stated)
            return (space.WithConstants(stated.Scale, stated.Shift), "scale and shift were taken from its metadata");
        // A configuration that states another look-alike's constants speaks for that family and is weighed as evidence; one that states
        // none of them is a variant.
        if (config?.Constants(space.Channels) is { } own && !candidates.Any(f => config.States(f.Space)))
            return (space.WithConstants(own.Scale, own.Shift),
                $"scale and shift were taken from {Path.GetFileName(config.Path)}: scale {string.Join(", ", own.Scale)}, shift "
                    + $"{string.Join(", ", own.Shift)}; {space.Title} has {string.Join(", ", space.Scale)} and {string.Join(", ", space.Shift)}");
        return (space, null);
    }
}
