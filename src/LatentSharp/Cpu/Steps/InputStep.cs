using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

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
            new Span<float>(given + ((nint)y * result.Width + x) * result.Channels, result.Channels).CopyTo(
                new Span<float>(result.At(y, x), result.Channels));
    }
}
