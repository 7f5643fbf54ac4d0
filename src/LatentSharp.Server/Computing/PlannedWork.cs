using LatentSharp.Compute;

namespace LatentSharp.Server.Computing;

/// <summary>What a computation will take, known before it runs.</summary>
/// <param name="Bytes">The most memory of its plan, with what goes in and comes out.</param>
/// <param name="MultiplyAdds">How much is computed.</param>
internal readonly record struct PlannedWork(long Bytes, long MultiplyAdds)
{
    /// <summary>Work that holds no picture and runs no network.</summary>
    internal static PlannedWork Small { get; } = new(0, 0);

    /// <summary>A plan that is run for each picture of a batch, one after the other.</summary>
    internal static PlannedWork Of(Plan plan, int batch)
        => new(plan.PeakBytes + (long)batch * sizeof(float) * (plan.Inputs[0].Shape.Count + plan.Outputs[0].Shape.Count),
            batch * plan.MultiplyAdds);

    /// <summary>The same, with more memory beside it.</summary>
    internal PlannedWork With(long bytes) => this with { Bytes = Bytes + bytes };

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
