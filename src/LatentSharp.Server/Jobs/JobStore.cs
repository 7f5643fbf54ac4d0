using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using Microsoft.Extensions.Logging;

namespace LatentSharp.Server.Jobs;

/// <summary>The jobs of this process. Those that are over are kept for a while, and no more than a number of them.</summary>
internal sealed partial class JobStore(ComputeQueue queue, TimeProvider time, ILogger<JobStore> log) : IDisposable
{
    private const int MostKept = 64;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Job> jobs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> byKey = new(StringComparer.Ordinal);

    /// <summary>All, the newest first.</summary>
    internal IReadOnlyList<Job> All => [.. jobs.Values.OrderByDescending(j => j.Created)];

    /// <summary>The job of an id; null when there is none, or not any more.</summary>
    internal Job? Find(string id) => jobs.GetValueOrDefault(id);

    /// <summary>The job that a client asked for before under a key of its own; null for none.</summary>
    internal Job? Known(string? key) => key is not null && byKey.TryGetValue(key, out string? id) ? Find(id) : null;

    /// <summary>Takes a job.</summary>
    /// <param name="kind">What it does.</param>
    /// <param name="planned">What it takes.</param>
    /// <param name="context">The request, whose bodies count until the job is over.</param>
    /// <param name="folder">Its files, which it owns from now on.</param>
    /// <param name="key">The client's own key, by which the same request again is the same job; null for none.</param>
    /// <param name="work">Computes the result, with files in <see cref="Job.ResultFolder"/>.</param>
    /// <exception cref="RefusedRequest">The queue is full, or the job takes more than there is.</exception>
    internal Job Start(string kind, PlannedWork planned, HttpContext context, RequestFolder folder, string? key,
        Func<Job, CancellationToken, JsonNode> work)
    {
        queue.Require(planned);
        folder.Hold(context);
        Trim();
        var job = new Job(kind, folder, time.GetUtcNow());
        jobs[job.Id] = job;
        if (key is not null) byKey[key] = job.Id;
        _ = RunAsync(job, planned, work);
        return job;
    }

    /// <summary>Ends a job that is not over; forgets one that is.</summary>
    internal void Remove(Job job)
    {
        if (job.Cancel()) return;
        jobs.TryRemove(job.Id, out _);
        job.Dispose();
    }

    /// <summary>Cancels the jobs that wait, and gives those under way a while to finish before they are cancelled too.</summary>
    internal async Task FinishAsync(TimeSpan patience)
    {
        foreach (Job job in jobs.Values)
            if (job.Status == JobStatus.Queued) job.Cancel();
        Task[] ends = [.. jobs.Values.Select(j => j.Ended)];
        await Task.WhenAny(Task.WhenAll(ends), Task.Delay(patience, time));
        foreach (Job job in jobs.Values) job.Cancel();
        await Task.WhenAll(ends);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Job job in jobs.Values) job.Dispose();
        jobs.Clear();
    }

    private async Task RunAsync(Job job, PlannedWork planned, Func<Job, CancellationToken, JsonNode> work)
    {
        try
        {
            JsonNode result = await queue.RunAsync(planned, Urgency.Batch, token => work(job, token), job.Cancellation,
                place => job.Wait(place, time.GetUtcNow()));
            job.Complete(result, time.GetUtcNow());
        }
        // By its own request, or because somebody interrupts what is being made through another protocol.
        catch (OperationCanceledException)
        {
            job.EndCancelled(time.GetUtcNow());
        }
#pragma warning disable CA1031 // a job has nobody else to tell
        catch (Exception e)
#pragma warning restore CA1031
        {
            ProblemDocument problem = Problems.Of(e, $"urn:uuid:{Guid.NewGuid()}");
            if (problem.Status == StatusCodes.Status500InternalServerError) Defect(e, problem.Instance);
            job.Fail(problem, time.GetUtcNow());
        }
        finally
        {
            job.Clean();
            job.HasEnded();
        }
    }

    private void Trim()
    {
        Job[] over = [.. jobs.Values.Where(j => j.IsOver).OrderBy(j => j.Completed)];
        int tooMany = jobs.Count + 1 - MostKept;
        foreach ((int i, Job job) in over.Index())
            if (i < tooMany || time.GetUtcNow() - job.Completed > Kept) Remove(job);
        foreach ((string key, string id) in byKey)
            if (!jobs.ContainsKey(id)) byKey.TryRemove(key, out _);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A job failed in a way it should not ({Instance})")]
    private partial void Defect(Exception exception, string instance);
}
