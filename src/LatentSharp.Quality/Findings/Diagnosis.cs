using LatentSharp.Quality.Findings.Detectors;
using LatentSharp.Quality.Metrics;
using static LatentSharp.Quality.Metrics.Figures;

namespace LatentSharp.Quality.Findings;

/// <summary>A kind of defect about which nothing is claimed.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Reason">Why, as the end of a sentence that begins with the kind: <c>cannot be told from a picture alone</c>.</param>
public readonly record struct NotJudged(FindingKind Kind, string Reason);

/// <summary>
/// What is wrong with a picture or a latent, and whether the autoencoder or the diffusion model did it. The defects are measured against a
/// reference where there is one; where they come from is decided by doing the same with the autoencoder alone: a defect that a plain round
/// trip shows too is the autoencoder's.
/// </summary>
/// <param name="Findings">What was found, gravest first; empty when nothing was.</param>
/// <param name="CannotTell">Questions that the evidence at hand does not answer, and what would.</param>
/// <param name="Comparison">The measurements against the reference, after what was found has been taken out; null without one.</param>
public sealed record Diagnosis(IReadOnlyList<Finding> Findings, IReadOnlyList<string> CannotTell, PictureComparison? Comparison)
{
    // A round trip that shows half of a defect is held responsible for it.
    private const double Responsible = 0.5;

    /// <summary>The kinds that were looked for.</summary>
    public IReadOnlyList<FindingKind> LookedFor { get; init; } = [];

    /// <summary>The kinds about which nothing is claimed, and why.</summary>
    public IReadOnlyList<NotJudged> NotJudged { get; init; } = [];

    /// <summary>What a picture alone shows that may be the scene's own as well as a fault, a sentence each.</summary>
    public IReadOnlyList<string> Visible { get; init; } = [];

    /// <summary>One sentence that says no more than was tested.</summary>
    public string Headline => DiagnosisHeadline.Of(this);

    /// <summary>Diagnoses.</summary>
    /// <param name="input">A picture or a latent at least.</param>
    /// <param name="cancellationToken">Ends the computation soon.</param>
    /// <exception cref="ArgumentException">There is neither a picture nor a latent.</exception>
    /// <exception cref="LatentSharp.LatentSharpException">Picture and reference differ in size.</exception>
    public static Diagnosis Of(DiagnosisInput input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Picture is null && input.Latent is null) throw new ArgumentException("a diagnosis needs a picture or a latent", nameof(input));
        using Measuring.Scope measuring = Measuring.EndedBy(cancellationToken);
        List<Finding> findings = [];
        List<string> open = [];
        List<NotJudged> notJudged = [];
        HashSet<FindingKind> kinds = [];

        bool latentUsable = true;
        if (input.Latent is { } latent)
        {
            Finding[] ofLatent = [.. LatentFindings.Of(latent, input.ModelSpace, input.Autoencoder, input.Compute, cancellationToken)];
            latentUsable = ofLatent.Length == 0;
            findings.AddRange(ofLatent);
            if (latentUsable && input.Autoencoder is null)
                open.Add("Whether its scale is off by a factor of two, or its shift alone: latents of pictures differ as much.");
            if (LatentFindings.TellNothing(ofLatent)) open.Add("Which space the latent is of: its values do not tell.");
            kinds.UnionWith([FindingKind.NonFinite, FindingKind.Space, FindingKind.Noise, FindingKind.Empty]);
            if (latentUsable && LatentFindings.Undecided(latent, input.ModelSpace ?? latent.Space) is { } undecided) open.Add(undecided);
        }
        else if (input.ModelSpace is { } expected && input.Autoencoder is { } used && used.Space != expected)
        {
            findings.Add(LatentFindings.Pairing(used, expected));
        }

        if (NamedPair.Of(input.NamedCheckpoint, input.NamedAutoencoder) is { } named) findings.Add(named);

        PictureComparison? comparison = null;
        List<string> visible = [];
        if (input.Picture is { } picture)
        {
            kinds.UnionWith(PictureDiagnosis.Kinds);
            List<Finding> ofPicture;
            if (input.Reference is { } reference)
            {
                PairEvidence pair = PictureDiagnosis.Compare(reference, picture, notJudged, cancellationToken);
                (ofPicture, comparison) = (pair.Found, pair.Comparison);
                if (comparison.LeftOut.Count > 0) open.Add($"The picture is too small to measure: {string.Join(", ", comparison.LeftOut)}.");
            }
            else
            {
                PictureEvidence seen = PictureDiagnosis.Look(picture, notJudged, open, cancellationToken);
                ofPicture = seen.Found;
                visible.AddRange(VisibleSigns.Of(seen));
                if (!seen.Has(FindingKind.Compression) && CompressionDetector.Shows(seen))
                    notJudged.Add(new NotJudged(FindingKind.Compression, "can be seen, at a quality in which pictures are published"));
                if (input.Latent is null) JudgeSpace(picture, seen, input, kinds, notJudged, cancellationToken);
                open.Add("What a picture cannot show by itself needs one to compare with: a reference.");
            }
            findings.AddRange(ofPicture.Count == 0 ? [] : WithOrigin(ofPicture, input, latentUsable, open, cancellationToken));
        }
        return new Diagnosis([.. findings.OrderByDescending(f => f.Score)], open, comparison)
        {
            LookedFor = [.. kinds.Where(k => notJudged.TrueForAll(n => n.Kind != k)).Order()], NotJudged = notJudged,
            Visible = visible,
        };
    }

    // Other damage changes what an encoder sees, but a grid and noise are what wrong decoders leave; and with one space at hand a tenth of
    // the wrong decodings is missed, so that silence says little.
    private static void JudgeSpace(ImageTensor picture, PictureEvidence seen, DiagnosisInput input, HashSet<FindingKind> kinds,
        List<NotJudged> notJudged, CancellationToken cancellationToken)
    {
        // Nothing but noise has no space, whatever it looks like.
        bool damaged = seen.Found.Exists(f => f.Kind is not (FindingKind.Grid or FindingKind.Noise)
            || f.Kind == FindingKind.Noise && f.Severity == "severe")
            || CompressionDetector.Shows(seen);
        string? reason = damaged ? "cannot be told of a picture with other damage"
            : !WrongDecoder.CanTell(picture, input.AtHand)
                ? "needs an autoencoder to encode with and a picture of 128 pixels each way that is not flat for the most part" : null;
        if (reason is null && WrongDecoder.Of(picture, input.AtHand, input.Compute, cancellationToken) is { } wrong) seen.Found.Add(wrong);
        else if (reason is null && input.AtHand.Select(a => a.Space.Id).Distinct().Count() < 2) reason = "shows only in part without further autoencoders";
        if (reason is null) kinds.Add(FindingKind.Space);
        else notJudged.Add(new NotJudged(FindingKind.Space, reason));
    }

    private static IEnumerable<Finding> WithOrigin(List<Finding> findings, DiagnosisInput input, bool latentUsable, List<string> open,
        CancellationToken cancellationToken)
    {
        Autoencoder? autoencoder = input.Autoencoder;
        ImageTensor? natural = input.Reference ?? input.Picture;
        if (findings.TrueForAll(f => f.Origin != FindingOrigin.Unknown)) return findings;
        if (autoencoder is null || !autoencoder.CanEncode || !autoencoder.CanDecode || natural is null
            || RangeCheck.Of(natural).NonFinite > 0)
        {
            open.Add("Whether the autoencoder or the diffusion model did it cannot be told without the autoencoder.");
            return findings;
        }
        cancellationToken.ThrowIfCancellationRequested();
        ImageTensor roundTrip = new ThereAndBack(autoencoder, autoencoder, input.Compute).Of(natural, null, cancellationToken);
        Dictionary<FindingKind, double> byItself = Strengths(PictureDiagnosis.Compare(natural, roundTrip, [], cancellationToken));
        return findings.Select(f =>
        {
            if (f.Origin != FindingOrigin.Unknown) return f;
            double strength = byItself.GetValueOrDefault(f.Kind);
            bool guilty = strength >= Responsible * f.Score;
            string proof = guilty ? F($" A plain round trip through {autoencoder.Name} shows {Share(strength, f.Score)} of it.")
                : F($" A plain round trip through {autoencoder.Name} does not show it.");
            FindingOrigin origin = guilty ? FindingOrigin.Autoencoder
                : latentUsable && input.Latent is not null || input.Reference is null ? FindingOrigin.Diffusion : FindingOrigin.Unknown;
            string next = guilty ? "Use another autoencoder of the same latent space, or recalibrate this one." : f.Next;
            return f with
            {
                Evidence = f.Evidence + proof,
                Origin = origin,
                Next = next,
                Confidence = origin == FindingOrigin.Unknown ? f.Confidence : Math.Round(f.Confidence * 0.95, 2)
            };
        });
    }

    private static string Share(double strength, double score) => strength >= score ? "all" : F($"{100 * strength / score:0} %");

    // How strong each kind is in the autoencoder's own round trip, in units of its threshold, whether or not it reaches it.
    private static Dictionary<FindingKind, double> Strengths(PairEvidence own)
    {
        PictureComparison c = own.Comparison;
        Dictionary<FindingKind, double> strengths = new()
        {
            [FindingKind.Colour] = c.Drift.LabShift / DiagnosisThresholds.Cast,
            [FindingKind.Warp] = c.Warp is { } warp ? WarpDetector.Score(warp) : 0,
            [FindingKind.Blur] = (c.Sharpness?.BlurSigma ?? 0) / DiagnosisThresholds.BlurSigma,
            [FindingKind.Grid] = c.Grid8 is { Significance: >= 2 } g ? g.Rms / DiagnosisThresholds.GridRms : 0,
            [FindingKind.Noise] = (c.NoiseAdded ?? 0) / DiagnosisThresholds.Noise,
            [FindingKind.Clipping] = Math.Max(c.ClippedMore / DiagnosisThresholds.Clipping, c.Range.Outside / DiagnosisThresholds.Outside),
        };
        foreach (Finding f in own.Found) strengths[f.Kind] = Math.Max(strengths.GetValueOrDefault(f.Kind), f.Score);
        return strengths;
    }
}
