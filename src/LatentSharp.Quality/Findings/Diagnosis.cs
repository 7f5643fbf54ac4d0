using LatentSharp.Quality.Metrics;
using static LatentSharp.Quality.Findings.PictureFindings;

namespace LatentSharp.Quality.Findings;

/// <summary>
/// What is wrong with a picture or a latent, and whether the autoencoder or the diffusion model did it. The defects are measured against a reference where there
/// is one; where they come from is decided by doing the same with the autoencoder alone: a defect that a plain round trip shows too is the autoencoder's.
/// </summary>
/// <param name="Findings">What was found, gravest first; empty when nothing was.</param>
/// <param name="CannotTell">Questions that the evidence at hand does not answer, and what would.</param>
/// <param name="Comparison">The measurements against the reference; null without one.</param>
public sealed record Diagnosis(IReadOnlyList<Finding> Findings, IReadOnlyList<string> CannotTell, PictureComparison? Comparison)
{
    // A round trip that shows half of a defect is held responsible for it.
    private const double Responsible = 0.5;

    /// <summary>Diagnoses.</summary>
    /// <param name="input">A picture or a latent at least.</param>
    /// <param name="cancellationToken">Ends the computation soon.</param>
    /// <exception cref="ArgumentException">There is neither a picture nor a latent.</exception>
    /// <exception cref="LatentSharp.LatentSharpException">Picture and reference differ in size.</exception>
    public static Diagnosis Of(DiagnosisInput input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Picture is null && input.Latent is null) throw new ArgumentException("a diagnosis needs a picture or a latent", nameof(input));
        List<Finding> findings = [];
        List<string> open = [];

        bool latentFinite = true, latentFits = true;
        if (input.Latent is { } latent)
        {
            Finding[] ofLatent = [.. LatentFindings.Of(latent, input.ModelSpace, input.Autoencoder, cancellationToken)];
            latentFinite = ofLatent.All(f => f.Kind != FindingKind.NonFinite);
            latentFits = ofLatent.All(f => f.Kind != FindingKind.Space);
            findings.AddRange(ofLatent);
            if (latentFinite && latentFits && LatentFindings.Undecided(latent, input.ModelSpace ?? latent.Space) is { } undecided) open.Add(undecided);
        }
        else if (input.ModelSpace is { } expected && input.Autoencoder is { } used && used.Space != expected)
        {
            findings.Add(LatentFindings.Pairing(used, expected));
        }

        PictureComparison? comparison = null;
        if (input.Picture is { } picture)
        {
            List<Finding> ofPicture;
            if (input.Reference is { } reference)
            {
                comparison = PictureComparison.Of(reference, picture);
                ofPicture = [.. PictureFindings.Of(comparison)];
                if (comparison.LeftOut.Count > 0) open.Add($"The picture is too small to measure: {string.Join(", ", comparison.LeftOut)}.");
            }
            else
            {
                ofPicture = [.. BlindFindings.Of(picture)];
                open.Add("Colour, blur and warp cannot be told without a picture to compare with: give one with --reference.");
            }
            findings.AddRange(ofPicture.Count == 0 ? [] : WithOrigin(ofPicture, input, latentFits && latentFinite, open, cancellationToken));
        }
        return new Diagnosis([.. findings.OrderByDescending(f => f.Score)], open, comparison);
    }

    private static IEnumerable<Finding> WithOrigin(List<Finding> findings, DiagnosisInput input, bool latentUsable, List<string> open, CancellationToken cancellationToken)
    {
        Autoencoder? autoencoder = input.Autoencoder;
        ImageTensor? natural = input.Reference ?? input.Picture;
        if (autoencoder is null || !autoencoder.CanEncode || !autoencoder.CanDecode || natural is null || RangeCheck.Of(natural).NonFinite > 0)
        {
            if (findings.Count > 0) open.Add("Whether the autoencoder or the diffusion model did it cannot be told without the autoencoder: give it with --ae.");
            return findings;
        }
        cancellationToken.ThrowIfCancellationRequested();
        ImageTensor roundTrip = autoencoder.Decode(autoencoder.Encode(natural, cancellationToken: cancellationToken), cancellationToken: cancellationToken);
        PictureComparison own = PictureComparison.Of(natural, roundTrip);
        Dictionary<FindingKind, double> byItself = Strengths(own);
        return findings.Select(f =>
        {
            double strength = f.Kind == FindingKind.NonFinite ? own.Range.NonFinite > 0 ? f.Score : 0 : byItself.GetValueOrDefault(f.Kind);
            bool guilty = strength >= Responsible * f.Score;
            string proof = guilty ? F($" A plain round trip through {autoencoder.Name} shows {Share(strength, f.Score)} of it.") : F($" A plain round trip through {autoencoder.Name} does not show it.");
            FindingOrigin origin = guilty ? FindingOrigin.Autoencoder : latentUsable && input.Latent is not null || input.Reference is null ? FindingOrigin.Diffusion : FindingOrigin.Unknown;
            string next = guilty ? "Use another autoencoder of the same latent space, or correct this one with `latent recalibrate`." : f.Next;
            return f with { Evidence = f.Evidence + proof, Origin = origin, Next = next, Confidence = origin == FindingOrigin.Unknown ? f.Confidence : Math.Round(f.Confidence * 0.95, 2) };
        });
    }

    private static string Share(double strength, double score) => strength >= score ? "all" : F($"{100 * strength / score:0} %");

    // How strong each kind is, in units of its threshold, whether or not it reaches it.
    private static Dictionary<FindingKind, double> Strengths(PictureComparison c) => new()
    {
        [FindingKind.Colour] = c.Drift.LabShift / DiagnosisThresholds.Cast,
        [FindingKind.Warp] = c.Warp is { } warp ? WarpScore(warp) : 0,
        [FindingKind.Blur] = (c.Sharpness?.BlurSigma ?? 0) / DiagnosisThresholds.BlurSigma,
        [FindingKind.Grid] = Stronger(c.Grid8, c.Grid16) is { } g && g.Significance >= 2 ? g.Rms / DiagnosisThresholds.GridRms : 0,
        [FindingKind.Noise] = (c.NoiseAdded ?? 0) / DiagnosisThresholds.Noise,
        [FindingKind.Clipping] = Math.Max(c.ClippedMore / DiagnosisThresholds.Clipping, c.Range.Outside / DiagnosisThresholds.Outside),
    };
}
