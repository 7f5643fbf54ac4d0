using LatentSharp.Graph;

namespace LatentSharp.Compute;

/// <summary>One step of a <see cref="Plan"/>, for people.</summary>
/// <param name="Name">Where it stands in the network.</param>
/// <param name="Operation">What it computes; nodes that were joined stand in one line.</param>
/// <param name="Shape">The shape of its result.</param>
/// <param name="MultiplyAdds">Multiply-adds of the direct evaluation.</param>
/// <param name="LiveBytes">Bytes of all tensors that exist while it runs.</param>
/// <param name="WorkingBytes">Bytes of working memory while it runs: packed weights that no session keeps, what workers need.</param>
public sealed record PlanStep(string Name, string Operation, FeatureShape Shape, long MultiplyAdds, long LiveBytes, long WorkingBytes)
{
    /// <summary>Bytes of its weights in the form that the kernels read: packed, transformed.</summary>
    public long WeightBytes { get; init; }

    /// <summary>How long they are kept in that form.</summary>
    public WeightLife Weights { get; init; }
}

/// <summary>How long the weights of a step are kept in the form that the kernels read.</summary>
public enum WeightLife
{
    /// <summary>There are none, or the step makes them bit by bit while it computes.</summary>
    None,
    /// <summary>They are made when the step begins.</summary>
    Step,
    /// <summary>
    /// There is room for them in the step before: whoever is free then makes them, the rest is made when the step begins.
    /// </summary>
    StepBefore,
    /// <summary>They are made in the first run and stay with the session.</summary>
    Session,
}
