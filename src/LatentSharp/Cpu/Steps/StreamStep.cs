using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>One convolution of a chain that is evaluated in bands.</summary>
/// <param name="Convolution">A 3x3 convolution by Winograd.</param>
/// <param name="Norm">The normalisation of its input, or null.</param>
/// <param name="Before">The function applied to its input, or null.</param>
/// <param name="Side">A 1x1 convolution of the same input without normalisation, which the next stage adds to its result; or null.</param>
internal sealed record StreamStage(Convolution Convolution, Normalisation? Norm, ActivationKind? Before, Convolution? Side = null);

/// <summary>
/// A chain of convolutions computed together, band by band from top to bottom, so that what lies between them is never in memory as a
/// whole. Every normalisation on the way has to know its statistics: they come from earlier passes over a shorter chain, whose result is
/// thrown away. The work is repeated, the picture is the same to the bit.
/// </summary>
internal sealed unsafe class StreamStep(string name, string operation, IReadOnlyList<StreamStage> stages) : Step(name, operation)
{
    /// <summary>Bytes of all band buffers to aim for.</summary>
    private const long BufferGoal = 48L << 20;

    /// <summary>What the first stage reads.</summary>
    public required PlanTensor Source { get; init; }

    /// <summary>Where the sums of the last stage's result go, or null.</summary>
    public ChannelSums? Gather { get; init; }

    /// <summary>Whether the result is kept in <see cref="Step.Result"/>; otherwise the pass serves its statistics alone.</summary>
    public required bool Keeps { get; init; }

    /// <summary>Whether the last stage adds <see cref="Source"/>, where there is no side convolution.</summary>
    public bool AddsSource { get; init; }

    private FeatureShape Picture => stages[0].Convolution.Shape.Result;

    private int StripRows => WinogradBlocking.TileFor(Picture.Height, Picture.Width);

    public override IReadOnlyList<StepWeights> Weights => [.. Convolutions.Select(c => c.Weights)];

    public override long SharedBytes(KernelSet kernels) => Lay(kernels).Total;

    public override long PrivateBytes(KernelSet kernels) => Convolutions.Max(c => c.PrivateBytes(kernels));

    public override double Multiplications => Convolutions.Sum(c => c.Multiplications);

    public override double Weight(KernelSet kernels) => Convolutions.Sum(c => c.Multiplications + c.Shape.Result.Count * 8.0);

    private IEnumerable<Convolution> Convolutions
        => stages.SelectMany(s => s.Side is null ? (Convolution[])[s.Convolution] : [s.Convolution, s.Side]);

    public override void Run(RunState run)
    {
        KernelSet kernels = run.Kernels;
        Layout layout = Lay(kernels);
        int last = stages.Count - 1, strips = (Picture.Height + StripRows - 1) / StripRows, band = BandStrips;
        var maps = new PixelMap[stages.Count];
        for (int k = 0; k <= last; k++)
        {
            (nint scale, nint offset) = stages[k].Norm?.Write(run, run.Shared + layout.Norms[k]) ?? default;
            maps[k] = new PixelMap(scale, offset, stages[k].Before);
        }
        nint sums = Gather is null ? 0 : run.Shared + layout.Sums;
        var done = new int[stages.Count];
        var firstRow = new int[stages.Count];
        for (int end = Math.Min(band, strips); ; end = Math.Min(end + band, strips))
        {
            for (int k = 0; k <= last; k++)
            {
                // A stage has to be one strip ahead of the next, which looks one row beyond its own strips.
                int goal = Math.Min(strips, end + last - k);
                Slide(run, layout, k, done, firstRow);
                RunStage(run, layout, k, done[k], goal, maps[k], firstRow, k == last ? sums : 0);
                done[k] = goal;
            }
            if (end == strips) break;
        }
        if (Gather is not null) stages[last].Convolution.SumCells(run, sums, Gather.In(run));
    }

    // Keeps the rows of a stage's buffer that the next stage still needs, at the beginning of the buffer.
    private void Slide(RunState run, Layout layout, int stage, int[] done, int[] firstRow)
    {
        if (stage == stages.Count - 1)
        {
            firstRow[stage] = StripRows * done[stage];
            return;
        }
        int keep = Math.Max(0, StripRows * done[stage + 1] - 1), have = Math.Min(StripRows * done[stage], Picture.Height);
        Move(run.Shared + layout.Buffers[stage], stages[stage].Convolution.Shape.Result.Channels);
        if (stages[stage].Side is { } side) Move(run.Shared + layout.SideBuffers[stage], side.Shape.Result.Channels);
        firstRow[stage] = keep;

        void Move(nint buffer, int channels)
        {
            long row = (long)Picture.Width * channels * sizeof(float), bytes = Math.Max(0, have - keep) * row;
            if (bytes > 0) Buffer.MemoryCopy((byte*)buffer + (keep - firstRow[stage]) * row, (byte*)buffer, bytes, bytes);
        }
    }

    private void RunStage(RunState run, Layout layout, int stage, int from, int to, PixelMap map, int[] firstRow, nint sums)
    {
        if (from >= to) return;
        Convolution convolution = stages[stage].Convolution;
        bool isLast = stage == stages.Count - 1;
        FeatureView source = stage == 0 ? Source.In(run)
            : Band(run.Shared + layout.Buffers[stage - 1], stages[stage - 1].Convolution, firstRow[stage - 1]);
        FeatureView result = isLast && Keeps ? Result.In(run) : Band(run.Shared + layout.Buffers[stage], convolution, firstRow[stage]);
        FeatureView residual = default;
        if (isLast && stage > 0 && stages[stage - 1].Side is { } before)
            residual = Band(run.Shared + layout.SideBuffers[stage - 1], before, firstRow[stage - 1]);
        else if (isLast && AddsSource) residual = Source.In(run);
        int units = convolution.Blocking(run.Kernels).UnitsPerGroup;
        var call = new ConvolutionCall(convolution.Shape, source, map, 0, result, new Epilogue(0, residual, null, 0), 0);
        if (stages[stage].Side is { } side)
            side.RunRows(run, StripRows * from, Math.Min(StripRows * to, Picture.Height), source,
                Band(run.Shared + layout.SideBuffers[stage], side, firstRow[stage]));
        convolution.Run(run, from * units, (to - from) * units, call, sums);
    }

    // A band buffer as if it were the whole tensor: only rows from firstRow on exist.
    private FeatureView Band(nint buffer, Convolution convolution, int firstRow)
    {
        int channels = convolution.Shape.Result.Channels;
        return new FeatureView(buffer - (nint)firstRow * Picture.Width * channels * sizeof(float), Picture.Height, Picture.Width,
            channels, channels);
    }

    private int BandStrips
    {
        get
        {
            long stripBytes = Convolutions.Sum(c => (long)StripRows * Picture.Width * c.Shape.Result.Channels * sizeof(float));
            // An eighth of the picture at most: the buffers must not become what they are there to avoid.
            return (int)Math.Clamp(BufferGoal / stripBytes, 2, Math.Max(2, (Picture.Height + 8 * StripRows - 1) / (8 * StripRows)));
        }
    }

    private Layout Lay(KernelSet kernels)
    {
        long at = 0;
        // In the first band a stage runs ahead of the last one by a strip for each stage between them.
        int rows = StripRows * (BandStrips + stages.Count - 1) + 2;
        nint Next(long bytes)
        {
            long start = at;
            at += Convolution.Align(bytes);
            return (nint)start;
        }
        nint BufferOf(Convolution? convolution)
            => convolution is null ? 0 : Next((long)rows * Picture.Width * convolution.Shape.Result.Channels * sizeof(float));
        nint[] norms = [.. stages.Select(s => s.Norm is null ? 0 : Next(s.Norm.Bytes))];
        nint[] buffers = [.. stages.Select((s, k) => k == stages.Count - 1 && Keeps ? 0 : BufferOf(s.Convolution))];
        nint[] sideBuffers = [.. stages.Select(s => BufferOf(s.Side))];
        nint sums = Gather is null ? 0 : Next(stages[^1].Convolution.SumsBytes(kernels));
        return new Layout(norms, buffers, sideBuffers, sums, at);
    }

    private sealed record Layout(nint[] Norms, nint[] Buffers, nint[] SideBuffers, nint Sums, long Total);
}
