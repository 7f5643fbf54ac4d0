using System.CommandLine;
using System.CommandLine.Parsing;
using LatentSharp.Weights;

namespace LatentSharp.Cli;

/// <summary>
/// Pipes among the arguments, such as the shell's <c>&lt;(...)</c>: each is read once, into a temporary file that takes its place, since
/// headers, digests and contents are read at different times. What a command writes to is left as it is.
/// </summary>
internal sealed class PipedInputs : IDisposable
{
    private static readonly string[] Outputs = ["--output", "OUT"];

    private readonly string? folder;

    /// <summary>Reads the pipes.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="parsed">What they were understood as.</param>
    /// <exception cref="LatentSharpException">A pipe cannot be read, or there is no room for what it holds.</exception>
    public PipedInputs(string[] args, ParseResult parsed)
    {
        Args = args;
        string[] pipes = [.. InputsOf(parsed.RootCommandResult).Where(RegularFile.IsPipe).Distinct(StringComparer.Ordinal)];
        if (pipes.Length == 0) return;
        folder = Directory.CreateTempSubdirectory("latent-").FullName;
        try
        {
            Dictionary<string, string> files = pipes.Select((pipe, i) => (pipe, File: Copy(pipe, i)))
                .ToDictionary(p => p.pipe, p => p.File, StringComparer.Ordinal);
            Args = [.. args.Select(a => files.GetValueOrDefault(a, a))];
            Names = files.ToDictionary(f => f.Value, f => f.Key is "/dev/stdin" or "/dev/fd/0" ? "standard input" : f.Key, StringComparer.Ordinal);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The arguments with files in the place of pipes; the very array given when there are none.</summary>
    public string[] Args { get; }

    /// <summary>What the files are to be called where they are spoken of, by their paths: by the pipe that each holds.</summary>
    public IReadOnlyDictionary<string, string> Names { get; } = new Dictionary<string, string>();

    public void Dispose()
    {
        if (folder is not null) Directory.Delete(folder, recursive: true);
    }

    private static IEnumerable<string> InputsOf(SymbolResult result) => result switch
    {
        CommandResult command => command.Children.SelectMany(InputsOf),
        OptionResult option when !Outputs.Contains(option.Option.Name) => option.Tokens.Select(t => t.Value),
        ArgumentResult argument when !Outputs.Contains(argument.Argument.Name) => argument.Tokens.Select(t => t.Value),
        _ => [],
    };

    private string Copy(string pipe, int number)
    {
        // Of its own folder each, so that the name, which results are named after, is kept.
        string file = Path.Combine(Directory.CreateDirectory(Path.Combine(folder!, $"{number}")).FullName, Path.GetFileName(pipe));
        try
        {
            using var to = new FileStream(file, FileMode.CreateNew);
            PipeFile.Copy(pipe, to);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, pipe, $"this pipe could not be read into {folder}: {e.Message}",
                "Write its content to a file first, and name that.", e);
        }
    }
}
