namespace LatentSharp.Service;

/// <summary>Measured figures as results hold them.</summary>
internal static class Figure
{
    /// <summary>Rounded to so many digits; null when it is not finite, which JSON cannot say.</summary>
    internal static double? Of(double value, int digits) => double.IsFinite(value) ? Math.Round(value, digits) : null;
}
