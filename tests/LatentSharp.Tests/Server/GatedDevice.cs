using System.Buffers;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;

namespace LatentSharp.Tests.Server;

/// <summary>
/// The processor, whose work is counted in units and stands still at one of them until it is cancelled: what goes on afterwards shows
/// whether cancelling ends it, on a fast machine as on a slow one. A unit is a step of a plan that is begun.
/// </summary>
internal sealed class GatedDevice : Device
{
    private readonly CpuDevice processor = new();
    private Gate gate = new(0);

    /// <inheritdoc/>
    public override string Name => processor.Name;

    /// <summary>Counts from nought, and stands still at a unit.</summary>
    /// <param name="at">Its number, from 1; 0 never stands still.</param>
    internal Gate StandStill(int at) => gate = new Gate(at);

    /// <inheritdoc/>
    private protected override Plan Make(NetworkGraph graph, ComputeOptions options)
        => new GatedPlan(this, processor.Compile(graph, options with { Device = processor }));

    /// <summary>Where work stands still.</summary>
    internal sealed class Gate(int at)
    {
        // Only a test that fails waits so long.
        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool open;

        /// <summary>Done when the unit has come.</summary>
        internal Task Reached => reached.Task;

        /// <summary>Units up to it.</summary>
        internal int Units { get; private set; }

        /// <summary>Whether the work was told to end while it stood still.</summary>
        internal bool WasCancelled { get; private set; }

        /// <summary>Units that were begun after that.</summary>
        internal int UnitsAfter { get; private set; }

        /// <summary>Runs of networks that were begun after that.</summary>
        internal int RunsAfter { get; private set; }

        internal void Run()
        {
            if (open) RunsAfter++;
        }

        internal void Unit(CancellationToken cancellationToken)
        {
            if (open)
            {
                UnitsAfter++;
                return;
            }
            if (++Units != at) return;
            reached.TrySetResult();
            WasCancelled = cancellationToken.WaitHandle.WaitOne(Patience);
            open = true;
        }
    }

    private sealed class GatedPlan(GatedDevice device, Plan inner) : Plan(inner.Graph, device)
    {
        public override long PeakBytes => inner.PeakBytes;

        public override long KeptBytes => inner.KeptBytes;

        internal override bool SharesKeptBytes => inner.SharesKeptBytes;

        public override IReadOnlyList<PlanStep> Steps => inner.Steps;

        public override int Threads => inner.Threads;

        public override string Kernels => inner.Kernels;

        private protected override PlanSession Open() => new GatedSession(this, inner.Start(), device);
    }

    private sealed class GatedSession(GatedPlan plan, PlanSession inner, GatedDevice device) : PlanSession(plan)
    {
        protected override void Compute(nint[] inputs, nint[] outputs, IProgress<StepProgress>? progress,
            CancellationToken cancellationToken)
        {
            device.gate.Run();
            inner.Run(Plan.Inputs.Select((input, i) => (input.Name, new Values(inputs[i], (int)input.Shape.Count).Memory))
                    .ToDictionary(v => v.Name, v => (ReadOnlyMemory<float>)v.Memory),
                Plan.Outputs.Select((output, i) => (output.Name, new Values(outputs[i], (int)output.Shape.Count).Memory))
                    .ToDictionary(v => v.Name, v => v.Memory),
                new Units(device.gate, progress, cancellationToken), cancellationToken);
        }

        protected override void Release() => inner.Dispose();
    }

    // Long steps report several times.
    private sealed class Units(Gate gate, IProgress<StepProgress>? others, CancellationToken cancellationToken) : IProgress<StepProgress>
    {
        private string? last;

        public void Report(StepProgress value)
        {
            others?.Report(value);
            if (value.Step == last) return;
            last = value.Step;
            gate.Unit(cancellationToken);
        }
    }

    /// <summary>The caller's values, which it holds where they are.</summary>
    private sealed unsafe class Values(nint address, int count) : MemoryManager<float>
    {
        public override Span<float> GetSpan() => new((void*)address, count);

        public override MemoryHandle Pin(int elementIndex = 0) => new((float*)address + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
