using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>The row of a sequence at the end of its text.</summary>
internal sealed unsafe class TokenOfTextStep(TokenOfText node) : Step(node.Name, "TokenOfText")
{
    public override void Run(RunState run)
    {
        FeatureView source = Reads[0].In(run), ids = Reads[1].In(run);
        new ReadOnlySpan<float>(source.At(Find(ids, node.End)), source.Channels)
            .CopyTo(new Span<float>(Result.In(run).At(0), source.Channels));
    }

    /// <summary>Which token that is.</summary>
    public static int Find(in FeatureView ids, int? end)
    {
        int found = 0;
        for (int token = 1; token < ids.Width; token++)
            if (Rank(*ids.At(token)) > Rank(*ids.At(found))) found = token;
        return found;

        float Rank(float id) => end is { } number ? id == number ? 1 : 0 : id;
    }
}
