using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LatentSharp.Bench.Compare;

/// <summary>
/// One side of one case in a process of its own, so that its peak memory is its own. It prepares the network, says <c>ready SECONDS</c> and
/// then obeys lines from the parent: <c>run</c> answers <c>done SECONDS</c>, <c>save PATH</c> writes the last result and answers
/// <c>saved</c>, <c>peak</c> answers <c>peak BYTES</c>, <c>quit</c> ends it. A failure is <c>error MESSAGE</c>.
/// </summary>
internal static class Worker
{
    public static int Run(WorkerOptions options)
    {
        try
        {
            Serve(options);
            return 0;
        }
        catch (Exception e) when (e is LatentSharpException or IOException or OutOfMemoryException or NotSupportedException)
        {
            Console.WriteLine("error " + e.Message.ReplaceLineEndings(" "));
            return 1;
        }
    }

    // Calls are repeated for so long: after the pause of a turn, one of a few milliseconds measures how fast the machine wakes up.
    private const double ShortSeconds = 0.1;

    private static void Serve(WorkerOptions options)
    {
        long start = Stopwatch.GetTimestamp();
        using IMeasured measured = IMeasured.Of(options);
        Say($"ready {Seconds(start):R}");

        while (Console.ReadLine() is { } line && line != "quit")
        {
            string[] words = line.Split(' ', 2);
            switch (words[0])
            {
                case "run":
                    start = Stopwatch.GetTimestamp();
                    int calls = 0;
                    for (; calls == 0 || measured.IsRepeatable && Seconds(start) < ShortSeconds; calls++) measured.Run();
                    Say($"done {Seconds(start) / calls:R}");
                    break;
                case "save":
                    using (FileStream file = File.Create(words[1])) file.Write(MemoryMarshal.AsBytes(measured.Result));
                    Say("saved");
                    break;
                case "peak":
                    Say($"peak {PeakMemory.OfThisProcess}");
                    break;
                default:
                    throw new NotSupportedException($"unknown request {line}");
            }
        }
    }

    private static double Seconds(long start) => Stopwatch.GetElapsedTime(start).TotalSeconds;

    private static void Say(string line)
    {
        Console.WriteLine(line);
        Console.Out.Flush();
    }
}
