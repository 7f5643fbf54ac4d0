using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Graph.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace LatentSharp.OnnxRuntime;

/// <summary>
/// A network written as an ONNX model and loaded by the runtime. The runtime's session belongs to the plan, because loading is what takes
/// long; it may be used by several runs at once. It is closed with the plan, at the latest when nobody holds that any more.
/// </summary>
internal sealed class OnnxPlan : Plan, IDisposable
{
    private readonly string? ownFolder;
    private bool disposed;

    /// <summary>Writes the graph as an ONNX model and opens a session on it.</summary>
    /// <exception cref="LatentSharpException">The model cannot be written, the graph has an operation that ONNX export does not know, or
    /// the provider does not start.</exception>
    public OnnxPlan(OnnxDevice device, NetworkGraph graph, int threads) : base(graph, device)
    {
        Threads = threads;
        Steps = [.. StepsOf(graph)];
        PeakBytes = Steps.Max(s => s.LiveBytes);
        string? folder = device.Options.Folder;
        ownFolder = folder is null ? Directory.CreateTempSubdirectory("latentsharp-onnx-").FullName : null;
        try
        {
            string path = Path.Combine(ownFolder ?? folder!, FileName(graph.Name));
            OnnxExporter.Write(graph, path);
            using SessionOptions session = device.Configure(threads);
            Session = new InferenceSession(path, session);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Closes the session of a plan that nobody disposed of.</summary>
    ~OnnxPlan() => Close();

    /// <inheritdoc/>
    public override long PeakBytes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<PlanStep> Steps { get; }

    /// <inheritdoc/>
    public override int Threads { get; }

    /// <inheritdoc/>
    public override string Kernels => $"ONNX Runtime {OnnxDevice.RuntimeVersion}";

    /// <summary>The runtime's session.</summary>
    internal InferenceSession Session { get; } = null!;

    /// <summary>Closes the session and removes the model, if it was written to a temporary folder.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    private protected override PlanSession Open()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return new OnnxSession(this);
    }

    private void Close()
    {
        if (disposed) return;
        disposed = true;
        Session?.Dispose();
        try
        {
            if (ownFolder is not null) Directory.Delete(ownFolder, recursive: true);
        }
        catch (IOException)
        {
            // On Windows a file that the runtime has not let go of yet: it lies under the system's temporary folder.
        }
    }

    // What the runtime really does is its own affair: it joins and reorders operations. The figures are those of the graph, one operation
    // after the other.
    private static IEnumerable<PlanStep> StepsOf(NetworkGraph graph)
    {
        var last = new Dictionary<Node, int>();
        for (int i = 0; i < graph.Nodes.Length; i++)
            foreach (Node input in graph.Nodes[i].Inputs) last[input] = i;
        long live = 0;
        for (int i = 0; i < graph.Nodes.Length; i++)
        {
            Node node = graph.Nodes[i];
            live += node.Shape.Count * sizeof(float);
            yield return new PlanStep(node.Name, node.Operation, node.Shape, node.MultiplyAdds, live, 0);
            live -= node.Inputs.Distinct().Where(n => last[n] == i).Sum(n => n.Shape.Count * sizeof(float));
        }
    }

    private static string FileName(string name)
    {
        char[] characters = [.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-')];
        return new string(characters) + ".onnx";
    }

    /// <summary>A session: everything that it needs belongs to the plan.</summary>
    private sealed class OnnxSession(OnnxPlan plan) : PlanSession(plan)
    {
        protected override void Compute(nint[] inputs, nint[] outputs, IProgress<StepProgress>? progress,
            CancellationToken cancellationToken)
        {
            NetworkGraph graph = plan.Graph;
            OrtValue[] given = [.. graph.Inputs.Select((input, i) => Wrap(inputs[i], input.Shape, input.Layout))];
            OrtValue[] wanted = [.. graph.Outputs.Select((output, i) => Wrap(outputs[i], output.Shape, output.Layout))];
            using var run = new RunOptions();
            using CancellationTokenRegistration stop = cancellationToken.Register(() => run.Terminate = true);
            try
            {
                plan.Session.Run(run, [.. graph.Inputs.Select(i => i.Name)], given, [.. graph.Outputs.Select(o => o.Name)], wanted);
            }
            catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (OnnxRuntimeException e)
            {
                throw new LatentSharpException(ErrorKind.BadInput, plan.Device.Name, $"ONNX Runtime could not compute {graph.Name}: {e.Message}", inner: e);
            }
            finally
            {
                foreach (OrtValue value in given.Concat(wanted)) value.Dispose();
            }
            progress?.Report(new StepProgress(1, graph.Outputs[^1].Name)); // the runtime tells nothing on the way
        }

        protected override void Release()
        {
        }

        private static OrtValue Wrap(nint values, FeatureShape shape, Layout layout)
            => OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.Float,
                [.. OnnxExporter.Dimensions(shape, layout)], values, shape.Count * sizeof(float));
    }
}
