using LatentSharp.Autoencoders.Checks;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Latents;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;
using LatentSharp.Service.Inspecting;

namespace LatentSharp.Service.Checking;

/// <summary>Says whether an autoencoder, latents and a diffusion model belong together, and what fits instead.</summary>
public static class CheckPair
{
    /// <summary>Checks two of the three.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to compare.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">Not two things were given, or one of them cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static CheckResult Run(AutoencoderLibrary library, CheckRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Things.Count > 0) request = Recognition.Sorted(library, request);
        if (new[] { request.Autoencoder, request.Latents, request.Model }.Count(given => given is not null) != 2)
            throw new LatentSharpException(ErrorKind.Usage, "", "two things are compared.", "Give two of an autoencoder, latents and a diffusion model.");

        using OpenedAutoencoder? opened = Opened(library, request, cancellationToken);
        return Of(library, request, opened, request.Model is null ? null : ChosenModel.Of(request.Model), cancellationToken);
    }

    /// <summary>The autoencoder, whose weights are numbers; null where none is checked.</summary>
    internal static OpenedAutoencoder? Opened(AutoencoderLibrary library, CheckRequest request, CancellationToken cancellationToken)
    {
        if (request.Autoencoder is null) return null;
        OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Autoencoder);
        if (request.Probe) BrokenWeights.Refuse(opened.Autoencoder, cancellationToken);
        return opened;
    }

    /// <summary>As <see cref="Run"/>, with what is open already.</summary>
    internal static CheckResult Of(AutoencoderLibrary library, CheckRequest request, OpenedAutoencoder? opened, ModelHint? model,
        CancellationToken cancellationToken)
    {
        LatentFileContent? latents = request.Latents is null ? null : LatentInput.Load(request.Latents, space: null);
        CompatibilityReport report = (opened, latents, model) switch
        {
            ({ } one, { } two, null) =>
                Compatibility.Check(one.Autoencoder, two.Latent, request.Probe, two.SpaceIsStated, IsOwn(one, two.Latent),
                    request.Compute, cancellationToken),
            ({ } one, null, { } two) => Compatibility.Check(one.Autoencoder, two, request.Probe, request.Compute, cancellationToken),
            (_, { } one, { } two) => Compatibility.Check(one.Latent, two, one.SpaceIsStated),
            _ => throw new InvalidOperationException("two of three were given"),
        };
        IReadOnlyList<CheckStep> steps = report is { IsCompatible: false, Needed: { } needed }
            ? new WayOut(library).Steps(needed, request.Autoencoder, request.Latents, request.Model,
                latents is null ? null : Written(latents.Latent))
            : report.IsUnscaled ? [new CheckStep(CheckStepKind.Scale, request.Latents!, null, null, null)]
            : latents is { IsRearranged: true } ? [new CheckStep(CheckStepKind.Mend, request.Latents!, null, null, null)] : [];
        return new CheckResult(report.IsCompatible, report.Verdict, report.Findings, report.Advice, steps, opened?.Facts, request.Latents,
            request.Model, model?.Reason,
            Unnamed(opened?.Autoencoder, report, latents?.Latent.Space ?? model?.Space), latents?.Notes ?? []);
    }

    private static bool IsOwn(OpenedAutoencoder opened, Latent latent)
        => latent.Provenance.TryGetValue(LatentProvenance.AutoencoderDigest, out string? digest) && digest == opened.Digest;

    // The space that the values speak for, where they do so clearly.
    private static LatentSpace Written(Latent latent) => SpaceIdentification.Of(latent) is { IsTrusted: true } verdict
        ? verdict.Best : latent.Space;

    private static string? Unnamed(Autoencoder? autoencoder, CompatibilityReport report, LatentSpace? space)
    {
        if (autoencoder is not { Evidence: [{ Source: EvidenceSource.Assumption }, ..] }) return null;
        if (!report.Findings.Any(f => f is { Aspect: CompatibilityAspect.Identity, Verdict: CompatibilityVerdict.Fits })) return null;
        return AutoencoderFamily.All.FirstOrDefault(f => autoencoder.LookAlikes.Contains(f) && f.Space == space)?.Id;
    }
}
