using System.CommandLine;
using System.Globalization;
using LatentSharp.Cpu;

namespace LatentSharp.Cli;

/// <summary>Options that every command takes.</summary>
internal static class SharedOptions
{
    internal static Option<bool> Json { get; } = new("--json") { Description = "Print the result as JSON on standard output.", Recursive = true };

    internal static Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Print nothing but errors (and the result, with --json).", Recursive = true };

    internal static Option<int> Threads { get; } = WholeNumber(new("--threads") { Description = "Threads to compute with; all cores by default.", HelpName = "N", Recursive = true }, 1024);

    /// <summary>An option whose value is a whole number from 1 to <paramref name="maximum"/>.</summary>
    internal static Option<int> WholeNumber(Option<int> option, int maximum)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int n) || n < 1 || n > maximum))
                result.AddError($"{option.Name} {token.Value}: a whole number from 1 to {maximum} is expected.");
        });
        return option;
    }

    /// <summary>How the processor is to be used.</summary>
    internal static CpuOptions Cpu(ParseResult arguments) => new() { Threads = arguments.GetValue(Threads) };
}
