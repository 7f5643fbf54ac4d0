using LatentSharp.Server;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;

namespace LatentSharp.Tests.Server;

/// <summary>The queue before the processor: who is let in, who overtakes whom, who is told to come again.</summary>
public sealed class ComputeQueueTests
{
    private static readonly PlannedWork Small = new(1000, 1_000_000);

    [Fact]
    public async Task It_runs_as_many_at_once_as_the_operator_says_and_in_their_order()
    {
        var queue = new ComputeQueue(new ServerOptions { Memory = 1_000_000 }, TimeProvider.System);
        int running = 0, most = 0;
        List<int> order = [];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => queue.RunAsync(Small, Urgency.Interactive, stop =>
        {
            lock (order)
            {
                most = Math.Max(most, ++running);
                order.Add(i);
            }
            Thread.Sleep(2);
            lock (order) running--;
            return i;
        }, default)));
        Assert.Equal(1, most);
        Assert.Equal(Enumerable.Range(0, 8), order);
        Assert.Equal(new QueueState(0, 0, 0, 0, false), queue.State);
    }

    [Fact]
    public async Task Interactive_work_overtakes_batch_work_but_not_for_ever()
    {
        var queue = new ComputeQueue(new ServerOptions { Memory = 1_000_000 }, TimeProvider.System);
        using var gate = new ManualResetEventSlim();
        List<string> order = [];
        Task first = Enter("first", Urgency.Batch, gate);
        Task[] all = [first, Enter("batch", Urgency.Batch), .. Enumerable.Range(0, 6).Select(i => Enter($"now {i}", Urgency.Interactive))];
        gate.Set();
        await Task.WhenAll(all);
        Assert.Equal(["first", "now 0", "now 1", "now 2", "now 3", "batch", "now 4", "now 5"], order);

        Task Enter(string name, Urgency urgency, ManualResetEventSlim? wait = null) => queue.RunAsync(Small, urgency, stop =>
        {
            wait?.Wait(stop);
            lock (order) order.Add(name);
            return 0;
        }, default);
    }

    [Fact]
    public async Task A_full_queue_says_when_to_come_again_and_what_never_fits_is_told_so()
    {
        var queue = new ComputeQueue(new ServerOptions { Memory = 1_000_000, QueueLength = 2 }, TimeProvider.System);
        using var gate = new ManualResetEventSlim();
        var work = new PlannedWork(1000, 40_000_000_000);
        Task[] all = [.. Enumerable.Range(0, 3).Select(_ => queue.RunAsync(work, Urgency.Interactive, stop =>
        {
            gate.Wait(stop);
            return 0;
        }, default))];
        RefusedRequest full = await Assert.ThrowsAsync<RefusedRequest>(() => queue.RunAsync(Small, Urgency.Interactive, _ => 0, default));
        Assert.Equal(429, full.Status);
        Assert.InRange(full.RetryAfter ?? 0, 2, 60);
        RefusedRequest large = Assert.Throws<RefusedRequest>(() => queue.Require(new PlannedWork(1_000_001, 1)));
        Assert.Equal(413, large.Status);
        gate.Set();
        await Task.WhenAll(all);
        Assert.Equal(1, queue.State.Rejected);
        Assert.Equal(5, await queue.RunAsync(Small, Urgency.Interactive, _ => 5, default));
    }

    [Fact]
    public async Task Work_runs_beside_other_work_only_where_both_plans_fit()
    {
        var queue = new ComputeQueue(new ServerOptions { Memory = 1000, Parallel = 4 }, TimeProvider.System);
        using var gate = new ManualResetEventSlim();
        Task large = Enter(700), tooMuch = Enter(400), behind = Enter(100);
        await Task.Delay(20);
        Assert.Equal((1, 2, 700), (queue.State.Running, queue.State.Waiting, queue.State.RunningBytes));
        gate.Set();
        await Task.WhenAll(large, tooMuch, behind);

        Task Enter(long bytes) => queue.RunAsync(new PlannedWork(bytes, 1), Urgency.Interactive, stop =>
        {
            gate.Wait(stop);
            return 0;
        }, default);
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_and_what_takes_too_long_is_ended()
    {
        var queue = new ComputeQueue(new ServerOptions { Memory = 1000, Deadline = TimeSpan.FromMilliseconds(100) }, TimeProvider.System);
        using var gone = new CancellationTokenSource();
        Task<int> slow = queue.RunAsync(Small, Urgency.Interactive, token =>
        {
            token.WaitHandle.WaitOne();
            token.ThrowIfCancellationRequested();
            return 0;
        }, default);
        Task<int> waiting = queue.RunAsync(Small, Urgency.Interactive, _ => 0, gone.Token);
        gone.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(503, (await Assert.ThrowsAsync<RefusedRequest>(() => slow)).Status);
        Assert.Equal(new QueueState(0, 0, 0, 0, false), queue.State);
    }

    [Fact]
    public async Task A_queue_that_drains_takes_nothing_new()
    {
        var queue = new ComputeQueue(new ServerOptions { Memory = 1_000_000 }, TimeProvider.System);
        queue.Drain();
        Assert.Equal(503, (await Assert.ThrowsAsync<RefusedRequest>(() => queue.RunAsync(Small, Urgency.Batch, _ => 0, default))).Status);
    }
}
