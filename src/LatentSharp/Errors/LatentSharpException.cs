namespace LatentSharp;

/// <summary>What kind of mistake an error reports. Programs turn it into what they answer with: an exit code, an HTTP status.</summary>
public enum ErrorKind
{
    /// <summary>The input is not what it has to be: damaged, malformed, of the wrong size; or an output cannot be written.</summary>
    BadInput,
    /// <summary>Something that was named does not exist.</summary>
    NotFound,
    /// <summary>Two things that are each valid do not belong together.</summary>
    Mismatch,
    /// <summary>
    /// What was asked for makes no sense as it was asked: options that contradict each other, one output for several inputs.
    /// </summary>
    Usage,
}

/// <summary>
/// An error that a user can act on. Its message says what is wrong, where, what was expected, what was found and what to do next;
/// it is meant to be shown as it is, without a stack trace.
/// </summary>
public class LatentSharpException : Exception
{
    /// <summary>An error of the given kind.</summary>
    /// <param name="kind">What kind of mistake it is.</param>
    /// <param name="where">The file, option or value concerned; empty when there is none.</param>
    /// <param name="what">What is wrong: what was expected and what was found, one or two sentences.</param>
    /// <param name="remedy">What the user can do about it, in words or as a value; null when nothing sensible can be said.</param>
    /// <param name="inner">The cause.</param>
    public LatentSharpException(ErrorKind kind, string where, string what, Remedy? remedy = null, Exception? inner = null)
        : base(Format(where, what, remedy?.Text), inner)
        => (Kind, Where, What, Remedy) = (kind, where, what, remedy);

    /// <summary>The kind of mistake.</summary>
    public ErrorKind Kind { get; }

    /// <summary>The file, option or value concerned.</summary>
    public string Where { get; }

    /// <summary>What was expected and what was found.</summary>
    public string What { get; }

    /// <summary>What the user can do about it, as a value; null when nothing sensible can be said.</summary>
    public Remedy? Remedy { get; }

    /// <summary>What the user can do about it in words, or null.</summary>
    public string? Next => Remedy?.Text;

    private static string Format(string where, string what, string? next)
        => (where.Length == 0 ? what : $"{where}: {what}") + (next is null ? "" : next.StartsWith('\n') ? next : $" {next}");
}
