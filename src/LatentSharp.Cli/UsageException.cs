namespace LatentSharp.Cli;

/// <summary>The command line itself makes no sense: options that contradict each other, one output file for several inputs.</summary>
internal sealed class UsageException(string where, string what, string? next = null) : Exception(what)
{
    internal string Where { get; } = where;

    internal string? Next { get; } = next;
}
