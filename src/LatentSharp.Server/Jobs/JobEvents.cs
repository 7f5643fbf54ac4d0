using LatentSharp.Server.Http;

namespace LatentSharp.Server.Jobs;

/// <summary>What happens to a job, as server-sent events. A reader that was cut off goes on behind the last event it saw.</summary>
internal static class JobEvents
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>Sends them until the job is over or the reader gone.</summary>
    internal static async Task SendAsync(HttpContext context, Job job, CancellationToken stopping)
    {
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        long seen = QueryValues.Whole(context.Request.Headers["Last-Event-ID"].ToString()) ?? 0;
        while (true)
        {
            (IReadOnlyList<JobEvent> news, bool over, Task changed) = job.After(seen);
            foreach (JobEvent one in news)
            {
                await response.WriteAsync($"id: {one.Id}\nevent: {one.Name}\ndata: {one.Data}\n\n", context.RequestAborted);
                seen = one.Id;
            }
            await response.Body.FlushAsync(context.RequestAborted);
            if (over) return;
            // Only now: what the job has come to at the last moment is told first.
            if (stopping.IsCancellationRequested)
            {
                await response.WriteAsync("event: end\ndata: {\"reason\":\"the service is shutting down\"}\n\n", context.RequestAborted);
                return;
            }
            Task first = await Task.WhenAny(changed, Task.Delay(Heartbeat, ended.Token));
            context.RequestAborted.ThrowIfCancellationRequested();
            if (first != changed && !stopping.IsCancellationRequested) await response.WriteAsync(": still here\n\n", context.RequestAborted);
        }
    }
}
