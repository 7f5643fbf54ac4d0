using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

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
            new Span<float>(source.At(y, x), source.Channels).CopyTo(
                new Span<float>(wanted + ((nint)y * source.Width + x) * source.Channels, source.Channels));
    }
}
