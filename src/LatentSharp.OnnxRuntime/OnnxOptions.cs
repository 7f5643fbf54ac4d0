namespace LatentSharp.OnnxRuntime;

/// <summary>How networks are handed to ONNX Runtime.</summary>
public sealed record OnnxOptions
{
    /// <summary>
    /// Which of its execution providers computes: one of <see cref="OnnxDevice.Providers"/>, such as <c>cpu</c>, <c>cuda</c>,
    /// <c>directml</c> or <c>coreml</c>.
    /// </summary>
    public string Provider { get; init; } = "cpu";

    /// <summary>
    /// The folder that the model is written to, which has to exist. Weights below it are used in place (see
    /// <see cref="Graph.Onnx.OnnxExporter"/>); the model stays there. Null writes to a folder of its own under the system's temporary
    /// folder, with a copy of the weights, and removes it with the plan.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>
    /// Whether numbers too small to be normal count as zero, which spares slow arithmetic. ONNX Runtime switches the thread that opens the
    /// first session to this and leaves it so, for everything else that runs there too: for processes that do nothing else, such as
    /// benchmarks.
    /// </summary>
    public bool FlushDenormals { get; init; }
}
