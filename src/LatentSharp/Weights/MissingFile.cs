namespace LatentSharp.Weights;

/// <summary>The answer to someone whose file is not there.</summary>
internal static class MissingFile
{
    // What .NET puts in the place of bytes that are not UTF-8: on Linux names may hold any bytes, but only UTF-8 can be handed to the
    // system.
    private const char Replacement = '\uFFFD';

    /// <summary>The answer.</summary>
    /// <param name="path">The file.</param>
    /// <param name="next">What to do where nothing is wrong with its name.</param>
    /// <param name="cause">What the system said.</param>
    public static LatentSharpException Of(string path, string next, Exception? cause = null)
        => path.Contains(Replacement, StringComparison.Ordinal)
        ? new(ErrorKind.NotFound, path, "there is no file that can be opened by this name: it holds bytes that are not UTF-8.",
            "Rename it; the shell reaches it by a pattern: mv -- old*name newname.", cause)
        : new(ErrorKind.NotFound, path, "there is no such file.", next, cause);
}
