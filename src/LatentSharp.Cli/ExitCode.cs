namespace LatentSharp.Cli;

/// <summary>What <c>latent</c> returns to the shell.</summary>
internal static class ExitCode
{
    internal const int Done = 0;
    internal const int Defect = 1;
    internal const int Usage = 2;
    internal const int BadInput = 3;
    internal const int NotFound = 4;
    internal const int Mismatch = 5;
    internal const int Ended = 6;
    internal const int Cancelled = 130;

    /// <summary>The exit code of an error of the given kind.</summary>
    internal static int Of(ErrorKind kind) => kind switch
    {
        ErrorKind.Usage => Usage,
        ErrorKind.NotFound => NotFound,
        ErrorKind.Mismatch => Mismatch,
        _ => BadInput,
    };
}
