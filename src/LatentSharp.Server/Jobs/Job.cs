using System.Text.Json.Nodes;
using LatentSharp.Server.Access;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Jobs;

/// <summary>Work that outlives the request that asked for it: its state, what happened to it, its files.</summary>
internal sealed class Job : IProgress<JobProgress>, IDisposable
{
    private const string ResultName = "result", PreviewName = "preview";
    private const int KeptEvents = 256;
    private const double ProgressStep = 0.005;

    private readonly Lock gate = new();
    private readonly LinkedList<JobEvent> events = [];
    private readonly CancellationTokenSource cancelled = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long lastId;
    private double toldFraction;
    private string toldStep = "";

    /// <summary>A job of a kind, that waits.</summary>
    /// <param name="kind">What it does: <c>report</c>, <c>compare</c>, <c>convert</c>, <c>generate</c>.</param>
    /// <param name="folder">Where its files lie; the job removes it.</param>
    /// <param name="now">The time.</param>
    internal Job(string kind, RequestFolder folder, DateTimeOffset now)
    {
        (Kind, Folder, Created) = (kind, folder, now);
        // Whoever knows an address may see the job: it cannot be guessed.
        Id = Convert.ToHexStringLower(Unguessable.Bytes(16));
        Tell("status", Document());
    }

    internal string Id { get; }

    internal string Kind { get; }

    internal RequestFolder Folder { get; }

    internal DateTimeOffset Created { get; }

    internal DateTimeOffset? Started { get; private set; }

    internal DateTimeOffset? Completed { get; private set; }

    internal JobStatus Status { get; private set; }

    /// <summary>Its place among those that wait, from 1; 0 when its turn has come.</summary>
    internal int Place { get; private set; }

    internal JobProgress Progress { get; private set; }

    internal JsonNode? Result { get; private set; }

    internal ProblemDocument? Problem { get; private set; }

    internal bool IsOver => Status is JobStatus.Done or JobStatus.Failed or JobStatus.Cancelled;

    /// <summary>Cancelled when somebody ends the job.</summary>
    internal CancellationToken Cancellation => cancelled.Token;

    /// <summary>Done when it is over and its computation has returned.</summary>
    internal Task Ended => ended.Task;

    /// <summary>Told that it is over and its computation has returned.</summary>
    internal void HasEnded() => ended.TrySetResult();

    /// <summary>Ends it, if it is not over; whether it was not.</summary>
    internal bool Cancel()
    {
        lock (gate)
        {
            if (IsOver) return false;
        }
        cancelled.Cancel();
        return true;
    }

    /// <summary>Told its place among those that wait; 0 starts it.</summary>
    internal void Wait(int place, DateTimeOffset now)
    {
        lock (gate)
        {
            if (IsOver || (place == Place && place > 0)) return;
            Place = place;
            if (place == 0) (Status, Started) = (JobStatus.Running, now);
            Tell("status", Document());
        }
    }

    /// <inheritdoc/>
    public void Report(JobProgress value)
    {
        lock (gate)
        {
            Progress = value;
            if (IsOver || (value.Fraction - toldFraction < ProgressStep && value.Step == toldStep)) return;
            (toldFraction, toldStep) = (value.Fraction, value.Step);
            Tell("progress", ProgressDocument());
        }
    }

    /// <summary>Tells who listens of a picture on the way.</summary>
    internal void Preview(byte[] png)
    {
        lock (gate) Tell(PreviewName, new JsonObject { ["image"] = "data:image/png;base64," + Convert.ToBase64String(png) });
    }

    /// <summary>Ends it with a result.</summary>
    internal void Complete(JsonNode result, DateTimeOffset now) => End(JobStatus.Done, now, () => Result = result);

    /// <summary>Ends it with an error.</summary>
    internal void Fail(ProblemDocument problem, DateTimeOffset now) => End(JobStatus.Failed, now, () => Problem = problem);

    /// <summary>Ends it because somebody wished so.</summary>
    internal void EndCancelled(DateTimeOffset now) => End(JobStatus.Cancelled, now, () => { });

    /// <summary>What happened after an event, and what to wait for when that is nothing.</summary>
    internal (IReadOnlyList<JobEvent> News, bool Over, Task Changed) After(long id)
    {
        lock (gate) return ([.. events.Where(e => e.Id > id)], IsOver, changed.Task);
    }

    /// <summary>The state as a document.</summary>
    internal JsonObject Document()
    {
        lock (gate)
        {
            var document = new JsonObject
            {
                ["id"] = Id,
                ["kind"] = Kind,
                ["status"] = Status.ToString().ToLowerInvariant(),
                ["queue_position"] = Place,
                ["created"] = Created.ToString("O"),
                ["started"] = Started?.ToString("O"),
                ["completed"] = Completed?.ToString("O"),
                ["progress"] = ProgressDocument(),
                ["result"] = Result?.DeepClone(),
                ["problem"] = Problem is null ? null : System.Text.Json.JsonSerializer.SerializeToNode(Problem, ServerJson.Default.ProblemDocument),
                ["files"] = new JsonArray([.. Files().Select(f => (JsonNode)f)]),
            };
            return document;
        }
    }

    /// <summary>The files of its result, by their names below its folder.</summary>
    internal IEnumerable<string> Files() => Status != JobStatus.Done || !Directory.Exists(ResultFolder) ? []
        : Directory.EnumerateFiles(ResultFolder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(ResultFolder, f).Replace('\\', '/')).Order(StringComparer.Ordinal);

    /// <summary>Where its result lies.</summary>
    internal string ResultFolder => Path.Combine(Folder.Path, ResultName);

    /// <summary>Forgets what was sent.</summary>
    internal void Clean() => Folder.KeepOnly(ResultName);

    /// <inheritdoc/>
    public void Dispose()
    {
        Cancel();
        Folder.Dispose();
    }

    private JsonObject ProgressDocument() => new()
    {
        ["fraction"] = Math.Round(Progress.Fraction, 4),
        ["step"] = Progress.Step ?? "",
        ["item"] = PlainPaths.In(Progress.Item ?? ""),
        ["number"] = Progress.Number,
        ["count"] = Progress.Count,
    };

    private void End(JobStatus status, DateTimeOffset now, Action set)
    {
        lock (gate)
        {
            if (IsOver) return;
            (Status, Completed, Place) = (status, now, 0);
            set();
            Tell("status", Document());
        }
    }

    // The caller holds the lock, except in the constructor.
    private void Tell(string name, JsonObject data)
    {
        // The newest preview is all that a reader who comes back wants to see, and they are large.
        if (name == PreviewName && events.LastOrDefault(e => e.Name == name) is { } before) events.Remove(before);
        events.AddLast(new JobEvent(++lastId, name, data.ToJsonString()));
        // States are few and kept; of progress and previews the last ones are enough.
        if (events.Count > KeptEvents && events.FirstOrDefault(e => e.Name != "status") is { } oldest) events.Remove(oldest);
        TaskCompletionSource told = changed;
        changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        told.TrySetResult();
    }
}
