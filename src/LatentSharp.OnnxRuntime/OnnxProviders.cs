namespace LatentSharp.OnnxRuntime;

/// <summary>Where the providers of ONNX Runtime come from.</summary>
internal static class OnnxProviders
{
    /// <summary>The package whose native library has a provider.</summary>
    public static string PackageOf(string provider) => provider.ToLowerInvariant() switch
    {
        "cuda" or "tensorrt" => "Microsoft.ML.OnnxRuntime.Gpu",
        "directml" => "Microsoft.ML.OnnxRuntime.DirectML",
        "openvino" => "Intel.ML.OnnxRuntime.OpenVino",
        "qnn" => "Microsoft.ML.OnnxRuntime.QNN",
        _ => "Microsoft.ML.OnnxRuntime",
    };
}
