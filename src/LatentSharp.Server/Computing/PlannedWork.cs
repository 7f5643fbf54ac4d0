using LatentSharp.Compute;

namespace LatentSharp.Server.Computing;

/// <summary>What a computation will take, known before it runs.</summary>
/// <param name="Bytes">The most memory of its plan, with what goes in and comes out.</param>
/// <param name="MultiplyAdds">How much is computed.</param>
internal readonly record struct PlannedWork(long Bytes, long MultiplyAdds)
{
    /// <summary>Work whose plan is made within the use case: it waits for its turn, and its memory is that of the budget's rest.</summary>
    internal static PlannedWork Unplanned { get; } = new(0, 0);

    /// <summary>A plan that is run for each picture of a batch, one after the other.</summary>
    internal static PlannedWork Of(Plan plan, int batch)
        => new(plan.PeakBytes + (long)batch * sizeof(float) * (plan.Inputs[0].Shape.Count + plan.Outputs[0].Shape.Count),
            batch * plan.MultiplyAdds);

    /// <summary>One after the other.</summary>
    internal PlannedWork Then(PlannedWork next) => new(Math.Max(Bytes, next.Bytes), MultiplyAdds + next.MultiplyAdds);
}

/// <summary>Who waits for the result.</summary>
internal enum Urgency
{
    /// <summary>A person, or a program in the middle of something.</summary>
    Interactive,

    /// <summary>A job that somebody will look at later.</summary>
    Batch,
}
