using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>The row of a sequence at the end of its text.</summary>
internal sealed unsafe class TokenOfTextStep(TokenOfText node) : Step(node.Name, "TokenOfText")
{
    public override void Run(RunState run)
    {
        FeatureView source = Reads[0].In(run), ids = Reads[1].In(run);
        int found = 0;
        for (int token = 1; token < source.Width; token++)
            if (Rank(*ids.At(token)) > Rank(*ids.At(found))) found = token;
        new ReadOnlySpan<float>(source.At(found), source.Channels).CopyTo(new Span<float>(Result.In(run).At(0), source.Channels));
    }

    private float Rank(float id) => node.End is { } end ? id == end ? 1 : 0 : id;
}
