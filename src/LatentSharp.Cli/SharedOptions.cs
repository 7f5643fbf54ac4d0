using System.CommandLine;

namespace LatentSharp.Cli;

/// <summary>Options that every command takes.</summary>
internal static class SharedOptions
{
    internal static Option<bool> Json { get; } = new("--json") { Description = "Print the result as JSON on standard output.", Recursive = true };

    internal static Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Print nothing but errors (and the result, with --json).", Recursive = true };

    internal static Option<int> Threads { get; } = Positive(new("--threads") { Description = "Threads to compute with; all cores by default.", HelpName = "N", Recursive = true });

    private static Option<int> Positive(Option<int> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && (!int.TryParse(result.Tokens[0].Value, out int n) || n < 1 || n > 1024))
                result.AddError($"--threads {result.Tokens[0].Value}: the number of threads is a whole number from 1 to 1024.");
        });
        return option;
    }
}
