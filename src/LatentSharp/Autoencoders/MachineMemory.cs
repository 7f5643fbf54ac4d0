using LatentSharp.Cpu;

namespace LatentSharp.Autoencoders;

/// <summary>What a plan needs, against what the machine (or the container the process runs in) has.</summary>
internal static class MachineMemory
{
    /// <exception cref="LatentSharpException">More memory is needed than there is, or the batch does not fit into one array.</exception>
    public static void Require(CpuPlan plan, int batch, string where, int height, int width)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (plan.PeakBytes > available)
            throw new LatentSharpException(ErrorKind.BadInput, where, $"a picture of {width}x{height} needs {Gigabytes(plan.PeakBytes)} of working memory; this machine has {Gigabytes(available)}.", "Use a smaller picture.");
        if (batch * Math.Max(plan.Inputs[0].Shape.Count, plan.Outputs[0].Shape.Count) > Array.MaxLength)
            throw new LatentSharpException(ErrorKind.BadInput, where, $"{batch} pictures of {width}x{height} have more values than one tensor holds ({Array.MaxLength:N0}).", "Use fewer or smaller pictures.");
    }

    private static string Gigabytes(long bytes) => FormattableString.Invariant($"{bytes / 1e9:0.0} GB");
}
