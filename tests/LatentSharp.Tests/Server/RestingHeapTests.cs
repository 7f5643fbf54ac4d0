using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LatentSharp.Server;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Hosting;
using LatentSharp.Tests.Cpu;

namespace LatentSharp.Tests.Server;

/// <summary>
/// What a large job had is given back to the machine once the service rests. The clock is the test's own, and whether memory is still the
/// process's is asked of the kernel, page by page (/proc/self/pagemap, bit 63 of each entry).
/// </summary>
[Collection(nameof(ProcessMemory))]
public sealed class RestingHeapTests
{
    private const int Size = 512 << 20, Pages = 512;

    [Fact]
    public async Task What_a_large_job_had_goes_back_to_the_machine_once_there_is_no_work()
    {
        if (!File.Exists("/proc/self/pagemap")) Assert.Skip("the kernel does not say which pages a process has");
        var clock = new OwnClock();
        var queue = new ComputeQueue(new ServerOptions(), TimeProvider.System);
        using var heap = new RestingHeap(queue, clock);
        nint address = await JobAsync(queue);
        clock.Pass();       // work began since the last look
        clock.Pass();       // and none since
        Assert.InRange(Present(address), 0, Pages / 10);
        Assert.False(clock.IsDisposed);
        heap.Dispose();
        Assert.True(clock.IsDisposed);
    }

    [Fact]
    public async Task Nothing_is_collected_while_there_is_work()
    {
        if (!File.Exists("/proc/self/pagemap")) Assert.Skip("the kernel does not say which pages a process has");
        var clock = new OwnClock();
        var queue = new ComputeQueue(new ServerOptions(), TimeProvider.System);
        using var heap = new RestingHeap(queue, clock);
        using var end = new SemaphoreSlim(0);
        Task<int> working = queue.RunAsync(PlannedWork.Small, Urgency.Interactive, token =>
        {
            end.Wait(token);
            return 0;
        }, CancellationToken.None);
        while (queue.State.Running == 0) await Task.Delay(1);
        long before = Compactions;
        for (int i = 0; i < 3; i++) clock.Pass();
        Assert.Equal(before, Compactions);
        end.Release();
        await working;
        clock.Pass();
        Assert.NotEqual(before, Compactions);
        long once = Compactions;
        clock.Pass();       // nothing has been done since: there is nothing to give back
        Assert.Equal(once, Compactions);
    }

    // The last collection of the whole heap for which everything stood still: the runtime makes none by itself where there is memory.
    private static long Compactions => GC.GetGCMemoryInfo(GCKind.FullBlocking).Index;

    // Its array is unreachable once it has ended; all of its pages have been written.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<nint> JobAsync(ComputeQueue queue)
    {
        nint address = await queue.RunAsync(PlannedWork.Small, Urgency.Batch, _ => Fill(), CancellationToken.None);
        return address;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Fill()
    {
        byte[] large = GC.AllocateUninitializedArray<byte>(Size);
        GCHandle held = GCHandle.Alloc(large, GCHandleType.Pinned);
        Array.Fill(large, (byte)1);
        nint address = held.AddrOfPinnedObject();
        Assert.InRange(Present(address), Pages * 9 / 10, Pages);
        held.Free();
        return address;
    }

    // Of pages spread over the array, those that the process has in memory.
    private static int Present(nint address)
    {
        using FileStream map = File.OpenRead("/proc/self/pagemap");
        Span<byte> entry = stackalloc byte[sizeof(ulong)];
        int present = 0;
        for (int i = 0; i < Pages; i++)
        {
            long page = (address + (long)Size / Pages * i) / Environment.SystemPageSize;
            map.Position = page * sizeof(ulong);
            map.ReadExactly(entry);
            if (BitConverter.ToUInt64(entry) >> 63 != 0) present++;
        }
        return present;
    }

    private sealed class OwnClock : TimeProvider
    {
        private TimerCallback? look;

        internal bool IsDisposed { get; private set; }

        /// <summary>As long as the heap waits between two looks.</summary>
        internal void Pass() => look!(null);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            look = callback;
            return new Timer(this);
        }

        private sealed class Timer(OwnClock clock) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose() => clock.IsDisposed = true;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
