namespace LatentSharp.Weights.Files;

/// <summary>
/// Weights with the <c>config.json</c> that lies beside them, as diffusers stores them; the text is the metadata entry <c>config.json</c>.
/// </summary>
internal sealed class ConfiguredWeights : WeightFile
{
    /// <summary>The key under which <see cref="Metadata"/> holds the text of the configuration.</summary>
    public const string ConfigKey = "config.json";

    private readonly WeightFile weights;

    internal ConfiguredWeights(WeightFile weights, string config)
    {
        this.weights = weights;
        var metadata = new Dictionary<string, string>(weights.Metadata, StringComparer.Ordinal) { [ConfigKey] = config };
        Metadata = metadata;
    }

    /// <summary>The weights without their configuration.</summary>
    internal WeightFile Inner => weights;

    /// <summary>The path of the weights.</summary>
    public override string Path => weights.Path;

    /// <inheritdoc/>
    public override string Format => weights.Format;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => weights.Tensors;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor) => weights.Locate(tensor);

    internal override IEnumerable<WeightStretch> Stretches(TensorInfo tensor) => weights.Stretches(tensor);

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination) => weights.Read(tensor, first, destination);

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
        => weights.ReadBytes(tensor, offset, destination);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) weights.Dispose();
    }
}
