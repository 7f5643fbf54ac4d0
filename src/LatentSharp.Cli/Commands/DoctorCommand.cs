using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Installation;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent doctor</c></summary>
internal sealed class DoctorCommand : LatentCommand
{
    internal DoctorCommand()
        : base("doctor",
            "Say what this installation has: version, processor, memory, picture library, folders. Text to paste into a bug report.",
            "latent doctor", "latent doctor --json")
    {
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        string? home = ((Surroundings)arguments.InvocationConfiguration).Home
            ?? Environment.GetEnvironmentVariable(AutoencoderLibrary.HomeVariable);
        InstallationFacts f = DescribeInstallation.Run(typeof(DoctorCommand).Assembly, () => Library(arguments), home ?? "");
        output.Line($"latent     {f.Version}{(f.Commit is { } commit ? $" ({commit[..Math.Min(commit.Length, 9)]})" : "")}");
        output.Line($"runtime    {f.Runtime}");
        output.Line($"system     {f.System}");
        output.Line($"processor  {f.Processor}, {f.Cores} threads, vectors {f.Vectors}{(f.Vectors == f.WidestVectors ? "" : $" (widest {f.WidestVectors})")}");
        output.Line(string.Create(CultureInfo.InvariantCulture, $"memory     {f.MemoryBytes / 1e9:0.0} GB that may be used"));
        output.Line($"pictures   {f.PictureLibrary ?? $"cannot be read: {f.PictureProblem}"}");
        output.Line($"home       {f.Home}{(f.LibraryProblem is { } problem ? $": {problem}" : "")}");
        output.Line($"default    {f.Default ?? "none"}");
        foreach (string generator in f.Generators) output.Line($"generator  {generator}");
        foreach (string folder in f.Folders) output.Line($"folder     {folder}{(Directory.Exists(folder) ? "" : " (missing)")}");
        output.Object(f, ServiceJson.Readable.InstallationFacts);
    }
}
