using System.Diagnostics;
using System.Globalization;

namespace LatentSharp.Bench.Compare;

/// <summary>The parent's end of a <see cref="Worker"/>.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process process;

    /// <summary>Starts the worker and waits until it has prepared its network.</summary>
    public WorkerProcess(WorkerOptions options)
        : this(SelfAs(options))
    {
    }

    /// <summary>Starts a program that obeys as a worker does, and waits until it is ready.</summary>
    public WorkerProcess(ProcessStartInfo start)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput) = (true, true);
        process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} does not start");
        PreparationSeconds = Number(Expect("ready"));
    }

    private static ProcessStartInfo SelfAs(WorkerOptions options)
    {
        string self = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this program is unknown");
        var start = new ProcessStartInfo(self);
        // Under `dotnet LatentSharp.Bench.dll` the program is the host and the assembly its first argument.
        if (Path.GetFileNameWithoutExtension(self) == "dotnet") start.ArgumentList.Add(typeof(WorkerProcess).Assembly.Location);
        foreach (string argument in options.ToArguments()) start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>Seconds from the start of preparing to the network being ready to run, without the start of the process.</summary>
    public double PreparationSeconds { get; }

    /// <summary>Runs the network once and returns the seconds.</summary>
    public double Run() => Number(Ask("run", "done"));

    /// <summary>Writes the last result to a file: float32 in the order [C, H, W].</summary>
    public void Save(string path) => Ask("save " + path, "saved");

    /// <summary>The most bytes that the worker has had resident.</summary>
    public long PeakBytes() => long.Parse(Ask("peak", "peak"), CultureInfo.InvariantCulture);

    /// <summary>Ends the worker.</summary>
    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.StandardInput.Close(); // the end of its input ends it
            if (!process.WaitForExit(TimeSpan.FromSeconds(30))) process.Kill();
        }
        process.Dispose();
    }

    private string Ask(string request, string answer)
    {
        process.StandardInput.WriteLine(request);
        process.StandardInput.Flush();
        return Expect(answer);
    }

    private string Expect(string answer)
    {
        string line = process.StandardOutput.ReadLine() ?? throw new BenchException($"the measuring process ended with exit code {ExitCode()}");
        string[] words = line.Split(' ', 2);
        if (words[0] == answer) return words.Length > 1 ? words[1] : "";
        throw new BenchException(words[0] == "error" ? words[1] : $"unexpected answer: {line}");
    }

    private int ExitCode()
    {
        process.WaitForExit();
        return process.ExitCode;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
