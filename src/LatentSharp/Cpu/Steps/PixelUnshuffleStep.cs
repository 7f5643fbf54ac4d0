namespace LatentSharp.Cpu.Steps;

/// <summary>Positions to channels: the 2x2 pixels of one channel become four.</summary>
internal sealed unsafe class PixelUnshuffleStep(string name) : RowStep(name, "PixelUnshuffle2x")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int x = 0; x < result.Width; x++)
        {
            float* to = result.At(y, x);
            for (int i = 0; i < 4; i++)
            {
                float* from = source.At(2 * y + i / 2, 2 * x + i % 2);
                for (int c = 0; c < source.Channels; c++) to[4 * c + i] = from[c];
            }
        }
    }
}
