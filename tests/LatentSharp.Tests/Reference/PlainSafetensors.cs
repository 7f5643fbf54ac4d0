using System.Buffers.Binary;
using System.Text.Json;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Reference;

/// <summary>A safetensors file of F32, F16 and BF16 tensors read into memory, for reference data.</summary>
internal static class PlainSafetensors
{
    public static MemoryWeights Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using JsonDocument json = JsonDocument.Parse(file.AsMemory(8, header));
        var weights = new MemoryWeights(path);
        foreach (JsonProperty entry in json.RootElement.EnumerateObject().Where(e => e.Name != "__metadata__"))
        {
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            int first = 8 + header + (int)entry.Value.GetProperty("data_offsets")[0].GetInt64();
            string type = entry.Value.GetProperty("dtype").GetString()!;
            var values = new float[new Shape(shape).ElementCount];
            for (int i = 0; i < values.Length; i++)
                values[i] = type switch
                {
                    "F32" => BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan(first + 4 * i)),
                    "F16" => (float)BinaryPrimitives.ReadHalfLittleEndian(file.AsSpan(first + 2 * i)),
                    "BF16" => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(file.AsSpan(first + 2 * i)) << 16),
                    _ => 0,
                };
            weights.Add(entry.Name, values, shape);
        }
        return weights;
    }
}
