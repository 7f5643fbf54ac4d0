using System.Globalization;
using LatentSharp.Compute;
using LatentSharp.Cpu;

namespace LatentSharp.Tests.Cpu;

/// <summary>Tests that look at the memory of the whole process: nothing else may run beside them.</summary>
[CollectionDefinition(nameof(ProcessMemory), DisableParallelization = true)]
public sealed class ProcessMemory;

/// <summary>What a plan promises against what the process really takes, as the kernel counts it (/proc/self/status).</summary>
[Collection(nameof(ProcessMemory))]
public class MemoryTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(0.8)]
    public void The_planned_peak_is_what_a_run_takes(double? budget)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the peak of the resident memory is read from /proc");
        using Autoencoder ae = EmbeddedAutoencoder.Shared;
        // 768 x 768: 200 MB, beside which the runtime's own allocations of some megabytes do not count.
        var options = new ComputeOptions { Threads = 2 };
        Plan plan = ae.PlanDecode(768, 768, options);
        if (budget is double part) plan = ae.PlanDecode(768, 768, options with { MemoryBudget = (long)(plan.PeakBytes * part) });
        var input = new float[plan.Inputs[0].Shape.Count];
        var output = new float[plan.Outputs[0].Shape.Count];
        Array.Fill(output, 1f);
        (long taken, long moved) = Measure();
        // What earlier tests mapped or left behind may go back to the system while the run is measured, a little at a time. Such a run says
        // nothing: the memory before it and after it has to be the same.
        for (int i = 0; i < 5 && Math.Abs(moved) > 0.05 * plan.PeakBytes; i++) (taken, moved) = Measure();
        Assert.InRange(taken / (double)plan.PeakBytes, 0.9, 1.1);

        (long Taken, long Moved) Measure()
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GiveBack();
            long before = Resident("VmRSS");
            File.WriteAllText("/proc/self/clear_refs", "5");
            plan.Run(input, output, cancellationToken: TestContext.Current.CancellationToken);
            long peak = Resident("VmHWM");
            GiveBack();
            return (peak - before, Resident("VmRSS") - before);
        }

        // Taking a block of another size frees the one that is kept from an earlier run.
        static void GiveBack() => DefaultDevice.Instance.Memory.Take(64, "test").Dispose();
    }

    [Fact]
    public void Many_decodes_leave_the_memory_flat()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the resident memory is read from /proc");
        // 1,000 with LATENTSHARP_LONG=1; 60 show a leak of one run's memory (a few MB) just as well.
        int decodes = Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1" ? 1000 : 60;
        using Autoencoder ae = EmbeddedAutoencoder.Shared;
        var latent = new Latent(LatentSpace.Flux1, new float[16 * 8 * 8], 1, 8, 8);
        for (int i = 0; i < 20; i++) ae.Decode(latent, cancellationToken: TestContext.Current.CancellationToken);
        GC.Collect();
        long before = Resident("VmRSS");
        for (int i = 0; i < decodes; i++) ae.Decode(latent, cancellationToken: TestContext.Current.CancellationToken);
        GC.Collect();
        Assert.InRange(Resident("VmRSS") - before, long.MinValue, 24_000_000);
    }

    private static long Resident(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(field.Length + 1).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) * 1024;
    }
}
