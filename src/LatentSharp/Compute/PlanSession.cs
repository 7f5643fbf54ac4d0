namespace LatentSharp.Compute;

/// <summary>
/// The memory, the workers and whatever else stays between the runs of a plan. It computes one run at a time; for several at once start
/// several sessions. Disposing gives everything back, at the end of the run that is under way if there is one.
/// </summary>
/// <param name="plan">What it runs.</param>
internal abstract class PlanSession(Plan plan) : IDisposable
{
    private const int Idle = 0, Running = 1, Closing = 2, Closed = 3;

    private int state;

    /// <summary>What it runs.</summary>
    public Plan Plan { get; } = plan;

    /// <summary>Computes a network that has one input and one output.</summary>
    /// <param name="input">The input's values in its layout.</param>
    /// <param name="output">Room for the output's values in its layout; undefined after an exception.</param>
    /// <param name="progress">Reports after every step and, in steps that take long, every few milliseconds to seconds; called on the
    /// calling thread, so it must be quick.</param>
    /// <param name="cancellationToken">Ends the run within a fraction of a second.</param>
    /// <exception cref="ArgumentException">The network has more inputs or outputs, or a length does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    /// <exception cref="InvalidOperationException">Another run of this session is under way.</exception>
    public unsafe void Run(ReadOnlySpan<float> input, Span<float> output, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        Binding.CheckSingle(Plan.Graph, input.Length, output.Length);
        fixed (float* source = input, target = output) Run([(nint)source], [(nint)target], progress, cancellationToken);
    }

    /// <summary>Computes the network.</summary>
    /// <param name="inputs">The values of every input by name, each in its layout.</param>
    /// <param name="outputs">Room for every output by name; undefined after an exception.</param>
    /// <param name="progress">Reports after every step and, in steps that take long, every few milliseconds to seconds; called on the
    /// calling thread, so it must be quick.</param>
    /// <param name="cancellationToken">Ends the run within a fraction of a second.</param>
    /// <exception cref="ArgumentException">A name is missing or unknown, or a length does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    /// <exception cref="InvalidOperationException">Another run of this session is under way.</exception>
    public void Run(IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs, IReadOnlyDictionary<string, Memory<float>> outputs,
        IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        using var binding = new Binding(Plan.Graph, inputs, outputs);
        Run(binding.Inputs, binding.Outputs, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (Interlocked.CompareExchange(ref state, Closing, Running) == Running) return; // the run releases everything when it ends
        if (Interlocked.CompareExchange(ref state, Closed, Idle) == Idle) Release();
    }

    /// <summary>Computes the network.</summary>
    /// <param name="inputs">The address of the first value of each input, in the order of the graph's.</param>
    /// <param name="outputs">The address of the first value of each output.</param>
    /// <param name="progress">As the caller gave it.</param>
    /// <param name="cancellationToken">As the caller gave it.</param>
    protected abstract void Compute(nint[] inputs, nint[] outputs, IProgress<StepProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Gives everything back; called once, when no run is under way.</summary>
    protected abstract void Release();

    private void Run(nint[] inputs, nint[] outputs, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int before = Interlocked.CompareExchange(ref state, Running, Idle);
        ObjectDisposedException.ThrowIf(before is Closing or Closed, this);
        if (before == Running)
            throw new InvalidOperationException("a run of this session is under way; start a session for each run that is to go on at the same time");
        try
        {
            Compute(inputs, outputs, progress, cancellationToken);
        }
        finally
        {
            if (Interlocked.CompareExchange(ref state, Idle, Running) == Closing)
            {
                state = Closed;
                Release();
            }
        }
    }
}
