using LatentSharp.Errors;

namespace LatentSharp.Autoencoders;

/// <summary>What a plan needs, against what the machine (or the container the process runs in) has.</summary>
internal static class MachineMemory
{
    /// <exception cref="LatentSharpException">More memory is needed than there is.</exception>
    public static void Require(long bytes, string where, int height, int width)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > available)
            throw new LatentSharpException(ErrorKind.BadInput, where, $"a picture of {width}x{height} needs {Gigabytes(bytes)} of working memory; this machine has {Gigabytes(available)}.", "Use a smaller picture.");
    }

    private static string Gigabytes(long bytes) => FormattableString.Invariant($"{bytes / 1e9:0.0} GB");
}
