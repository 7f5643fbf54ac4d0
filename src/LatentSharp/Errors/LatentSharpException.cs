namespace LatentSharp;

/// <summary>What kind of mistake an error reports; the command line turns it into its exit code.</summary>
public enum ErrorKind
{
    /// <summary>The input is not what it has to be: damaged, malformed, of the wrong size (exit code 3).</summary>
    BadInput = 3,
    /// <summary>Something that was named does not exist (exit code 4).</summary>
    NotFound = 4,
    /// <summary>Two things that are each valid do not belong together (exit code 5).</summary>
    Mismatch = 5,
}

/// <summary>
/// An error that a user can act on. Its message says what is wrong, where, what was expected, what was found and what to do next;
/// it is meant to be shown as it is, without a stack trace.
/// </summary>
public class LatentSharpException : Exception
{
    /// <summary>An error of the given kind.</summary>
    /// <param name="kind">Decides the exit code of the command line.</param>
    /// <param name="where">The file, option or value concerned; empty when there is none.</param>
    /// <param name="what">What is wrong: what was expected and what was found, one or two sentences.</param>
    /// <param name="next">What the user can do about it; null when nothing sensible can be said.</param>
    /// <param name="inner">The cause.</param>
    public LatentSharpException(ErrorKind kind, string where, string what, string? next = null, Exception? inner = null)
        : base(Format(where, what, next), inner)
        => (Kind, Where, What, Next) = (kind, where, what, next);

    /// <summary>The kind of mistake.</summary>
    public ErrorKind Kind { get; }

    /// <summary>The file, option or value concerned.</summary>
    public string Where { get; }

    /// <summary>What was expected and what was found.</summary>
    public string What { get; }

    /// <summary>The next step, or null.</summary>
    public string? Next { get; }

    private static string Format(string where, string what, string? next)
        => (where.Length == 0 ? what : $"{where}: {what}") + (next is null ? "" : $" {next}");
}
