using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>A step that treats each row of pixels on its own.</summary>
internal abstract class RowStep(string name, string operation) : Step(name, operation)
{
    public override void Run(RunState run)
    {
        Begin(run);
        run.Crew.For(Result.Shape.Height, (row, _) => Row(run, row));
    }

    protected virtual void Begin(RunState run)
    {
    }

    protected abstract void Row(RunState run, int y);
}

/// <summary>The caller's values to pixels with their channels together.</summary>
internal sealed unsafe class InputStep(Input node, int index) : RowStep(node.Name, "Input")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView result = Result.In(run);
        float* given = (float*)run.Inputs[index];
        for (int c = 0; c < result.Channels && node.Layout == Layout.ChannelsFirst; c++)
        {
            float* source = given + ((nint)c * result.Height + y) * result.Width;
            for (int x = 0; x < result.Width; x++) result.At(y, x)[c] = source[x];
        }
        for (int x = 0; x < result.Width && node.Layout == Layout.ChannelsLast; x++)
            new Span<float>(given + ((nint)y * result.Width + x) * result.Channels, result.Channels).CopyTo(new Span<float>(result.At(y, x), result.Channels));
    }
}

/// <summary>Pixels with their channels together to the caller's layout.</summary>
internal sealed unsafe class OutputStep(Output node, int index) : RowStep(node.Name, "Output")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run);
        float* wanted = (float*)run.Outputs[index];
        for (int c = 0; c < source.Channels && node.Layout == Layout.ChannelsFirst; c++)
        {
            float* target = wanted + ((nint)c * source.Height + y) * source.Width;
            for (int x = 0; x < source.Width; x++) target[x] = source.At(y, x)[c];
        }
        for (int x = 0; x < source.Width && node.Layout == Layout.ChannelsLast; x++)
            new Span<float>(source.At(y, x), source.Channels).CopyTo(new Span<float>(wanted + ((nint)y * source.Width + x) * source.Channels, source.Channels));
    }
}

/// <summary>A normalisation or a function that could not be joined to a convolution.</summary>
internal sealed unsafe class PointwiseStep(string name, string operation) : RowStep(name, operation)
{
    public Normalisation? Norm { get; init; }

    public ActivationKind? Function { get; init; }

    public override long SharedBytes(KernelSet kernels) => Norm?.Bytes ?? 0;

    protected override void Begin(RunState run) => Norm?.Write(run, run.Shared);

    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        nint offset = run.Shared + (nint)((Norm?.Bytes ?? 0) / 2);
        Pointwise map = Norm is null ? new Pointwise(0, 0, Function) : new Pointwise(run.Shared, offset, Function);
        run.Kernels.Map(map, source.At(y, 0), source.PixelStride, result.At(y, 0), result.PixelStride, source.Width, source.Channels);
    }
}

/// <summary>A sum that could not be joined to a convolution.</summary>
internal sealed unsafe class AddStep(string name, string operation) : RowStep(name, operation)
{
    public ActivationKind? Function { get; init; }

    protected override void Row(RunState run, int y)
    {
        FeatureView left = Reads[0].In(run), result = Result.In(run);
        run.Kernels.WritePixels(left.At(y, 0), left.PixelStride, left.Width, result, (long)y * result.Width, new Epilogue(0, Reads[1].In(run), Function, 0));
    }
}

/// <summary>Nearest-neighbour enlargement that could not be joined to a convolution.</summary>
internal sealed unsafe class UpsampleStep(string name) : RowStep(name, "Upsample2x")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int x = 0; x < result.Width; x++)
            new Span<float>(source.At(y / 2, x / 2), source.Channels).CopyTo(new Span<float>(result.At(y, x), result.Channels));
    }
}

/// <summary>Gathers the sums of a tensor that no convolution wrote.</summary>
internal sealed unsafe class SumsStep(string name) : RowStep(name, "Statistics")
{
    public override long SharedBytes(KernelSet kernels) => (long)Result.Shape.Height * 2 * Result.Shape.Channels * sizeof(double);

    public override void Run(RunState run)
    {
        base.Run(run);
        double[] sums = Result.Sums!.In(run);
        Array.Clear(sums);
        for (int y = 0; y < Result.Shape.Height; y++)
            for (int i = 0; i < sums.Length; i++) sums[i] += ((double*)run.Shared)[(nint)y * sums.Length + i];
    }

    protected override void Row(RunState run, int y)
    {
        FeatureView source = Result.In(run);
        double* sums = (double*)run.Shared + (nint)y * 2 * source.Channels;
        new Span<double>(sums, 2 * source.Channels).Clear();
        for (int x = 0; x < source.Width; x++)
        {
            float* pixel = source.At(y, x);
            for (int c = 0; c < source.Channels; c++)
            {
                sums[c] += pixel[c];
                sums[source.Channels + c] += (double)pixel[c] * pixel[c];
            }
        }
    }
}
