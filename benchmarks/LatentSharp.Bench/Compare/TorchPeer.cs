using System.Diagnostics;
using System.Globalization;

namespace LatentSharp.Bench.Compare;

/// <summary>PyTorch on the processor, where a Python with it is found: what trainings are measured beside.</summary>
internal static class TorchPeer
{
    private static readonly Lazy<(string Python, string Version)?> Found = new(Find);

    /// <summary>"PyTorch 1.13.1"; null where there is none.</summary>
    public static string? Name => Found.Value is { } found ? "PyTorch " + found.Version : null;

    /// <summary>How its worker is started.</summary>
    public static ProcessStartInfo Start(WorkerOptions options, TrainingCase training)
    {
        var start = new ProcessStartInfo(Found.Value!.Value.Python);
        foreach (string argument in (string[])["-B", Path.Combine(Repository.Root, "benchmarks", "torch", "step.py"), training.Family.Id,
            Text(training.Side), Text(training.Batch), options.Weights, Text(options.Compute.Threads)]) start.ArgumentList.Add(argument);
        start.Environment["OMP_NUM_THREADS"] = Text(options.Compute.Threads);
        // Without these glibc gives the memory of every step back and takes it anew, which costs PyTorch up to half of its time.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "4000000000";
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "8000000000";
        return start;
    }

    private static (string, string)? Find()
    {
        foreach (string python in (string[])["python3", "/usr/bin/python3", "python"])
        {
            try
            {
                var start = new ProcessStartInfo(python) { RedirectStandardOutput = true, RedirectStandardError = true };
                foreach (string argument in (string[])["-c", "import torch; print(torch.__version__)"]) start.ArgumentList.Add(argument);
                using Process process = Process.Start(start)!;
                string version = process.StandardOutput.ReadToEnd().Trim();
                process.WaitForExit();
                if (process.ExitCode == 0) return (python, version);
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // no such program
            }
        }
        return null;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
