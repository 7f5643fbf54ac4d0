namespace LatentSharp.Datasets;

/// <summary>A data set cannot be written to any more, whatever picture comes next.</summary>
internal sealed class DatasetWriteException(string where, string what, Exception inner)
    : LatentSharpException(ErrorKind.BadInput, where, what, "What is written is whole; see to it and run the same command again.", inner)
{
    /// <summary>The error of a file that could not be written.</summary>
    public static DatasetWriteException Of(string path, Exception cause)
        => new(path, cause is LatentSharpException e ? e.What : $"the file cannot be written: {cause.Message}", cause);
}
