using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Server.Load;

/// <summary>A service in a process of its own, so that its memory and its descriptors are nobody else's.</summary>
internal sealed class ServedProcess : IAsyncDisposable
{
    private readonly Workplace place;
    private readonly Process process;
    private readonly StringBuilder errors = new();

    private ServedProcess(Workplace place, Process process, Uri address)
    {
        (this.place, this.process) = (place, process);
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = 256 })
        {
            BaseAddress = address, Timeout = TimeSpan.FromMinutes(5),
        };
    }

    internal HttpClient Client { get; }

    /// <summary>What it wrote to its log.</summary>
    internal string Log => errors.ToString();

    /// <summary>Bytes that it has in memory.</summary>
    internal long Resident => 1024 * long.Parse(File.ReadLines($"/proc/{process.Id}/status")
        .First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    /// <summary>The files that are mapped into it: the program and its libraries.</summary>
    internal string Mapped => File.ReadAllText($"/proc/{process.Id}/maps");

    /// <summary>Files and sockets that it has open.</summary>
    internal int Descriptors => Directory.GetFileSystemEntries($"/proc/{process.Id}/fd").Length;

    /// <summary>Starts it; only where /proc tells of processes.</summary>
    internal static Task<ServedProcess> StartAsync(params string[] options) => StartAsync(new Dictionary<string, string>(), options);

    /// <summary>Starts it with variables of the environment.</summary>
    internal static Task<ServedProcess> StartAsync(IReadOnlyDictionary<string, string> variables, params string[] options)
        => StartAsync((place, arguments) => place.Start(arguments), variables, options);

    /// <summary>Starts it with a program, such as a native one.</summary>
    internal static Task<ServedProcess> StartProgramAsync(string program, params string[] options)
        => StartAsync((place, arguments) => place.StartOther(program, arguments), new Dictionary<string, string>(), options);

    private static async Task<ServedProcess> StartAsync(Func<Workplace, string[], Process> start,
        IReadOnlyDictionary<string, string> variables, string[] options)
    {
        if (!Directory.Exists("/proc/self/fd")) Assert.Skip("memory and descriptors of a process are told by /proc");
        var place = new Workplace();
        foreach ((string name, string value) in variables) place.Environment[name] = value;
        string[] address = options.Contains("--urls") ? [] : ["--urls", "http://127.0.0.1:0"];
        Process process = start(place, ["serve", "--json", .. address, .. options]);
        var document = new StringBuilder();
        do document.AppendLine(await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("it ended at once"));
        while (!document.ToString().TrimEnd().EndsWith('}'));
        using JsonDocument serving = JsonDocument.Parse(document.ToString());
        return new ServedProcess(place, process, new Uri(serving.RootElement.GetProperty("addresses")[0].GetString()!));
    }

    /// <summary>One figure of its metrics, summed over its labels.</summary>
    internal async Task<double> MetricAsync(string name) => (await Client.GetStringAsync("/metrics")).Split('\n')
        .Where(l => l.StartsWith(name + " ", StringComparison.Ordinal) || l.StartsWith(name + "{", StringComparison.Ordinal))
        .Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        place.Dispose();
    }
}
