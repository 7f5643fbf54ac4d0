using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace LatentSharp.Tests.CommandLine;

/// <summary>An empty folder of its own in which <c>latent</c> runs, with a library home of its own; removed afterwards.</summary>
public sealed class Workplace : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>The folder; its name has a space and a letter outside ASCII.</summary>
    public string Folder { get; } =
        Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "latent tést " + Guid.NewGuid().ToString("N")[..12])).FullName;

    /// <summary>The library's home.</summary>
    public string Home => Path.Combine(Folder, "home");

    /// <summary>Variables that the programs started here find beside the usual ones.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>The full path of a file in the folder.</summary>
    public string File(string name) => Path.Combine(Folder, name);

    /// <summary>The files in the folder and below, by relative path, without the library's home.</summary>
    public IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(Folder, f))
        .Where(f => !f.StartsWith("home" + Path.DirectorySeparatorChar, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>
    /// Runs <c>latent</c> to its end, in this process unless it needs variables of its own: the runtime starts once and code is compiled
    /// once. What only a process shows (standard streams, signals, the shell) is tested with <see cref="LatentProcess"/>,
    /// <see cref="Start"/> and <see cref="Run"/>.
    /// </summary>
    public Outcome Latent(params string[] arguments) => IsOtherProgram || Environment.Count > 0 ? LatentProcess(arguments)
        : CommandHere.Run(this, arguments, []);

    /// <summary>As <see cref="Latent"/>, with something to read on standard input.</summary>
    internal Outcome LatentReading(byte[] input, params string[] arguments) => CommandHere.Run(this, arguments, input);

    /// <summary>Runs <c>latent</c> to its end as a process of its own, as a shell does.</summary>
    public Outcome LatentProcess(params string[] arguments) => Finish(Start(arguments));

    /// <summary>
    /// Whether <c>latent</c> is another program than the one that was built with the tests: LATENTSHARP_PROGRAM names one, such as a native
    /// one.
    /// </summary>
    public static bool IsOtherProgram => OtherProgram.Length > 0;

    private static string OtherProgram => System.Environment.GetEnvironmentVariable("LATENTSHARP_PROGRAM") ?? "";

    /// <summary>Starts <c>latent</c>.</summary>
    public Process Start(params string[] arguments)
        => Process.Start(IsOtherProgram ? Command(OtherProgram, arguments)
            : Command("dotnet", [Path.Combine(AppContext.BaseDirectory, "latent.dll"), .. arguments]))!;

    /// <summary>Starts another program in the folder.</summary>
    internal Process StartOther(string program, params string[] arguments) => Process.Start(Command(program, arguments))!;

    /// <summary>Runs another program in the folder to its end.</summary>
    public Outcome Run(string program, params string[] arguments) => Finish(StartOther(program, arguments));

    /// <summary>Waits for a started program: five minutes, or as long as is said.</summary>
    public static Outcome Finish(Process process, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(process);
        using (process)
        {
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(limit ?? Limit))
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException(
                    $"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)} did not end within {limit ?? Limit}");
            }
            process.WaitForExit();
            return new Outcome(process.ExitCode, output.Result, error.Result);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private ProcessStartInfo Command(string program, IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        info.Environment["LATENTSHARP_HOME"] = Home;
        info.Environment["DOTNET_NOLOGO"] = "1";
        info.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        info.Environment.Remove("LATENTSHARP_DEBUG");
        foreach ((string name, string value) in Environment) info.Environment[name] = value;
        return info;
    }

    /// <summary>How a program ended and what it said.</summary>
    /// <param name="ExitCode">Its exit code.</param>
    /// <param name="Output">What it wrote to standard output.</param>
    /// <param name="Error">What it wrote to standard error.</param>
    public sealed record Outcome(int ExitCode, string Output, string Error)
    {
        /// <summary>Standard output as JSON.</summary>
        public JsonElement Json => JsonDocument.Parse(Output).RootElement;

        /// <summary>Checks the exit code, showing everything that was said if it is another, and that no stack trace was printed.</summary>
        public Outcome Expect(int exitCode)
        {
            Assert.True(ExitCode == exitCode, $"expected exit code {exitCode}, got {ExitCode}\n{Output}\n{Error}");
            Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
            return this;
        }
    }
}
