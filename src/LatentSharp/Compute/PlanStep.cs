using LatentSharp.Graph;

namespace LatentSharp.Compute;

/// <summary>One step of a <see cref="Plan"/>, for people.</summary>
/// <param name="Name">Where it stands in the network.</param>
/// <param name="Operation">What it computes; nodes that were joined stand in one line.</param>
/// <param name="Shape">The shape of its result.</param>
/// <param name="MultiplyAdds">Multiply-adds of the direct evaluation.</param>
/// <param name="LiveBytes">Bytes of all tensors that exist while it runs.</param>
/// <param name="WorkingBytes">Bytes of working memory while it runs: packed weights, what workers need.</param>
public sealed record PlanStep(string Name, string Operation, FeatureShape Shape, long MultiplyAdds, long LiveBytes, long WorkingBytes);
