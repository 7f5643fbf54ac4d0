namespace LatentSharp.Server.Jobs;

/// <summary>Something that happened to a job.</summary>
/// <param name="Id">Its number within the job, from 1.</param>
/// <param name="Name"><c>status</c>, <c>progress</c> or <c>preview</c>.</param>
/// <param name="Data">A JSON object.</param>
internal sealed record JobEvent(long Id, string Name, string Data);
