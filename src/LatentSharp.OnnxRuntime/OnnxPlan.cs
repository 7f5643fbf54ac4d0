using System.Runtime.InteropServices;
using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Graph.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace LatentSharp.OnnxRuntime;

/// <summary>A network made ready to run on ONNX Runtime's CPU provider: the same graph, the same weights and the same call as the project's own engine.</summary>
public sealed class OnnxPlan : IDisposable
{
    private readonly NetworkGraph graph;
    private readonly InferenceSession session;
    private readonly string? ownFolder;
    private bool disposed;

    private OnnxPlan(NetworkGraph graph, InferenceSession session, string? ownFolder) => (this.graph, this.session, this.ownFolder) = (graph, session, ownFolder);

    /// <summary>The version of ONNX Runtime that is loaded, such as <c>1.31.1</c>; null where its native library has no build for the system, as on Alpine Linux.</summary>
    public static string? RuntimeVersion { get; } = FindRuntime();

    /// <summary>Writes the graph as an ONNX model and opens a session on it, with every graph optimisation that the runtime has for the CPU.</summary>
    /// <exception cref="LatentSharpException">ONNX Runtime does not run on this system, the model cannot be written, or the graph has an operation that ONNX
    /// export does not know.</exception>
    public static OnnxPlan Compile(NetworkGraph graph, OnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (RuntimeVersion is null)
            throw new LatentSharpException(ErrorKind.NotFound, "ONNX Runtime", $"its native library does not load on this system ({RuntimeInformation.RuntimeIdentifier}).", "LatentSharp's own engine (CpuPlan) runs everywhere.");
        options ??= new OnnxOptions();
        string? own = options.Folder is null ? Directory.CreateTempSubdirectory("latentsharp-onnx-").FullName : null;
        try
        {
            string path = Path.Combine(own ?? options.Folder!, FileName(graph.Name));
            OnnxExporter.Write(graph, path);
            using SessionOptions session = Configure(options);
            return new OnnxPlan(graph, new InferenceSession(path, session), own);
        }
        catch
        {
            if (own is not null) Directory.Delete(own, recursive: true);
            throw;
        }
    }

    /// <summary>Computes a network that has one input and one output.</summary>
    /// <param name="input">The input's values in its layout.</param>
    /// <param name="output">Where the result goes.</param>
    /// <param name="cancellationToken">Asks the runtime to stop; it does so between two operators.</param>
    /// <exception cref="ArgumentException">The network has more inputs or outputs, or a length does not fit.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public unsafe void Run(ReadOnlySpan<float> input, Span<float> output, CancellationToken cancellationToken = default)
    {
        Binding.CheckSingle(graph, input.Length, output.Length);
        fixed (float* from = input, to = output) Run([(nint)from], [(nint)to], cancellationToken);
    }

    /// <summary>Computes the network.</summary>
    /// <param name="inputs">The values of every input by name, each in its layout.</param>
    /// <param name="outputs">Room for every output by name.</param>
    /// <param name="cancellationToken">As above.</param>
    /// <exception cref="ArgumentException">A name is missing or unknown, or a length does not fit.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Run(IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs, IReadOnlyDictionary<string, Memory<float>> outputs, CancellationToken cancellationToken = default)
    {
        using var binding = new Binding(graph, inputs, outputs);
        Run(binding.Inputs, binding.Outputs, cancellationToken);
    }

    private void Run(nint[] inputs, nint[] outputs, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        OrtValue[] given = [.. graph.Inputs.Select((input, i) => Wrap(inputs[i], input.Shape, input.Layout))];
        OrtValue[] wanted = [.. graph.Outputs.Select((output, i) => Wrap(outputs[i], output.Shape, output.Layout))];
        using var run = new RunOptions();
        using CancellationTokenRegistration stop = cancellationToken.Register(() => run.Terminate = true);
        try
        {
            session.Run(run, [.. graph.Inputs.Select(i => i.Name)], given, [.. graph.Outputs.Select(o => o.Name)], wanted);
        }
        catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            foreach (OrtValue value in given.Concat(wanted)) value.Dispose();
        }
    }

    /// <summary>Closes the session and removes the model, if it was written to a temporary folder.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        session.Dispose();
        if (ownFolder is not null) Directory.Delete(ownFolder, recursive: true);
    }

    private static string? FindRuntime()
    {
        try
        {
            return OrtEnv.Instance().GetVersionString();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException)
        {
            return null;
        }
    }

    private static SessionOptions Configure(OnnxOptions options)
    {
        var session = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
            InterOpNumThreads = 1,
            EnableCpuMemArena = true,
            EnableMemoryPattern = true,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        if (options.FlushDenormals) session.AddSessionConfigEntry("session.set_denormal_as_zero", "1");
        return session;
    }

    private static OrtValue Wrap(nint values, FeatureShape shape, Layout layout)
        => OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.Float,
            [.. OnnxExporter.Dimensions(shape, layout)], values, shape.Count * sizeof(float));

    private static string FileName(string name)
    {
        char[] characters = [.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-')];
        return new string(characters) + ".onnx";
    }
}
