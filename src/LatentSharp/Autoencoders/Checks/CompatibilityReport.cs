namespace LatentSharp.Autoencoders.Checks;

/// <summary>What a finding is about.</summary>
public enum CompatibilityAspect
{
    /// <summary>Numbers of channels and spatial factors.</summary>
    Structure,
    /// <summary>The spaces that both sides name.</summary>
    Identity,
    /// <summary>The values of the latent, against what latents of the spaces look like.</summary>
    Statistics,
    /// <summary>Whether encoding what was decoded gives the latent back.</summary>
    Consistency,
}

/// <summary>What a finding comes to, from good to bad.</summary>
public enum CompatibilityVerdict
{
    /// <summary>They fit.</summary>
    Fits,
    /// <summary>It cannot be told.</summary>
    Unknown,
    /// <summary>Something is odd; look at the picture.</summary>
    Suspicious,
    /// <summary>They do not belong together.</summary>
    Mismatch,
}

/// <summary>One finding of a check.</summary>
/// <param name="Aspect">What it is about.</param>
/// <param name="Verdict">What it comes to.</param>
/// <param name="Text">The facts, for people.</param>
public sealed record CompatibilityFinding(CompatibilityAspect Aspect, CompatibilityVerdict Verdict, string Text)
{
    /// <summary>Whether it says that the scale and shift of a latent's space were not applied to its values.</summary>
    internal bool IsUnscaled { get; init; }
}

/// <summary>Whether two things belong together, and why.</summary>
/// <param name="Findings">Everything that was looked at.</param>
/// <param name="Advice">What fits instead; null when nothing is wrong.</param>
/// <param name="Needed">The space that what fits speaks; null when nothing is wrong.</param>
public sealed record CompatibilityReport(IReadOnlyList<CompatibilityFinding> Findings, string? Advice, LatentSpace? Needed)
{
    /// <summary>Whether the pair would fit if the latent's scale and shift were applied, which were forgotten.</summary>
    internal bool IsUnscaled { get; init; }

    /// <summary>The worst finding. That a side does not name its space counts for nothing where the values tell.</summary>
    public CompatibilityVerdict Verdict
        => Findings.Where(f => f is not { Aspect: CompatibilityAspect.Identity, Verdict: CompatibilityVerdict.Unknown } || !ValuesFit)
        .Max(f => f.Verdict);

    private bool ValuesFit => Findings.Any(f => f is { Aspect: CompatibilityAspect.Statistics, Verdict: CompatibilityVerdict.Fits });

    /// <summary>Whether nothing speaks against using them together.</summary>
    public bool IsCompatible => Verdict < CompatibilityVerdict.Mismatch;
}
