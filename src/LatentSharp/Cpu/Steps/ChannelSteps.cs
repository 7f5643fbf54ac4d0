using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Root-mean-square normalisation of each pixel over its channels.</summary>
internal sealed unsafe class RmsNormStep(RmsNorm node) : RowStep(node.Name, "RmsNorm")
{
    public override long SharedBytes(KernelSet kernels) => 2L * node.Shape.Channels * sizeof(float);

    protected override void Begin(RunState run)
    {
        var weights = new Span<float>((void*)run.Shared, 2 * node.Shape.Channels);
        node.Weight.Read(0, weights[..node.Shape.Channels]);
        node.Bias.Read(0, weights[node.Shape.Channels..]);
    }

    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        float* weight = (float*)run.Shared, bias = weight + source.Channels;
        for (int x = 0; x < source.Width; x++)
        {
            float* from = source.At(y, x), to = result.At(y, x);
            double squares = 0;
            for (int c = 0; c < source.Channels; c++) squares += (double)from[c] * from[c];
            float inverse = (float)(1 / Math.Sqrt(squares / source.Channels + node.Epsilon));
            for (int c = 0; c < source.Channels; c++) to[c] = from[c] * inverse * weight[c] + bias[c];
        }
    }
}

/// <summary>Batch normalisation with stored statistics: one factor and one offset for each channel.</summary>
internal sealed unsafe class BatchNormStep(BatchNorm node) : RowStep(node.Name, "BatchNorm")
{
    private readonly long padded = (node.Shape.Channels + 15) / 16 * 16;

    public override long SharedBytes(KernelSet kernels) => 2 * padded * sizeof(float);

    protected override void Begin(RunState run)
    {
        float* scale = (float*)run.Shared, offset = scale + padded;
        float[] weight = node.Weight.Read(), bias = node.Bias.Read(), mean = node.Mean.Read(), variance = node.Variance.Read();
        for (int c = 0; c < weight.Length; c++)
        {
            double factor = weight[c] / Math.Sqrt(variance[c] + (double)node.Epsilon);
            (scale[c], offset[c]) = ((float)factor, (float)(bias[c] - mean[c] * factor));
        }
    }

    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        var map = new Pointwise(run.Shared, run.Shared + (nint)padded * sizeof(float), null);
        run.Kernels.Map(map, source.At(y, 0), source.PixelStride, result.At(y, 0), result.PixelStride, source.Width, source.Channels);
    }
}

/// <summary>The channels of several tensors one after the other.</summary>
internal sealed unsafe class ConcatStep(string name) : RowStep(name, "Concat")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView result = Result.In(run);
        int first = 0;
        foreach (PlanTensor part in Reads)
        {
            FeatureView source = part.In(run);
            for (int x = 0; x < result.Width; x++) new Span<float>(source.At(y, x), source.Channels).CopyTo(new Span<float>(result.At(y, x) + first, source.Channels));
            first += source.Channels;
        }
    }
}

/// <summary>The first half of the channels times SiLU of the second.</summary>
internal sealed unsafe class GateStep(string name) : RowStep(name, "GatedSiLU")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        var silu = new Pointwise(0, 0, ActivationKind.SiLU);
        run.Kernels.Map(silu, source.At(y, 0) + result.Channels, source.PixelStride, result.At(y, 0), result.PixelStride, result.Width, result.Channels);
        for (int x = 0; x < result.Width; x++)
        {
            float* value = source.At(y, x), gated = result.At(y, x);
            for (int c = 0; c < result.Channels; c++) gated[c] *= value[c];
        }
    }
}

/// <summary>Every channel several times in place.</summary>
internal sealed unsafe class RepeatChannelsStep(RepeatChannels node) : RowStep(node.Name, "RepeatChannels")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int x = 0; x < result.Width; x++)
        {
            float* from = source.At(y, x), to = result.At(y, x);
            for (int c = 0; c < source.Channels; c++)
                for (int i = 0; i < node.Times; i++) *to++ = from[c];
        }
    }
}

/// <summary>The means of groups of consecutive channels.</summary>
internal sealed unsafe class MeanOfChannelsStep(MeanOfChannels node) : RowStep(node.Name, "MeanOfChannels")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int x = 0; x < result.Width; x++)
        {
            float* from = source.At(y, x), to = result.At(y, x);
            for (int c = 0; c < result.Channels; c++)
            {
                float sum = 0;
                for (int i = 0; i < node.Size; i++) sum += *from++;
                to[c] = sum / node.Size;
            }
        }
    }
}
