using System.Text.Json;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Weights;

/// <summary>
/// Files of full size that hold a header and nothing else: names, types and shapes are those of published models, the values are a hole in
/// the file that takes no room on disk and reads as zeros.
/// </summary>
internal static class HeaderOnly
{
    /// <summary>Writes a safetensors file with the names and shapes of a source.</summary>
    /// <param name="path">The file; folders above it are made.</param>
    /// <param name="tensors">Names and shapes.</param>
    /// <param name="type">How the values would be stored.</param>
    /// <param name="prefix">Stands before every name.</param>
    /// <param name="metadata">What the file says about itself.</param>
    public static string Write(string path, IEnumerable<TensorInfo> tensors, ElementType type = ElementType.BF16, string prefix = "",
        IReadOnlyDictionary<string, string>? metadata = null)
        => Write(path, tensors.Select(t => new TensorInfo(prefix + t.Name, type, t.Shape)), metadata);

    /// <summary>As above, each tensor in its own type.</summary>
    public static string Write(string path, IEnumerable<TensorInfo> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var header = new MemoryStream();
        long end = 0;
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            foreach (TensorInfo tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.Name());
                json.WriteStartArray("shape");
                foreach (long d in tensor.Shape.Dimensions) json.WriteNumberValue(d);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(end);
                json.WriteNumberValue(end += tensor.ByteLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream file = File.Create(path);
        file.Write(BitConverter.GetBytes(header.Length));
        header.WriteTo(file);
        file.SetLength(file.Length + end);
        return path;
    }

    /// <summary>A tensor of these dimensions.</summary>
    public static TensorInfo Tensor(string name, params long[] shape) => new(name, ElementType.BF16, new Shape(shape));

    /// <summary>A tensor of a manifest: shared/spec/manifests.</summary>
    public static IEnumerable<TensorInfo> Published(string manifest) => new NamesOnly(manifest).Tensors.Values;
}
