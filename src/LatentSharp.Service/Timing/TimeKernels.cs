using LatentSharp.Cpu.Kernels.Rates;
using LatentSharp.Cpu.Simd;
using LatentSharp.Service.Planning;

namespace LatentSharp.Service.Timing;

/// <summary>Says what this processor gives, and how much of it the kernels and a decode reach.</summary>
public static class TimeKernels
{
    /// <summary>Measures: kernels for seven seconds, then a picture as <see cref="TimeAutoencoder"/> does.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">The picture.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">The autoencoder cannot be opened, or the memory does not suffice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TimeKernelsResult Run(AutoencoderLibrary library, TimeRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        int threads = request.Compute.EffectiveThreads;
        SimdLevel level = SimdLevels.Chosen;
        double peak = PeakRate.MultiplyAdds(threads, level), memory = MemoryRate.Reading(threads);
        IReadOnlyList<Func<KernelRate>> kernels = KernelRates.All(threads, level);
        var timed = new List<TimedKernel>();
        IProgress<double>? told = PartOfJob.Of(progress, 0, 0.3, "kernels");
        // Twice: the runtime compiles well what it has seen run, a moment later.
        var rates = new KernelRate[kernels.Count];
        for (int i = 0; i < 2 * rates.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            KernelRate rate = kernels[i % rates.Length]();
            ref KernelRate best = ref rates[i % rates.Length];
            if (i < rates.Length || rate.PerSecond > best.PerSecond) best = rate;
            told?.Report((i + 1.0) / (2 * rates.Length + 4));
        }
        foreach (KernelRate rate in rates)
            timed.Add(rate.Limit == KernelLimit.Arithmetic ? Arithmetic(rate.Kernel, rate.PerSecond) : Memory(rate.Kernel, rate.PerSecond));
        MachineRates rows = MeasureMachine.Run(request.Compute, null, cancellationToken);
        timed.Insert(3, Arithmetic("matrix product, 1,024 rows by 3,072 x 3,072", 2 * rows.ProductsPerSecond));
        timed.Insert(5, Arithmetic("attention, 1,024 tokens and 24 heads", 2 * rows.AttentionPerSecond));
        timed.Add(Memory("product of one row with 3,072 x 12,288", rows.RowBytesPerSecond));
        TimeResult picture = TimeAutoencoder.Run(library, request, progress, 0.3, cancellationToken);
        double? floor = picture.Decode is { } decode ? 2 * decode.MultiplyAddsDone / peak : null;
        return new TimeKernelsResult(ProcessorName.Current, threads, level.ToString(), peak, memory, timed, picture, floor,
            floor / picture.Decode?.MedianSeconds);

        TimedKernel Arithmetic(string name, double rate) => new(name, KernelPeak.Arithmetic, rate, rate / peak);
        TimedKernel Memory(string name, double rate) => new(name, KernelPeak.Memory, rate, rate / memory);
    }
}
