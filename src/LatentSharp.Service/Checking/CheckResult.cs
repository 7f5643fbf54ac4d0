using LatentSharp.Autoencoders.Checks;
using LatentSharp.Service.Autoencoders;

namespace LatentSharp.Service.Checking;

/// <summary>Whether two things belong together.</summary>
/// <param name="Compatible">Whether nothing speaks against using them together.</param>
/// <param name="Verdict">The worst finding.</param>
/// <param name="Findings">Everything that was looked at.</param>
/// <param name="Advice">What fits instead; null when nothing is wrong.</param>
/// <param name="Steps">What to do instead, in order; empty when nothing is wrong.</param>
/// <param name="Autoencoder">The autoencoder that was checked; null when none was.</param>
/// <param name="Latents">The latent file that was checked; null when none was.</param>
/// <param name="Model">The diffusion model that was checked, as it was named; null when none was.</param>
/// <param name="ModelReason">How it is known which space the model works in; null when none was checked.</param>
/// <param name="Unnamed">The family that the autoencoder turns out to be of although its file does not say so; null otherwise.</param>
/// <param name="Notes">What else is worth knowing.</param>
public sealed record CheckResult(bool Compatible, CompatibilityVerdict Verdict, IReadOnlyList<CompatibilityFinding> Findings,
    string? Advice, IReadOnlyList<CheckStep> Steps,
    UsedAutoencoder? Autoencoder, string? Latents, string? Model, string? ModelReason, string? Unnamed, IReadOnlyList<string> Notes);

/// <summary>What a step of a way out is.</summary>
public enum CheckStepKind
{
    /// <summary>Check the model with another autoencoder.</summary>
    Check,
    /// <summary>Decode the latents with another autoencoder.</summary>
    Decode,
    /// <summary>Encode a picture with another autoencoder.</summary>
    Encode,
    /// <summary>Fetch a published file, and register it.</summary>
    Register,
    /// <summary>Write the latents anew, as they are laid out elsewhere.</summary>
    Mend,
    /// <summary>Write the latents anew, with the scale and shift of their space.</summary>
    Scale,
}

/// <summary>A step of the way out of a wrong pairing.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Input">The model to check, the latents to decode, the picture to encode, or the name of the file to fetch.</param>
/// <param name="Autoencoder">The autoencoder to do it with, by name or path; null when it has to be fetched first.</param>
/// <param name="Output">What a later step goes on with; null for none.</param>
/// <param name="Place">Where the file is published; null when that is not known or not needed.</param>
public sealed record CheckStep(CheckStepKind Kind, string Input, string? Autoencoder, string? Output, string? Place);
