using System.Collections.Immutable;
using LatentSharp.Latents;
using LatentSharp.Quality.Metrics;
using static LatentSharp.Quality.Metrics.Figures;

namespace LatentSharp.Quality.Findings;

/// <summary>What a latent shows by itself: values that are none, the language of another space, a scale that was forgotten.</summary>
internal static class LatentFindings
{
    // Relative error of encode(decode(z)) from which z is no latent that the autoencoder's encoder could have written.
    private const double CycleError = 0.8;

    public static IEnumerable<Finding> Of(Latent latent, LatentSpace? modelSpace, Autoencoder? autoencoder,
        ComputeOptions? compute, CancellationToken cancellationToken)
    {
        LatentMoments moments = LatentMoments.Of(latent);
        if (moments.NonFinite > 0)
        {
            yield return new Finding(FindingKind.NonFinite, 100, 1,
                F($"{moments.NonFinite} of {latent.Values.Length} values of the latent are NaN or infinite."), FindingOrigin.Diffusion,
                "The autoencoder cannot repair this: look for half-precision overflow in the diffusion model or a damaged file.");
            yield break;
        }
        LatentSpace wanted = modelSpace ?? latent.Space;
        if (latent.Channels != wanted.Channels)
        {
            yield return new Finding(FindingKind.Space, 50, 1,
                F($"The latent has {latent.Channels} channels; {wanted.Title} has {wanted.Channels}."), FindingOrigin.Diffusion,
                F($"Use a latent of {wanted.Title}, or the model and autoencoder of {latent.Space.Title}."));
            yield break;
        }
        if (Unusable(latent, moments) is { } unusable)
        {
            yield return unusable;
            yield break;
        }
        if (Misfit(latent, wanted) is { } misfit) yield return misfit;
        else if (latent.Space != wanted)
            yield return new Finding(FindingKind.Space, 5, 0.7,
                F($"The latent says that it is written in {latent.Space.Title}, but {wanted.Title} is expected."), FindingOrigin.Diffusion,
                "Encode with the autoencoder that belongs to the model.");

        if (autoencoder is { CanEncode: true, CanDecode: true } && autoencoder.Space.Channels == latent.Channels)
        {
            if (autoencoder.Space != wanted)
                yield return Pairing(autoencoder, wanted, modelSpace is null ? "the latent is of" : "the model speaks");
            else if (Cycle(latent, autoencoder, compute, cancellationToken) is { } cycle) yield return cycle;
        }
    }

    /// <summary>An autoencoder and a model, or a latent, that do not belong together.</summary>
    public static Finding Pairing(Autoencoder autoencoder, LatentSpace expected, string other = "the model speaks")
        => new(FindingKind.Space, 20, 0.99, F($"{autoencoder.Name} speaks {autoencoder.Space.Title}; {other} {expected.Title}."),
            FindingOrigin.Autoencoder, F($"Use an autoencoder of {expected.Title}."));

    /// <summary>What the values show whatever space they are wanted in: constant, unfinished, or without scale and shift; null for none of
    /// these. The values are finite.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="wanted">The space that they are wanted in, which they may contradict; null for any.</param>
    public static Finding? OfValues(Latent latent, LatentSpace? wanted = null)
    {
        if (Unusable(latent, LatentMoments.Of(latent)) is { } unusable) return unusable;
        if (wanted is not null) return Misfit(latent, wanted);
        return SpaceIdentification.Of(latent) is { IsTrusted: true } verdict && verdict.Scores[0].IsUnscaled
            ? Misfit(latent, verdict.Best) : null;
    }

    /// <summary>Whether the latent is too noisy, or too empty, to tell which space it is of.</summary>
    public static bool TellNothing(IReadOnlyList<Finding> findings)
        => findings.Any(f => f.Kind is FindingKind.NonFinite or FindingKind.Empty or FindingKind.Noise);

    /// <summary>What is said when another space fits the values better, but by too little to be sure; null otherwise.</summary>
    public static string? Undecided(Latent latent, LatentSpace wanted)
        => SpaceIdentification.Of(latent) is { IsTrusted: false } verdict && verdict.Of(wanted) is { } own && verdict.Best != wanted
            ? F($"The latent's values fit {verdict.Best.Title} better than {wanted.Title}, but only by "
                + $"{verdict.Scores[0].Score - own.Score:0.000} nats per channel: too little to say which space it is. Another latent of "
                + $"the same source would tell.")
            : null;

    private static Finding? Unusable(Latent latent, LatentMoments moments) => Constant(latent, moments) ?? Unfinished(latent);

    private static Finding? Constant(Latent latent, LatentMoments moments)
    {
        ImmutableArray<int> constant = moments.Constant;
        if (constant.Length == 0) return null;
        bool all = constant.Length == latent.Channels && !latent.Values.AsSpan().ContainsAnyExcept(latent.Values[0]);
        return new Finding(FindingKind.Empty, 10 + 20.0 * constant.Length / latent.Channels, 0.99,
            all ? F($"All values of the latent are {latent.Values[0]:0.###}: an empty latent, not one of a picture.")
                : F($"{constant.Length} of {latent.Channels} channels hold one value throughout, channel {constant[0]} first: no picture gives such a latent."),
            FindingOrigin.Diffusion, all ? "Sampling starts from an empty latent; look at the one that it ends with, or encode a picture."
                : "Look at what wrote the file: channels were lost on the way.")
        { Figures = [new("constant_channels", constant.Length)] };
    }

    // Noise has no space: nothing is said about that.
    private static Finding? Unfinished(Latent latent)
    {
        NoiseLeft noise = NoiseLeft.Of(latent);
        if (!(SpaceIdentification.Of(latent)?.IsTooNoisy ?? noise.IsNoneOfAPicture(latent.Channels))) return null;
        double share = Math.Min(1, noise.Share * noise.Share);
        string what = share > 0.9 ? "The latent is nothing but noise" : "The latent is unfinished: noise is left in it";
        return new Finding(FindingKind.Noise, 2 + 6 * share, Math.Round(Math.Clamp(0.8 + 0.3 * (share - 0.2), 0.8, 0.99), 2),
            F($"{what}, white and of deviation {noise.Sigma:0.00}, which is {100 * share:0} % of its variance."), FindingOrigin.Diffusion,
            "Let the sampler finish, down to sigma 0, without leaving noise for a second stage, and decode the latent that it ends with.")
        { Figures = [new("noise_sigma", noise.Sigma), new("noise_share", 100 * share, "%")] };
    }

    private static Finding? Misfit(Latent latent, LatentSpace wanted)
    {
        if (SpaceIdentification.Of(latent) is not { } verdict || verdict.Of(wanted) is not { } own) return null;
        SpaceScore likely = verdict.IsTrusted ? verdict.Scores[0] : own;
        if (likely.Space == wanted && !own.IsUnscaled) return null;
        double lead = likely.Space == wanted ? own.UnscaledLead ?? 0 : likely.Score - own.Score;
        string name = $"latents of {likely.Space.Title}{(likely.IsUnscaled ? " without its scale and shift" : "")}";
        return new Finding(FindingKind.Space, 3 + 4 * lead, Math.Round(Math.Clamp(0.7 + 0.2 * lead, 0.7, 0.99), 2),
            F($"The values look like {name}, by {lead:0.00} nats per channel more than like {wanted.Title}."),
            FindingOrigin.Diffusion, likely.IsUnscaled ? F($"Apply the scale and shift of {likely.Space.Title} before the latent is used.")
                : F($"Treat it as {name}, or encode again with an autoencoder of {wanted.Title}."))
        {
            Remedy = likely.IsUnscaled ? new Remedy(RemedyKind.ScaleLatent, "Apply the scale and shift of its space.") : null,
        };
    }

    private static Finding? Cycle(Latent latent, Autoencoder autoencoder, ComputeOptions? compute, CancellationToken cancellationToken)
    {
        Latent first = autoencoder.Space == latent.Space ? latent
            : new Latent(autoencoder.Space, latent.Values, latent.Batch, latent.Height, latent.Width);
        ImageTensor picture = autoencoder.Decode(first, new DecodeOptions { Compute = compute }, cancellationToken: cancellationToken);
        if (RangeCheck.Of(picture).NonFinite > 0)
            return Detectors.NonFiniteDetector.Of(RangeCheck.Of(picture)) with { Origin = FindingOrigin.Autoencoder };
        Latent again = autoencoder.Encode(picture, new EncodeOptions { Compute = compute }, cancellationToken: cancellationToken);
        if (again.Values.Length != latent.Values.Length) return null;
        double error = 0, energy = 0;
        for (int i = 0; i < again.Values.Length; i++)
        {
            double d = again.Values[i] - latent.Values[i];
            (error, energy) = (error + d * d, energy + (double)latent.Values[i] * latent.Values[i]);
        }
        double relative = energy > 0 ? Math.Sqrt(error / energy) : 0;
        if (relative < CycleError) return null;
        return new Finding(FindingKind.Space, 1 + relative / CycleError, 0.6,
            F($"Decoding the latent with {autoencoder.Name} and encoding the result gives another latent (relative error {100 * relative:0} %)."),
            FindingOrigin.Diffusion,
            "The latent is none that pictures have in this space: it may be noisy, unfinished, scaled twice or halved, or of another space.");
    }
}
