using System.Text;
using System.Text.Json;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Models.Flux;

/// <summary>
/// Weights in eight bits with one factor a tensor, as ComfyUI writes them: W = stored * <c>X.scale_weight</c> (files with a
/// <c>scaled_fp8</c> mark) or <c>X.weight_scale</c> (newer ones). Factors of the inputs serve products in eight bits and are left alone.
/// </summary>
internal sealed class ScaledWeights : WeightView
{
    private static readonly string[] Factors = [".scale_weight", ".weight_scale"],
        Asides = [".scale_input", ".input_scale", ".comfy_quant"];
    private static readonly string[] Formats = ["float8_e4m3fn", "float8_e5m2"];

    private readonly WeightSource source;
    private readonly Dictionary<string, float> factors = new(StringComparer.Ordinal);

    private ScaledWeights(WeightSource source) : base(source.Name, source.Metadata)
    {
        this.source = source;
        foreach (TensorInfo tensor in source.Tensors.Values)
        {
            if (Factors.FirstOrDefault(f => tensor.Name.EndsWith(f, StringComparison.Ordinal)) is { } end)
            {
                if (tensor.Shape.ElementCount != 1)
                    throw new LatentSharpException(ErrorKind.BadInput, source.Name,
                        $"{tensor.Name} {tensor.Shape} should be one factor for the whole tensor; factors of blocks are not read.");
                factors[tensor.Name[..^end.Length] + ".weight"] = source.Read(tensor)[0];
            }
            else if (tensor.Name.EndsWith(".comfy_quant", StringComparison.Ordinal))
            {
                CheckFormat(tensor);
            }
        }
        foreach (TensorInfo tensor in source.Tensors.Values)
        {
            if (tensor.Name == "scaled_fp8" || Factors.Concat(Asides).Any(e => tensor.Name.EndsWith(e, StringComparison.Ordinal))) continue;
            List(factors.ContainsKey(tensor.Name) ? tensor with { Type = ElementType.F32 } : tensor);
        }
    }

    /// <summary>The source itself where it has no factors.</summary>
    /// <exception cref="LatentSharpException">Weights are stored in a format that is not read, or a factor has not one value.</exception>
    public static WeightSource From(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Tensors.Keys.Any(n => n == "scaled_fp8" || Factors.Concat(Asides).Any(e => n.EndsWith(e, StringComparison.Ordinal)))
            ? new ScaledWeights(source) : source;
    }

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        TensorInfo info = Find(tensor, first, destination.Length);
        source.Read(source.Tensors[info.Name], first, destination);
        if (!factors.TryGetValue(info.Name, out float factor)) return;
        foreach (ref float value in destination) value *= factor;
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        TensorInfo info = Find(tensor);
        if (factors.ContainsKey(info.Name)) BytesOf(info, offset, destination);
        else source.ReadBytes(source.Tensors[info.Name], offset, destination);
    }

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor)
    {
        TensorInfo info = Find(tensor);
        return factors.ContainsKey(info.Name) ? null : source.Locate(source.Tensors[info.Name]);
    }

    private void CheckFormat(TensorInfo tensor)
    {
        string? format = null;
        if (tensor.ByteLength <= 4096)
        {
            var bytes = new byte[tensor.ByteLength];
            source.ReadBytes(tensor, 0, bytes);
            try
            {
                using JsonDocument page = JsonDocument.Parse(bytes);
                if (page.RootElement.ValueKind == JsonValueKind.Object && page.RootElement.TryGetProperty("format", out JsonElement value))
                    format = value.ToString();
            }
            catch (JsonException)
            {
                format = Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 40)));
            }
        }
        if (!Formats.Contains(format))
            throw new LatentSharpException(ErrorKind.BadInput, source.Name,
                $"{tensor.Name} says that weights are stored as {format ?? "something unknown"}; {string.Join(" and ", Formats)} are read.");
    }
}
