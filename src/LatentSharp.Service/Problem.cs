namespace LatentSharp.Service;

/// <summary>An error as a value: what went wrong with one of several things, while the others were done.</summary>
/// <param name="Kind">What kind of mistake it is.</param>
/// <param name="Where">The file, option or value concerned; empty when there is none.</param>
/// <param name="What">What is wrong: what was expected and what was found.</param>
/// <param name="Remedy">What can be done about it; null when nothing sensible can be said.</param>
public sealed record Problem(ErrorKind Kind, string Where, string What, Remedy? Remedy)
{
    /// <summary>The error that a use case answers an exception with; null for one that means a defect or a cancellation.</summary>
    public static Problem? Of(Exception exception) => exception switch
    {
        LatentSharpException e => new Problem(e.Kind, e.Where, e.What, e.Remedy),
        FileNotFoundException e => new Problem(ErrorKind.NotFound, e.FileName ?? "", "there is no such file.", "Check the path."),
        DirectoryNotFoundException e => new Problem(ErrorKind.NotFound, "", e.Message, null),
        UnauthorizedAccessException e => new Problem(ErrorKind.BadInput, "", e.Message, "Check the permissions, or choose another folder to write to."),
        IOException when IsDiskFull(exception) => new Problem(ErrorKind.BadInput, "", "the disk is full.", "Make room, or choose another folder to write to."),
        IOException e => new Problem(ErrorKind.BadInput, "", e.Message, null),
        OutOfMemoryException => new Problem(ErrorKind.BadInput, "", "there is not enough memory for this.",
            new Remedy(RemedyKind.PlanPicture, "See how much a picture needs.")),
        _ => null,
    };

    /// <summary>Whether a full disk is the cause: what comes next would fail as well.</summary>
    internal static bool IsDiskFull(Exception? exception)
    {
        const int unix = 28, windows = unchecked((int)0x80070070);      // ENOSPC and ERROR_DISK_FULL, as HRESULT
        for (; exception is not null; exception = exception.InnerException)
            if (exception is IOException { HResult: unix or windows }) return true;
        return false;
    }
}
