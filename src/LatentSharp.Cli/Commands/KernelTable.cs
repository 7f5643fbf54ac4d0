using System.Globalization;
using LatentSharp.Service.Timing;

namespace LatentSharp.Cli.Commands;

/// <summary>What <c>latent bench --kernels</c> prints: a table in Markdown, to be pasted into a report.</summary>
internal static class KernelTable
{
    /// <summary>Its lines.</summary>
    internal static IEnumerable<string> Of(TimeKernelsResult r)
    {
        yield return $"{r.Processor}, {r.Threads} threads, {r.Simd}";
        yield return "";
        yield return "| | a second | of the peak |";
        yield return "|---|---:|---:|";
        yield return Text($"| peak of multiply-adds | {r.PeakOperationsPerSecond / 1e9:#,0} GFLOP/s | |");
        yield return Text($"| peak of reading memory | {r.MemoryBytesPerSecond / 1e9:0.0} GB/s | |");
        foreach (TimedKernel k in r.Kernels)
        {
            string rate = k.Limit == KernelPeak.Arithmetic ? Text($"{k.PerSecond / 1e9:#,0} GFLOP/s") : Text($"{k.PerSecond / 1e9:0.0} GB/s");
            yield return Text($"| {k.Name} | {rate} | {100 * k.ShareOfPeak:0} % |");
        }
        string size = $"{r.Picture.Picture.Width}x{r.Picture.Picture.Height}";
        if (r.Picture.Encode is { } encode) yield return Text($"| encode {size} | {encode.MedianSeconds:0.000} s | |");
        if (r.Picture is not { Decode: { } decode } || r.FloorSeconds is not { } floor || r.ShareOfFloor is not { } share) yield break;
        yield return Text($"| decode {size} | {decode.MedianSeconds:0.000} s, at the peak {floor:0.000} s | {100 * share:0} % |");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
