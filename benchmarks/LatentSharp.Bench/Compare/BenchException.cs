namespace LatentSharp.Bench.Compare;

/// <summary>A measurement that could not be made.</summary>
internal sealed class BenchException(string message) : Exception(message);
