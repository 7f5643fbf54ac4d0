using System.CommandLine;
using System.CommandLine.Parsing;
using LatentSharp.Weights;

namespace LatentSharp.Cli;

/// <summary>
/// Pipes among the arguments, such as the shell's <c>&lt;(...)</c>, and <c>-</c> for standard input: each is read once, into a temporary
/// file that takes its place, since headers, digests and contents are read at different times. What a command writes to is left as it is,
/// and so is standard input among the many files that a command takes: it reads that itself.
/// </summary>
internal sealed class PipedInputs : IDisposable
{
    private const string StandardInput = "-";

    private static readonly string[] Outputs = ["--output", "OUT"];
    // What stands for a file in the help; `-` in a prompt or a name is that and nothing else.
    private static readonly string[] Files = ["FILE", "PATH", "IMAGE", "PICTURE", "LATENT", "AE", "IN", "THING"];

    private readonly Func<Stream> input;
    private readonly string? folder;

    /// <summary>Reads the pipes.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="parsed">What they were understood as.</param>
    /// <param name="input">Opens standard input.</param>
    /// <exception cref="LatentSharpException">A pipe cannot be read, or there is no room for what it holds.</exception>
    public PipedInputs(string[] args, ParseResult parsed, Func<Stream> input)
    {
        Args = args;
        this.input = input;
        string[] pipes = [.. ValuesOf(parsed.RootCommandResult, outputs: false).Where(v => v == StandardInput || RegularFile.IsPipe(v))
            .Distinct(StringComparer.Ordinal)];
        if (pipes.Length == 0) return;
        if (pipes.Contains(StandardInput) && ValuesOf(parsed.RootCommandResult, outputs: true).Contains(StandardInput))
            throw new LatentSharpException(ErrorKind.Usage, StandardInput, "writing to standard output is not supported.", "Name a file.");
        folder = Directory.CreateTempSubdirectory("latent-").FullName;
        try
        {
            Dictionary<string, string> files = pipes.Select((pipe, i) => (pipe, File: Copy(pipe, i)))
                .ToDictionary(p => p.pipe, p => p.File, StringComparer.Ordinal);
            Args = [.. args.Select(a => Replaced(a, files))];
            Names = files.ToDictionary(f => f.Value,
                f => f.Key is StandardInput or "/dev/stdin" or "/dev/fd/0" ? "standard input" : f.Key, StringComparer.Ordinal);
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

    // What the inputs, or the outputs, of a command are.
    private static IEnumerable<string> ValuesOf(SymbolResult result, bool outputs) => result switch
    {
        CommandResult command => command.Children.SelectMany(c => ValuesOf(c, outputs)),
        OptionResult { Option: { } option } when Outputs.Contains(option.Name) == outputs =>
            Values(result, outputs || IsFile(option.HelpName ?? "")),
        ArgumentResult { Argument: { } argument } when Outputs.Contains(argument.Name) == outputs =>
            Values(result, outputs || (argument is not InputsArgument && IsFile(argument.Name))),
        _ => [],
    };

    private static IEnumerable<string> Values(SymbolResult result, bool standardInput)
        => result.Tokens.Select(t => t.Value).Where(v => v != StandardInput || standardInput);

    private static bool IsFile(string help) => help.Split('|').Any(Files.Contains);

    // `--latents=-` is one word.
    private static string Replaced(string word, Dictionary<string, string> files)
    {
        if (files.TryGetValue(word, out string? file)) return file;
        int value = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=', StringComparison.Ordinal) + 1 : 0;
        return value > 0 && files.TryGetValue(word[value..], out file) ? word[..value] + file : word;
    }

    private string Copy(string pipe, int number)
    {
        // Of its own folder each, so that the name, which results are named after, is kept.
        string name = pipe == StandardInput ? "stdin" : Path.GetFileName(pipe);
        string file = Path.Combine(Directory.CreateDirectory(Path.Combine(folder!, $"{number}")).FullName, name);
        try
        {
            using var to = new FileStream(file, FileMode.CreateNew);
            if (pipe == StandardInput) input().CopyTo(to);
            else PipeFile.Copy(pipe, to);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, pipe, $"this pipe could not be read into {folder}: {e.Message}",
                "Write its content to a file first, and name that.", e);
        }
    }
}
