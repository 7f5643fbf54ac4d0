using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Cpu.Steps.Gradients;

/// <summary>The sum of each block of 2x2.</summary>
internal sealed unsafe class UpsampleGradientStep(string name) : RowStep(name, "Upsample2x gradient")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int x = 0; x < result.Width; x++)
        {
            float* above = source.At(2 * y, 2 * x), below = source.At(2 * y + 1, 2 * x), to = result.At(y, x);
            for (int c = 0; c < result.Channels; c++)
                to[c] = above[c] + above[source.PixelStride + c] + (below[c] + below[source.PixelStride + c]);
        }
    }
}

/// <summary>Zeros between rows and columns.</summary>
internal sealed unsafe class DilateStep(Dilate node) : RowStep(node.Name, "Dilate")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int x = 0; x < result.Width; x++)
        {
            var to = new Span<float>(result.At(y, x), result.Channels);
            if (y % node.Step != 0 || x % node.Step != 0) to.Clear();
            else new ReadOnlySpan<float>(source.At(y / node.Step, x / node.Step), result.Channels).CopyTo(to);
        }
    }
}

/// <summary>A part in its place, zeros elsewhere.</summary>
internal sealed unsafe class PlacedStep(Placed node) : PositionStep(node.Name, "Placed")
{
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int p = first; p < first + count; p++)
        {
            var to = new Span<float>(result.At(p), result.Channels);
            to.Clear();
            int at = node.Axis == Axis.Tokens ? p - node.First : p;
            if (at < 0 || at >= source.Height * source.Width) continue;
            new ReadOnlySpan<float>(source.At(at), source.Channels).CopyTo(to[(node.Axis == Axis.Channels ? node.First : 0)..]);
        }
    }
}

/// <summary>Every token's gradient added to the row that it took; the channels are divided, the tokens keep their order.</summary>
internal sealed unsafe class EmbeddingGradientStep(EmbeddingGradient node) : Step(node.Name, "Embedding gradient")
{
    private const int UnitChannels = 64;

    public override void Run(RunState run)
    {
        FeatureView gradient = Reads[0].In(run), ids = Reads[1].In(run), result = Result.In(run);
        run.Crew.For((result.Channels + UnitChannels - 1) / UnitChannels, (unit, _) =>
        {
            int first = unit * UnitChannels, count = Math.Min(UnitChannels, result.Channels - first);
            for (int row = 0; row < result.Width; row++) new Span<float>(result.At(row) + first, count).Clear();
            for (int token = 0; token < gradient.Height * gradient.Width; token++)
            {
                float* from = gradient.At(token) + first, to = result.At((int)*ids.At(token)) + first;
                for (int c = 0; c < count; c++) to[c] += from[c];
            }
        });
    }
}

/// <summary>A row in the place of the token that was taken, zeros elsewhere.</summary>
internal sealed unsafe class TokenOfTextGradientStep(TokenOfTextGradient node) : Step(node.Name, "TokenOfText gradient")
{
    public override void Run(RunState run)
    {
        FeatureView gradient = Reads[0].In(run), result = Result.In(run);
        for (int token = 0; token < result.Width; token++) new Span<float>(result.At(token), result.Channels).Clear();
        new ReadOnlySpan<float>(gradient.At(0), result.Channels)
            .CopyTo(new Span<float>(result.At(TokenOfTextStep.Find(Reads[1].In(run), node.End)), result.Channels));
    }
}

/// <summary>The sums over all pairs of tokens whose distances share a bucket, head by head, in float64.</summary>
internal sealed unsafe class RelativeBiasGradientStep(RelativeBiasGradient node) : Step(node.Name, "RelativeBias gradient")
{
    public override void Run(RunState run)
    {
        FeatureView gradient = Reads[0].In(run), result = Result.In(run);
        int tokens = gradient.Width;
        run.Crew.For(gradient.Height, (head, _) =>
        {
            var sums = new double[result.Width];
            for (int query = 0; query < tokens; query++)
            {
                float* row = gradient.At(head, query);
                for (int key = 0; key < tokens; key++) sums[node.Bias.Bucket(key - query)] += row[key];
            }
            for (int bucket = 0; bucket < sums.Length; bucket++) result.At(bucket)[head] = (float)sums[bucket];
        });
    }
}
