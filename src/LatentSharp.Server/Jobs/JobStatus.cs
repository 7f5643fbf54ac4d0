namespace LatentSharp.Server.Jobs;

/// <summary>How far a job is.</summary>
internal enum JobStatus
{
    /// <summary>It waits for its turn.</summary>
    Queued,

    /// <summary>It is computed.</summary>
    Running,

    /// <summary>Its result is there.</summary>
    Done,

    /// <summary>It could not be done.</summary>
    Failed,

    /// <summary>Somebody ended it.</summary>
    Cancelled,
}
