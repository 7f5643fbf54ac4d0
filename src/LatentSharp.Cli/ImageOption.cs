using System.CommandLine;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Cli;

/// <summary>The pictures that quality is measured with.</summary>
internal static class ImageOption
{
    /// <summary>The option <c>--images</c>.</summary>
    internal static Option<string[]> Create(
        string description = "The pictures to measure with: folders, patterns (photos/**/*.png), @lists of names, single files.") => new("--images")
        {
            Description = description, HelpName = "DIR", Required = true, AllowMultipleArgumentsPerToken = true,
        };

    /// <summary>What the option named.</summary>
    internal static InputSelection Selection(ParseResult arguments, Option<string[]> images)
        => new() { Names = arguments.GetRequiredValue(images), StandardInput = ((Surroundings)arguments.InvocationConfiguration).Input() };

    /// <summary>After the work is done: what could not be used is said, and the exit code tells.</summary>
    internal static void Finish(Output output, IReadOnlyList<UnusedPicture> unused, int used)
    {
        if (unused.Count == 0) return;
        string pictures = unused.Count == 1 ? "1 picture" : $"{unused.Count} pictures";
        output.Warn($"latent: {pictures} could not be used ({string.Join("; ", unused.Select(u => $"{u.Name}: {u.Reason.TrimEnd('.')}"))}). The result "
            + $"was written from the other {used}.");
        output.ExitCode = ExitCode.BadInput;
    }
}
