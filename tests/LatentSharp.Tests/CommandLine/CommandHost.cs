using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// A process in which <c>latent</c> commands run one after another, each with a folder and a home of its own: what they write goes through the real standard streams, but the
/// runtime starts once and code is compiled once. Commands that need a process for themselves (signals, environment variables read at the start) get one from
/// <see cref="Workplace.Start"/>.
/// </summary>
internal sealed class CommandHost
{
    /// <summary>The argument that makes the test program serve commands.</summary>
    internal const string Argument = "serve-latent-commands";

    private static readonly ConcurrentBag<CommandHost> idle = [];
    private static readonly TimeSpan limit = TimeSpan.FromMinutes(5);
    private readonly Process process;

    static CommandHost() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (CommandHost host in idle)
        {
            host.process.StandardInput.Close();
            host.process.WaitForExit(limit);
        }
    };

    private CommandHost()
    {
        var info = new ProcessStartInfo("dotnet", [typeof(CommandHost).Assembly.Location, Argument])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment.Remove("LATENTSHARP_DEBUG");
        process = Process.Start(info)!;
    }

    /// <summary>Runs one command to its end: on a process that waits for one, or on a new one.</summary>
    /// <param name="folder">The folder in which it runs.</param>
    /// <param name="home">The library's home.</param>
    /// <param name="arguments">What is typed after <c>latent</c>.</param>
    /// <param name="input">What it reads from standard input.</param>
    internal static Workplace.Outcome Run(string folder, string home, IReadOnlyList<string> arguments, byte[]? input = null)
    {
        if (!idle.TryTake(out CommandHost? host)) host = new CommandHost();
        Workplace.Outcome outcome = host.Run(new Request(folder, home, [.. arguments], input ?? [], Guid.NewGuid().ToString("N")));
        if (!host.process.HasExited) idle.Add(host);
        return outcome;
    }

    /// <summary>The other side: runs what is asked for on standard input, until that is closed.</summary>
    internal static async Task<int> ServeAsync()
    {
        string own = Directory.GetCurrentDirectory();
        using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput(), error = Console.OpenStandardError();
        using var lines = new StreamReader(input, Encoding.UTF8);
        while (await lines.ReadLineAsync() is { } line)
        {
            Request request = JsonSerializer.Deserialize<Request>(line)!;
            Directory.SetCurrentDirectory(request.Folder);
            Environment.SetEnvironmentVariable(AutoencoderLibrary.HomeVariable, request.Home);
            int code;
            try
            {
                code = await LatentSharp.Cli.CommandLine.RunAsync(request.Arguments, new LatentSharp.Cli.Surroundings { Input = () => new MemoryStream(request.Input) });
            }
            catch (Exception e)     // what would end a process of its own
            {
                await Console.Error.WriteLineAsync(e.ToString());
                code = 134;
            }
            Directory.SetCurrentDirectory(own);
            byte[] end = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{request.Id}{code}\n"));
            await output.WriteAsync(end);
            await output.FlushAsync();
            await error.WriteAsync(end);
            await error.FlushAsync();
        }
        return 0;
    }

    private Workplace.Outcome Run(Request request)
    {
        process.StandardInput.WriteLine(JsonSerializer.Serialize(request));
        process.StandardInput.Flush();
        Task<(string Text, int? Code)> output = ReadAsync(process.StandardOutput.BaseStream, request.Id), error = ReadAsync(process.StandardError.BaseStream, request.Id);
        if (!Task.WhenAll(output, error).Wait(limit))
        {
            process.Kill();
            throw new TimeoutException($"latent {string.Join(' ', request.Arguments)} did not end within {limit}");
        }
        if (output.Result.Code is { } code) return new Workplace.Outcome(code, output.Result.Text, error.Result.Text);
        process.WaitForExit();
        return new Workplace.Outcome(process.ExitCode, output.Result.Text, error.Result.Text);
    }

    // All up to the line that the other side writes at the end of a command; without one the process has ended.
    private static async Task<(string Text, int? Code)> ReadAsync(Stream stream, string id)
    {
        var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (buffer[read - 1] != '\n') continue;
            string text = Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
            int end = text.LastIndexOf(id, StringComparison.Ordinal);
            if (end >= 0) return (text[..end], int.Parse(text.AsSpan(end + id.Length).Trim(), CultureInfo.InvariantCulture));
        }
        return (Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length), null);
    }

    private sealed record Request(string Folder, string Home, string[] Arguments, byte[] Input, string Id);
}
