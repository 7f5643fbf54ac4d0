using System.Runtime.InteropServices;
using LatentSharp.Compute;
using LatentSharp.Graph;
using Microsoft.ML.OnnxRuntime;

namespace LatentSharp.OnnxRuntime;

/// <summary>
/// ONNX Runtime as a device: the same graph, the same weights and the same calls as the project's own engine, on any of the runtime's
/// execution providers.
/// </summary>
public sealed class OnnxDevice : Device
{
    private const string ProviderSuffix = "ExecutionProvider";

    /// <summary>
    /// The variable of the environment that names ONNX Runtime's native library, for programs whose packages have none or another one.
    /// </summary>
    public const string LibraryVariable = "LATENTSHARP_ONNXRUNTIME";

    // Sends requests to a service and computes no networks of its own: what is asked of it would be computed on the processor without a
    // word.
    private const string Cloud = "azure";

    /// <param name="options">The provider, and where models are written; null for its processor provider.</param>
    /// <exception cref="LatentSharpException">ONNX Runtime does not load on this system, or the provider is not part of the library that is
    /// loaded.</exception>
    public OnnxDevice(OnnxOptions? options = null)
    {
        Options = options ?? new OnnxOptions();
        if (RuntimeVersion is null)
            throw new LatentSharpException(ErrorKind.NotFound, "ONNX Runtime",
                NamedLibrary is { } file ? $"{file}, which {LibraryVariable} names, does not open as its library."
                    : $"its native library is not here, or does not load on this system ({RuntimeInformation.RuntimeIdentifier}).",
                $"Name the file onnxruntime of one of its releases in {LibraryVariable}; applications reference the package "
                    + $"{OnnxProviders.PackageOf(Options.Provider)}. The device cpu needs neither.");
        if (!Providers.Contains(Options.Provider, StringComparer.OrdinalIgnoreCase))
            throw new LatentSharpException(ErrorKind.NotFound, $"onnx:{Options.Provider}",
                $"ONNX Runtime {RuntimeVersion} has no provider of that name here; it has {string.Join(", ", Providers)}.",
                $"It comes with another build of the runtime's native library: {OnnxProviders.PackageOf(Options.Provider)}; where no package of "
                    + $"the application has it, {LibraryVariable} names the file.");
    }

    /// <summary>
    /// The version of ONNX Runtime that is loaded, such as <c>1.31.1</c>; null where its native library has no build for the system, as on
    /// Alpine Linux.
    /// </summary>
    public static string? RuntimeVersion { get; } = FindRuntime();

    /// <summary>
    /// The execution providers of the library that is loaded, in lower case: <c>cpu</c> always, <c>cuda</c>, <c>directml</c>, <c>coreml</c>
    /// and others with other builds. Empty where no library loads.
    /// </summary>
    public static IReadOnlyList<string> Providers { get; } = RuntimeVersion is null ? []
        : [.. OrtEnv.Instance().GetAvailableProviders().Select(Short).Where(p => p != Cloud).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public override string Name => $"onnx:{Options.Provider.ToLowerInvariant()}";

    /// <summary>How networks are handed over.</summary>
    public OnnxOptions Options { get; }

    /// <inheritdoc/>
    private protected override Plan Make(NetworkGraph graph, ComputeOptions options)
    {
        if (options.MemoryBudget is not null)
            throw new LatentSharpException(ErrorKind.Usage, Name, "ONNX Runtime plans its memory itself and keeps to no budget.",
                "Leave the budget out, or compute on the device cpu.");
        if (options.Precision != Precision.Float32)
            throw new LatentSharpException(ErrorKind.Usage, Name, $"ONNX Runtime computes these networks in float32, not in {options.Precision}.",
                "Leave the precision out, or compute on the device cpu.");
        return new OnnxPlan(this, graph, options.EffectiveThreads);
    }

    /// <summary>The settings of a session, with every graph optimisation that the runtime has.</summary>
    internal SessionOptions Configure(int threads)
    {
        var session = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            EnableCpuMemArena = true,
            EnableMemoryPattern = true,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        try
        {
            if (Options.FlushDenormals) session.AddSessionConfigEntry("session.set_denormal_as_zero", "1");
            Use(session);
            return session;
        }
        catch (OnnxRuntimeException e)
        {
            session.Dispose();
            throw new LatentSharpException(ErrorKind.BadInput, Name, $"the provider does not start: {e.Message}",
                "Check that its driver and libraries are installed.", e);
        }
    }

    // The processor's provider is always there, and it computes what another one does not know.
    private void Use(SessionOptions session)
    {
        switch (Options.Provider.ToLowerInvariant())
        {
            case "cpu": break;
            case "cuda": session.AppendExecutionProvider_CUDA(); break;
            case "tensorrt": session.AppendExecutionProvider_Tensorrt(); break;
            case "rocm": session.AppendExecutionProvider_ROCm(); break;
            case "migraphx": session.AppendExecutionProvider_MIGraphX(); break;
            case "directml": session.AppendExecutionProvider_DML(); break;
            case "openvino": session.AppendExecutionProvider_OpenVINO(); break;
            case var other: session.AppendExecutionProvider(FullName(other), []); break;
        }
    }

    // The general call knows its providers without the suffix, as the runtime spells them.
    private static string FullName(string provider)
        => OrtEnv.Instance().GetAvailableProviders().First(p => Short(p) == provider)[..^ProviderSuffix.Length];

    private static string Short(string provider)
    {
        string name = provider.EndsWith(ProviderSuffix, StringComparison.Ordinal) ? provider[..^ProviderSuffix.Length] : provider;
        return name == "Dml" ? "directml" : name.ToLowerInvariant();
    }

    private static string? NamedLibrary => Environment.GetEnvironmentVariable(LibraryVariable) is { Length: > 0 } file ? file : null;

    private static string? FindRuntime()
    {
        try
        {
            if (NamedLibrary is { } file)
            {
                // The one that is named and no other, whatever lies beside the program.
                nint library = NativeLibrary.Load(file);
                OrtEnv.DisableDllImportResolver = true;
                NativeLibrary.SetDllImportResolver(typeof(OrtEnv).Assembly, (_, _, _) => library);
            }
            return OrtEnv.Instance().GetVersionString();
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException
            or TypeInitializationException or InvalidOperationException)
        {
            return null;
        }
    }
}
