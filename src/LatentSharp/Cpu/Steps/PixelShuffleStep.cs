namespace LatentSharp.Cpu.Steps;

/// <summary>Channels to positions: four channels become the 2x2 pixels of one.</summary>
internal sealed unsafe class PixelShuffleStep(string name) : RowStep(name, "PixelShuffle2x")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int x = 0; x < result.Width; x++)
        {
            float* from = source.At(y / 2, x / 2) + 2 * (y % 2) + x % 2, to = result.At(y, x);
            for (int c = 0; c < result.Channels; c++) to[c] = from[4 * c];
        }
    }
}
