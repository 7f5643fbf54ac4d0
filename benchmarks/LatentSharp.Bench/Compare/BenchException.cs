namespace LatentSharp.Bench.Compare;

/// <summary>A measurement that was asked for wrongly or could not be made.</summary>
internal sealed class BenchException(string message, bool isUsage = false) : Exception(message)
{
    /// <summary>Whether the command line is at fault.</summary>
    public bool IsUsage => isUsage;
}
