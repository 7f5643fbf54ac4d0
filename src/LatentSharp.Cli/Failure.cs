using System.Text.Json;

namespace LatentSharp.Cli;

/// <summary>An error as the command line reports it: one message, one exit code, no stack trace.</summary>
internal sealed record Failure(int ExitCode, string Kind, string Where, string What, Remedy? Remedy)
{
    private const int DiskFullUnix = 28;                      // ENOSPC
    private const int DiskFullWindows = unchecked((int)0x80070070); // ERROR_DISK_FULL as HRESULT

    /// <summary>The remedy with what to type.</summary>
    internal string? Next => TypedRemedy.Text(Remedy);

    internal string Message => (Where.Length == 0 ? What : $"{Where}: {What}") + (Next is null ? "" : Next.StartsWith('\n') ? Next : " " + Next);

    internal static Failure Of(Exception exception) => exception switch
    {
        LatentSharpException e => new(Cli.ExitCode.Of(e.Kind), Word(e.Kind), e.Where, e.What, e.Remedy),
        OperationCanceledException => new(Cli.ExitCode.Cancelled, "cancelled", "", "cancelled; nothing was written.", null),
        FileNotFoundException e => new(Cli.ExitCode.NotFound, "not-found", e.FileName ?? "", "there is no such file.", "Check the path."),
        DirectoryNotFoundException e => new(Cli.ExitCode.NotFound, "not-found", "", e.Message, null),
        UnauthorizedAccessException e => Bad(e.Message, "Check the permissions, or choose another folder with -o."),
        IOException e when e.HResult is DiskFullUnix or DiskFullWindows
            => Bad("the disk is full; nothing was written.", "Make room, or choose another folder with -o."),
        IOException e => Bad(e.Message, null),
        OutOfMemoryException => Bad("there is not enough memory for this.", new Remedy(RemedyKind.PlanPicture, "See how much a picture needs.")),
        _ => new(Cli.ExitCode.Defect, "defect", "", $"latent failed in a way it should not: {exception.Message}",
            "Please report it with the command and the output of LATENTSHARP_DEBUG=1."),
    };

    private static Failure Bad(string what, Remedy? remedy) => new(Cli.ExitCode.BadInput, "bad-input", "", what, remedy);

    private static string Word(ErrorKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    internal void WriteJson(Stream stream)
    {
        using (var json = new Utf8JsonWriter(stream, JsonOutput.Options))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("kind", Kind);
            json.WriteNumber("exit_code", ExitCode);
            json.WriteString("where", Where);
            json.WriteString("what", What);
            if (Next is null) json.WriteNull("next");
            else json.WriteString("next", Next.Trim());
            json.WriteString("message", Message);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
    }
}
