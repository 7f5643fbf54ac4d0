using LatentSharp.Autoencoders.Families;
using LatentSharp.Latents;

namespace LatentSharp.Autoencoders.Checks;

/// <summary>Whether an autoencoder, a latent and a diffusion model belong together.</summary>
public static class Compatibility
{
    /// <summary>
    /// Relative error of encode(decode(z)) against z up to which a pair fits. On photographs, matched tiny autoencoders and the embedded
    /// one stay between 0.1 and 0.52; Stable Diffusion 3 and FLUX.1 taken for one another come to 0.7 and more. Stable Diffusion 1.x and XL
    /// are too alike for this probe.
    /// </summary>
    public const double ConsistentBelow = 0.6;

    /// <summary>
    /// Relative error from which a pair does not fit: the latent that comes back has little in common with the one that went in.
    /// </summary>
    public const double InconsistentFrom = 0.9;

    /// <summary>
    /// Checks an autoencoder against latents: by structure, by the names of the spaces, by the latent's values, and by decoding and
    /// encoding it again.
    /// </summary>
    /// <param name="autoencoder">The autoencoder.</param>
    /// <param name="latent">The latents.</param>
    /// <param name="probe">Whether to decode and encode, which takes as long as that takes.</param>
    /// <param name="spaceIsStated">Whether the latent's space is known; one that was only assumed, from the number of channels, is held
    /// against nothing.</param>
    /// <param name="cancellationToken">Ends the call within a fraction of a second.</param>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static CompatibilityReport Check(Autoencoder autoencoder, Latent latent, bool probe = true, bool spaceIsStated = true,
        CancellationToken cancellationToken = default)
        => Check(autoencoder, latent, probe, spaceIsStated, isOwn: false, ComputeOptions.Default, cancellationToken);

    /// <summary>The same, where it may be known that this very autoencoder encoded the latent, and how networks are run.</summary>
    internal static CompatibilityReport Check(Autoencoder autoencoder, Latent latent, bool probe, bool spaceIsStated, bool isOwn,
        ComputeOptions compute, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        ArgumentNullException.ThrowIfNull(latent);
        Evidence? guess = Guess(autoencoder, probe, compute, cancellationToken);
        var findings = new List<CompatibilityFinding>
        {
            Structure(autoencoder.Name, autoencoder.Space, "the latent", latent.Space),
            spaceIsStated ? Identity(autoencoder, guess, "the latent", latent.Space)
            : NotStated(autoencoder.Name, guess?.Family.Space ?? autoencoder.Space),
        };
        LatentSpace likeliest = spaceIsStated || latent.Channels != autoencoder.Space.Channels ? latent.Space : autoencoder.Space;
        SpaceVerdict? values = SpaceIdentification.Of(latent, SpaceFingerprint.Known, cancellationToken);
        if (Unfinished(latent, values) is { } unfinished)
        {
            findings.Add(unfinished.Finding);
            return Report(findings, likeliest, unfinished.Advice);
        }
        if (values is { } verdict)
        {
            findings.Add(Statistics(guess?.Family.Space ?? autoencoder.Space, verdict));
            if (verdict.IsTrusted) likeliest = verdict.Best;
        }
        if (probe && autoencoder is { CanEncode: true, CanDecode: true } && latent.Channels == autoencoder.Space.Channels
            && !findings.Exists(f => f.IsUnscaled))
            findings.Add(Consistency(autoencoder, latent, isOwn && autoencoder.Space == latent.Space, compute, cancellationToken));
        return Report(findings, likeliest);
    }

    /// <summary>
    /// Checks an autoencoder against the diffusion model that it is to serve: by structure, by the names of the spaces, and by the latents
    /// that it makes of the built-in probe.
    /// </summary>
    /// <param name="autoencoder">The autoencoder.</param>
    /// <param name="model">The model.</param>
    /// <param name="probe">Whether to encode the probe, a picture of 128x128 pixels.</param>
    /// <param name="cancellationToken">Ends the call within a fraction of a second.</param>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static CompatibilityReport Check(Autoencoder autoencoder, ModelHint model, bool probe = true,
        CancellationToken cancellationToken = default)
        => Check(autoencoder, model, probe, ComputeOptions.Default, cancellationToken);

    /// <summary>The same, with how networks are run.</summary>
    internal static CompatibilityReport Check(Autoencoder autoencoder, ModelHint model, bool probe, ComputeOptions compute,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        ArgumentNullException.ThrowIfNull(model);
        Evidence? evidence = probe ? StatisticalEvidence.Of(autoencoder, compute, cancellationToken) : null;
        var findings = new List<CompatibilityFinding> { Structure(autoencoder.Name, autoencoder.Space, model.Name, model.Space),
            Identity(autoencoder, Trusted(autoencoder, evidence), model.Name, model.Space) };
        if (evidence is not null) findings.Add(Statistics(autoencoder, model, evidence));
        return Report(findings, model.Space);
    }

    /// <summary>
    /// Checks latents against the diffusion model that is to work on them: by structure, by the names of the spaces and by the latent's
    /// values.
    /// </summary>
    /// <param name="latent">The latents.</param>
    /// <param name="model">The model.</param>
    /// <param name="spaceIsStated">Whether the latent's space is known, not only assumed.</param>
    public static CompatibilityReport Check(Latent latent, ModelHint model, bool spaceIsStated = true)
    {
        ArgumentNullException.ThrowIfNull(latent);
        ArgumentNullException.ThrowIfNull(model);
        var findings = new List<CompatibilityFinding>
        {
            Structure("the latent", latent.Space, model.Name, model.Space),
            spaceIsStated ? Identity("the latent", latent.Space, model.Name, model.Space) : NotStated(model.Name, model.Space),
        };
        SpaceVerdict? values = SpaceIdentification.Of(latent);
        (CompatibilityFinding Finding, string Advice)? unfinished = Unfinished(latent, values);
        if (unfinished is { } found) findings.Add(found.Finding);
        else if (values is { } verdict) findings.Add(Statistics(model.Space, verdict));
        return Report(findings, model.Space, unfinished?.Advice);
    }

    private static CompatibilityFinding NotStated(string other, LatentSpace theirs)
        => new(CompatibilityAspect.Identity, CompatibilityVerdict.Unknown,
            $"the latent does not say which space it is written in; {other} speaks {theirs.Title}");

    // Nothing can be told from values that are all the same, which any autoencoder gives back, nor from noise, which has no space.
    private static (CompatibilityFinding Finding, string Advice)? Unfinished(Latent latent, SpaceVerdict? values)
    {
        if (!latent.Values.AsSpan().ContainsAnyExcept(latent.Values[0]))
            return (new CompatibilityFinding(CompatibilityAspect.Statistics, CompatibilityVerdict.Suspicious,
                FormattableString.Invariant($"all of its values are {latent.Values[0]:0.###}: an empty latent, not one of a picture")),
                "Sampling starts from an empty latent; give the one that it ends with, or encode a picture.");
        NoiseLeft noise = NoiseLeft.Of(latent);
        if (!(values?.IsTooNoisy ?? noise.IsNoneOfAPicture(latent.Channels))) return null;
        double share = Math.Min(100, 100 * noise.Share * noise.Share);
        string much = FormattableString.Invariant($"white noise of deviation {noise.Sigma:0.00} is in it, {share:0} % of its variance");
        return (new CompatibilityFinding(CompatibilityAspect.Statistics, CompatibilityVerdict.Suspicious,
            $"it is unfinished: {much}, so that its values do not tell which space it is of"),
            "Let the sampler finish, down to sigma 0, and give the latent that it ends with.");
    }

    private static CompatibilityFinding Structure(string one, LatentSpace mine, string other, LatentSpace theirs)
    {
        bool fits = mine.Channels == theirs.Channels && mine.Factor == theirs.Factor;
        return new CompatibilityFinding(CompatibilityAspect.Structure,
            fits ? CompatibilityVerdict.Fits : CompatibilityVerdict.Mismatch, fits
            ? $"both have {mine.Channels} channels at 1/{mine.Factor} of the size"
            : $"{one} has {mine.Channels} channels at 1/{mine.Factor} of the size, {other} {theirs.Channels} at 1/{theirs.Factor}");
    }

    private static CompatibilityFinding Identity(string one, LatentSpace mine, string other, LatentSpace theirs)
        => mine == theirs
            ? new CompatibilityFinding(CompatibilityAspect.Identity, CompatibilityVerdict.Fits, $"both speak {mine.Title}")
            : new CompatibilityFinding(CompatibilityAspect.Identity, CompatibilityVerdict.Mismatch,
                $"{one} speaks {mine.Title}, {other} {theirs.Title}");

    // Where a family was only assumed, the latents that the autoencoder makes say more than the assumption; without them nothing is known.
    private static CompatibilityFinding Identity(Autoencoder autoencoder, Evidence? guess, string other, LatentSpace theirs)
    {
        if (!IsAssumed(autoencoder)) return Identity(autoencoder.Name, autoencoder.Space, other, theirs);
        if (guess is not null)
            return Identity($"{autoencoder.Name} does not say what it is, but by the latents that it makes it", guess.Family.Space, other, theirs);
        return autoencoder.LookAlikes.Any(f => f.Space == theirs)
            ? new CompatibilityFinding(CompatibilityAspect.Identity, CompatibilityVerdict.Unknown,
                $"{autoencoder.Name} does not say what it is: {string.Join(" or ", autoencoder.LookAlikes.Select(f => f.Title))}; {other} speaks "
                    + $"{theirs.Title}")
            : Identity(autoencoder.Name, autoencoder.Space, other, theirs);
    }

    private static Evidence? Guess(Autoencoder autoencoder, bool probe, ComputeOptions compute, CancellationToken cancellationToken)
        => probe && IsAssumed(autoencoder) ? Trusted(autoencoder, StatisticalEvidence.Of(autoencoder, compute, cancellationToken)) : null;

    private static Evidence? Trusted(Autoencoder autoencoder, Evidence? evidence)
        => IsAssumed(autoencoder) && evidence is { Confidence: >= 0.5 } ? evidence : null;

    private static bool IsAssumed(Autoencoder autoencoder) => autoencoder.Evidence is [{ Source: EvidenceSource.Assumption }, ..];

    private static CompatibilityFinding Statistics(LatentSpace expected, SpaceVerdict verdict)
    {
        string lead = verdict.Scores.Count > 1
            ? FormattableString.Invariant($", by {verdict.Margin:0.00} nats per channel more than {verdict.Scores[1].Space.Title}") : "";
        string text = $"its values look like {verdict.Best.Title}{lead}";
        if (!verdict.IsTrusted) return new CompatibilityFinding(CompatibilityAspect.Statistics, CompatibilityVerdict.Unknown, text + ": too close to call");
        if (verdict.Best == expected && verdict.Scores[0].IsUnscaled)
            return new CompatibilityFinding(CompatibilityAspect.Statistics, CompatibilityVerdict.Suspicious,
                $"{text}, but as if its scale and shift had not been applied")
            { IsUnscaled = true };
        if (verdict.Best == expected) return new CompatibilityFinding(CompatibilityAspect.Statistics, CompatibilityVerdict.Fits, text);
        return verdict.Scores.Any(s => s.Space == expected)
            ? new CompatibilityFinding(CompatibilityAspect.Statistics, CompatibilityVerdict.Mismatch, text)
            : new CompatibilityFinding(CompatibilityAspect.Statistics, CompatibilityVerdict.Unknown,
                $"{text}; there is no fingerprint of {expected.Title} to compare with");
    }

    // Against a family that was only assumed the statistics decide; against one that is known for a better reason they are a reason to look
    // twice.
    private static CompatibilityFinding Statistics(Autoencoder autoencoder, ModelHint model, Evidence evidence)
    {
        bool trusted = evidence.Confidence >= 0.5, assumed = IsAssumed(autoencoder);
        CompatibilityVerdict verdict = !trusted ? CompatibilityVerdict.Unknown
            : evidence.Family.Space == model.Space ? CompatibilityVerdict.Fits
            : assumed ? CompatibilityVerdict.Mismatch : CompatibilityVerdict.Suspicious;
        return new CompatibilityFinding(CompatibilityAspect.Statistics, verdict, evidence.Text);
    }

    // What an autoencoder does not give back of its own latent is its own fault, and none of the pair.
    private static CompatibilityFinding Consistency(Autoencoder autoencoder, Latent latent, bool isOwn, ComputeOptions compute,
        CancellationToken cancellationToken)
    {
        Latent again = autoencoder.Encode(
            autoencoder.Decode(latent, new DecodeOptions { Compute = compute, IgnoreSpaceMismatch = true },
                cancellationToken: cancellationToken),
            new EncodeOptions { Compute = compute }, cancellationToken: cancellationToken);
        double difference = 0, size = 0;
        for (int i = 0; i < latent.Values.Length; i++)
        {
            difference += Math.Pow(again.Values[i] - latent.Values[i], 2);
            size += Math.Pow(latent.Values[i], 2);
        }
        double error = size > 0 ? Math.Sqrt(difference / size) : 0;
        CompatibilityVerdict verdict = error < ConsistentBelow ? CompatibilityVerdict.Fits
            : isOwn ? CompatibilityVerdict.Unknown
            : error < InconsistentFrom ? CompatibilityVerdict.Suspicious : CompatibilityVerdict.Mismatch;
        return new CompatibilityFinding(CompatibilityAspect.Consistency, verdict,
            FormattableString.Invariant($"decoded and encoded again it comes back with a relative error of {error:0.00}")
                + (verdict == CompatibilityVerdict.Unknown ? ", though this very autoencoder encoded it" : ""));
    }

    private static CompatibilityReport Report(IReadOnlyList<CompatibilityFinding> findings, LatentSpace needed, string? advice = null)
    {
        bool wrong = findings.Max(f => f.Verdict) >= CompatibilityVerdict.Suspicious;
        // What is wrong with the latent alone no other autoencoder mends.
        if (advice is not null && !findings.Any(f => f.Verdict == CompatibilityVerdict.Mismatch))
            return new CompatibilityReport(findings, advice, null);
        if (findings.All(f => f.Verdict < CompatibilityVerdict.Mismatch) && findings.Any(f => f.IsUnscaled))
            return new CompatibilityReport(findings, $"Apply the scale and shift of {needed.Title} before it is used.", null) { IsUnscaled = true };
        // Another autoencoder of the space that it has already would not do better.
        CompatibilityFinding[] against = [.. findings.Where(f => f.Verdict >= CompatibilityVerdict.Suspicious)];
        if (wrong && against.All(f => f.Aspect == CompatibilityAspect.Consistency)
            && findings.Any(f => f.Aspect != CompatibilityAspect.Structure && f.Verdict == CompatibilityVerdict.Fits))
            return new CompatibilityReport(findings, $"The space is {needed.Title}, but its pictures have no such latents: look whether what wrote it "
                + "scaled the values twice or not at all, or changed them.", null);
        return new CompatibilityReport(findings, wrong ? $"For {needed.Title} use {AutoencoderFamily.Fitting(needed)}." : null,
            wrong ? needed : null);
    }
}
