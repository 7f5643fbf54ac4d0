using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>The token of a sequence at which another one is largest.</summary>
internal sealed unsafe class TokenAtLargestStep(string name) : Step(name, "TokenAtLargest")
{
    public override void Run(RunState run)
    {
        FeatureView source = Reads[0].In(run), ids = Reads[1].In(run);
        int largest = 0;
        for (int token = 1; token < source.Width; token++)
            if (*ids.At(token) > *ids.At(largest)) largest = token;
        new ReadOnlySpan<float>(source.At(largest), source.Channels).CopyTo(new Span<float>(Result.In(run).At(0), source.Channels));
    }
}
