using System.Text.Json;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Weights;

/// <summary>The names and shapes of a published model (shared/spec/manifests), without values.</summary>
internal sealed class NamesOnly : WeightSource
{
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    public NamesOnly(string manifest)
    {
        Name = manifest;
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Shared.Path($"spec/manifests/{manifest}.json")));
        foreach (JsonProperty tensor in json.RootElement.EnumerateObject())
            tensors[tensor.Name] = new TensorInfo(tensor.Name, ElementType.F32,
                new Shape([.. tensor.Value.EnumerateArray().Select(d => d.GetInt64())]));
    }

    public NamesOnly(string name, IEnumerable<TensorInfo> tensors)
    {
        Name = name;
        foreach (TensorInfo tensor in tensors) this.tensors[tensor.Name] = tensor;
    }

    public override string Name { get; }

    public override IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public override void Read(TensorInfo tensor, long first, Span<float> destination) => destination.Clear();

    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination) => destination.Clear();
}
