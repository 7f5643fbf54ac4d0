using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// The head of a residual block that changes the number of channels: the 3x3 convolution of the normalised input and the 1x1 shortcut of
/// the input itself, both written over that input, pixel by pixel side by side. Nothing of full size is added to memory.
/// </summary>
/// <remarks>
/// Works downwards in bands. The rows of a band are normalised and activated into a buffer of their own, one row more below; the row above
/// is still there from the band before. Then the pixels of the band may be overwritten: first by the shortcut, which reads each pixel
/// before it writes it, then by the convolution, which reads the buffer.
/// </remarks>
internal sealed unsafe class SplitStep(string name, string operation, Convolution main, Convolution shortcut) : Step(name, operation)
{
    /// <summary>
    /// Bytes of the band buffer to aim for: small enough for the last-level cache. Two strips at least: one, of three or five runs, would
    /// leave workers idle.
    /// </summary>
    private const long BandBytes = 8L << 20;

    // Everybody waits for the last unit of a band. Measured: see docs/performance-processors.md.
    private const int UnitsPerWorker = 2;

    public required PlanTensor Source { get; init; }

    public required PlanTensor Shortcut { get; init; }

    public required Normalisation Norm { get; init; }

    public required ActivationKind? Before { get; init; }

    public override IReadOnlyList<StepWeights> Weights => [main.Weights, shortcut.Weights];

    public override long SharedBytes(KernelSet kernels) => Norm.Bytes + SumsBytes(kernels) + BufferBytes(kernels);

    public override long PrivateBytes(KernelSet kernels) => Math.Max(main.PrivateBytes(kernels), shortcut.PrivateBytes(kernels));

    public override double Multiplications => main.Multiplications + shortcut.Multiplications;

    public override double Weight(KernelSet kernels)
        => Multiplications + Result.Shape.Count * 16.0 + Source.Shape.Count * 16.0;

    public override void Run(RunState run)
    {
        KernelSet kernels = run.Kernels;
        nint sums = run.Shared + (nint)Norm.Bytes, buffer = sums + (nint)SumsBytes(kernels);
        (nint scale, nint offset) = Norm.Write(run, run.Shared);
        var activated = new PixelMap(scale, offset, Before);
        FeatureView source = Source.In(run);
        WinogradBlocking blocking = main.Blocking(kernels);
        int groups = BandGroups(kernels);
        nint row = (nint)source.Width * source.Channels;
        for (int group = 0, have = 0, before = 0; group < blocking.Groups; group += groups)
        {
            int some = Math.Min(groups, blocking.Groups - group);
            int top = blocking.Tile * blocking.FirstStrip(group),
                bottom = Math.Min(blocking.Tile * blocking.FirstStrip(group + some), source.Height),
                end = Math.Min(bottom + 1, source.Height);
            // The last two rows of the buffer, above and at the top of this band, move to its beginning; the first band has no row above.
            int first = Math.Max(0, top - 1);
            if (top > 0)
                Buffer.MemoryCopy((float*)buffer + (top - before) * row, (float*)buffer, 2 * row * sizeof(float), 2 * row * sizeof(float));
            before = top;
            // Row r of the picture stands at row r + 1 - top of the buffer.
            FeatureView rows = new(buffer + (1 - top) * row * sizeof(float), source.Height, source.Width, source.Channels, source.Channels);
            int start = Math.Max(have, first);
            run.Crew.For(end - start,
                (i, _) => kernels.Map(activated, source.At(start + i, 0), source.PixelStride, rows.At(start + i, 0), rows.PixelStride,
                    source.Width, source.Channels));
            have = end;
            shortcut.RunRows(run, top, bottom, source, Shortcut.In(run));
            var call = new ConvolutionCall(main.Shape, rows, PixelMap.None, 0, Result.In(run), default, 0);
            main.Run(run, group * blocking.UnitsPerGroup, some * blocking.UnitsPerGroup, call, Result.Sums is null ? 0 : sums);
        }
        if (Result.Sums is not null) main.SumCells(run, sums, Result.Sums.In(run));
    }

    private long SumsBytes(KernelSet kernels) => Result.Sums is null ? 0 : main.SumsBytes(kernels);

    private long BufferBytes(KernelSet kernels)
    {
        WinogradBlocking blocking = main.Blocking(kernels);
        return Convolution.Align(
            (BandGroups(kernels) * blocking.StripsPerUnit * blocking.Tile + 2L) * Source.Shape.Width * Source.Shape.Channels
            * sizeof(float));
    }

    // Groups of strips that make a band.
    private int BandGroups(KernelSet kernels)
    {
        WinogradBlocking blocking = main.Blocking(kernels);
        long groupBytes = (long)blocking.StripsPerUnit * blocking.Tile * Source.Shape.Width * Source.Shape.Channels * sizeof(float);
        int working = (UnitsPerWorker * main.Workers + blocking.UnitsPerGroup - 1) / blocking.UnitsPerGroup;
        return (int)Math.Clamp(Math.Max(BandBytes / groupBytes, working), Math.Min(2, blocking.Groups), blocking.Groups);
    }
}
