using System.Runtime.InteropServices;
using System.Text.Json;
using LatentSharp.Tensors;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Reference;

/// <summary>
/// Inputs and expected outputs of one reference file: tensors named CASE.NAME, with the tolerances that stand beside them.
/// </summary>
internal sealed class Golden
{
    private readonly SafetensorsFile tensors;
    private readonly Dictionary<string, double> tolerances = [];

    /// <summary>
    /// Opens a file below <c>shared/golden</c>; <c>expected-stats.json</c> beside it, or for <c>NAME-io</c> the file
    /// <c>NAME-stats.json</c>, gives the tolerances. Skips the test when it is not there.
    /// </summary>
    public Golden(string relative)
    {
        string path = Shared.Path("golden/" + relative);
        tensors = SafetensorsFile.Open(path);
        string of = path.Replace("-io.safetensors", "-stats.json", StringComparison.Ordinal);
        if (of == path || !File.Exists(of)) of = Path.Combine(Path.GetDirectoryName(path)!, "expected-stats.json");
        using JsonDocument stats = JsonDocument.Parse(File.ReadAllBytes(of));
        // Some pages list the outputs of one file, others those of several.
        JsonElement outputs = stats.RootElement.TryGetProperty(Path.GetFileName(path), out JsonElement own) ? own : stats.RootElement;
        foreach (JsonProperty entry in outputs.EnumerateObject())
            if (entry.Value.TryGetProperty("recommended_atol_fp32", out JsonElement tolerance)) tolerances[entry.Name] = tolerance.GetDouble();
    }

    public IEnumerable<string> Names => tensors.Tensors.Keys;

    public bool Has(string name) => tensors.Tensors.ContainsKey(name);

    public Shape ShapeOf(string name) => tensors.Tensors[name].Shape;

    public float[] this[string name] => tensors.Read(tensors.Tensors[name]);

    /// <summary>Whole numbers.</summary>
    public long[] Longs(string name)
    {
        var bytes = new byte[tensors.Tensors[name].ByteLength];
        tensors.ReadBytes(tensors.Tensors[name], 0, bytes);
        return [.. MemoryMarshal.Cast<byte, long>(bytes)];
    }

    /// <summary>Picture <paramref name="index"/> of a batch [N, C, H, W].</summary>
    public float[] Picture(string name, int index)
    {
        float[] all = this[name];
        int size = all.Length / (int)ShapeOf(name)[0];
        return all.AsSpan(index * size, size).ToArray();
    }

    /// <summary>The largest absolute difference that a float32 evaluation may show, from <c>expected-stats.json</c>.</summary>
    public double Tolerance(string name) => tolerances[name];
}
