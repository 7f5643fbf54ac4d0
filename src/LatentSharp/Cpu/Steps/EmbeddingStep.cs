using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Rows of a table, read where they are stored.</summary>
internal sealed unsafe class EmbeddingStep(Embedding node) : PositionStep(node.Name, "Embedding")
{
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView ids = Reads[0].In(run), result = Result.In(run);
        for (int token = first; token < first + count; token++)
        {
            float id = *ids.At(token);
            if (!(id >= 0 && id < node.Weight.Shape[0] && id == MathF.Floor(id)))
                throw new LatentSharpException(ErrorKind.BadInput, node.Ids.Name,
                    $"token {token} is {id}; {node.Weight.Name} has rows 0 to {node.Weight.Shape[0] - 1}.");
            node.Weight.Read((long)id * result.Channels, new Span<float>(result.At(token), result.Channels));
        }
    }
}
