namespace LatentSharp.Training;

/// <summary>How a rate goes on after the warm-up.</summary>
public enum RateCurve
{
    /// <summary>It stays.</summary>
    Constant,
    /// <summary>It falls to 0 at the last step, as half a period of the cosine.</summary>
    Cosine,
}

/// <summary>The rate of every step: from 1 / <paramref name="Warmup"/> of it up in even steps, then by a curve.</summary>
/// <param name="Rate">The highest.</param>
/// <param name="Warmup">Steps until it is reached; 0 for none.</param>
/// <param name="Curve">What follows.</param>
/// <param name="Steps">Steps in all; only a curve that falls needs them.</param>
internal sealed record RateSchedule(double Rate, long Warmup = 0, RateCurve Curve = RateCurve.Constant, long Steps = 0)
{
    /// <summary>The rate of a step, counted from 1.</summary>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        if (step <= Warmup) return Rate * step / Warmup;
        if (Curve == RateCurve.Constant) return Rate;
        double done = Math.Clamp((double)(step - Warmup) / Math.Max(1, Steps - Warmup), 0, 1);
        return Rate * 0.5 * (1 + Math.Cos(Math.PI * done));
    }
}
