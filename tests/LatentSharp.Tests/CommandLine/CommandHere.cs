namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// The command line run in the process of the tests, one command at a time: a process has one current folder. No other test may use paths
/// that start there.
/// </summary>
internal static class CommandHere
{
    private static readonly Lock One = new();

    /// <summary>Runs a command in the folder and with the home of a workplace.</summary>
    /// <param name="place">The workplace.</param>
    /// <param name="arguments">What is typed after <c>latent</c>.</param>
    /// <param name="input">What it reads from standard input.</param>
    internal static Workplace.Outcome Run(Workplace place, string[] arguments, byte[] input)
    {
        using StringWriter output = new(), error = new();
        var surroundings = new LatentSharp.Cli.Surroundings
        {
            Home = place.Home, Input = () => new MemoryStream(input), Columns = null,
            Output = output, Error = error
        };
        lock (One)
        {
            string before = Directory.GetCurrentDirectory();
            Directory.SetCurrentDirectory(place.Folder);
            try
            {
                int code = LatentSharp.Cli.CommandLine.RunAsync(arguments, surroundings).GetAwaiter().GetResult();
                return new Workplace.Outcome(code, output.ToString(), error.ToString());
            }
            finally
            {
                Directory.SetCurrentDirectory(before);
            }
        }
    }
}
