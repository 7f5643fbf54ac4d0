using System.Text.Json;

namespace LatentSharp.Cli;

/// <summary>An error as the command line reports it: one message, one exit code, no stack trace.</summary>
internal sealed record Failure(int ExitCode, string Kind, string Where, string What, string? Next)
{
    private const int DiskFullUnix = 28;                      // ENOSPC
    private const int DiskFullWindows = unchecked((int)0x80070070); // ERROR_DISK_FULL as HRESULT

    internal string Message => (Where.Length == 0 ? What : $"{Where}: {What}") + (Next is null ? "" : Next.StartsWith('\n') ? Next : " " + Next);

    internal static Failure Of(Exception exception) => exception switch
    {
        LatentSharpException e => new((int)e.Kind, e.Kind switch { ErrorKind.NotFound => "not-found", ErrorKind.Mismatch => "mismatch", _ => "bad-input" }, e.Where, e.What, e.Next),
        UsageException e => new(Cli.ExitCode.Usage, "usage", e.Where, e.Message, e.Next),
        OperationCanceledException => new(Cli.ExitCode.Cancelled, "cancelled", "", "cancelled; nothing was written.", null),
        FileNotFoundException e => new(Cli.ExitCode.NotFound, "not-found", e.FileName ?? "", "there is no such file.", "Check the path."),
        DirectoryNotFoundException e => new(Cli.ExitCode.NotFound, "not-found", "", e.Message, null),
        UnauthorizedAccessException e => new(Cli.ExitCode.BadInput, "bad-input", "", e.Message, "Check the permissions, or choose another folder with -o."),
        IOException e when e.HResult is DiskFullUnix or DiskFullWindows => new(Cli.ExitCode.BadInput, "bad-input", "", "the disk is full; nothing was written.", "Make room, or choose another folder with -o."),
        IOException e => new(Cli.ExitCode.BadInput, "bad-input", "", e.Message, null),
        OutOfMemoryException => new(Cli.ExitCode.BadInput, "bad-input", "", "there is not enough memory for this.", "`latent plan --size WxH` says how much a picture needs."),
        _ => new(Cli.ExitCode.Defect, "defect", "", $"latent failed in a way it should not: {exception.Message}", "Please report it with the command and the output of LATENTSHARP_DEBUG=1."),
    };

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
