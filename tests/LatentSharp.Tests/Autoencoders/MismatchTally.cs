using LatentSharp.Autoencoders.Checks;
using LatentSharp.Latents;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>The latents that one autoencoder makes, by photograph.</summary>
internal sealed record Encoded(string Name, LatentSpace Space, Latent[][] Training, Latent[][] Evaluation, Checks TrainingChecks,
    Checks EvaluationChecks);

/// <summary>Verdicts on latents whose space is known.</summary>
internal sealed class Tally
{
    public int Count { get; private set; }

    public int Right => Margins.Count;

    public int FalselyUnscaled { get; private set; }

    public int FoundUnscaled { get; private set; }

    /// <summary>The leads of the right verdicts.</summary>
    public List<double> Margins { get; } = [];

    /// <summary>The leads of the wrong verdicts.</summary>
    public List<double> WrongMargins { get; } = [];

    /// <summary>The number of wrong verdicts that lead by a margin.</summary>
    public int Alarms(double margin) => WrongMargins.Count(m => m >= margin);

    public void Add(LatentSpace space, Latent latent, IReadOnlyList<SpaceFingerprint> fingerprints)
    {
        SpaceVerdict verdict = SpaceIdentification.Of(latent, fingerprints)!;
        var raw = new float[latent.Values.Length];
        space.ToModel(latent.Values, raw, latent.Height, latent.Width);
        SpaceVerdict unscaled = SpaceIdentification.Of(new Latent(space, raw, 1, latent.Height, latent.Width), fingerprints)!;
        Count++;
        (verdict.Best == space ? Margins : WrongMargins).Add(verdict.Margin);
        if (verdict.Of(space)!.IsUnscaled) FalselyUnscaled++;
        if (unscaled.Of(space)!.IsUnscaled) FoundUnscaled++;
    }

    public static Tally Sum(IEnumerable<Tally> tallies)
    {
        var sum = new Tally();
        foreach (Tally t in tallies)
        {
            (sum.Count, sum.FalselyUnscaled, sum.FoundUnscaled) =
                (sum.Count + t.Count, sum.FalselyUnscaled + t.FalselyUnscaled, sum.FoundUnscaled + t.FoundUnscaled);
            sum.WrongMargins.AddRange(t.WrongMargins);
            sum.Margins.AddRange(t.Margins);
        }
        return sum;
    }
}

/// <summary>Whole checks of matched pairs.</summary>
internal sealed class Checks
{
    public int Count { get; private set; }

    public int Alarms { get; private set; }

    public int Suspicious { get; private set; }

    public double Least { get; private set; } = double.PositiveInfinity;

    public double Most { get; private set; }

    public void Add(CompatibilityVerdict verdict, double error)
    {
        Count++;
        if (verdict == CompatibilityVerdict.Mismatch) Alarms++;
        if (verdict == CompatibilityVerdict.Suspicious) Suspicious++;
        (Least, Most) = (Math.Min(Least, error), Math.Max(Most, error));
    }

    public static Checks Sum(IEnumerable<Checks> all)
    {
        var sum = new Checks();
        foreach (Checks c in all)
            (sum.Count, sum.Alarms, sum.Suspicious, sum.Least, sum.Most) =
                (sum.Count + c.Count, sum.Alarms + c.Alarms, sum.Suspicious + c.Suspicious, Math.Min(sum.Least, c.Least),
                    Math.Max(sum.Most, c.Most));
        return sum;
    }
}
