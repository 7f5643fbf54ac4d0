using System.Text;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Models;

/// <summary>
/// Tensors that stand beside a weight and change what it means. The scales of 8-bit floats are applied (ComfyUI's <c>scale_weight</c> and
/// <c>weight_scale</c>, and <c>weight_scale_inv</c>, which in spite of its name is a factor too: transformers, finegrained_fp8); every
/// other kind is refused by name, for the numbers that are stored are not the weights then.
/// </summary>
internal static class CompanionTensors
{
    private const string Weight = ".weight";
    private const long MaxScales = 1 << 22;

    private static readonly string[] ScaleSuffixes = [".scale_weight", ".weight_scale", ".weight_scale_inv"];

    // Scales of activations: only programs that multiply in 8 bits need them.
    private static readonly string[] Harmless = [".scale_input", ".input_scale", ".scale_output", ".output_scale", ".comfy_quant"];

    private static readonly (string Mark, string What)[] Refused =
    [
        (".weight.absmax", "bitsandbytes 4-bit or 8-bit blocks (NF4, FP4)"), (".weight.quant_map", "bitsandbytes 4-bit blocks (NF4, FP4)"),
            (".weight.quant_state", "bitsandbytes 4-bit blocks (NF4, FP4)"),
        (".SCB", "bitsandbytes 8-bit integers (LLM.int8)"), (".weight._data", "quanto integers"), (".weight._scale", "quanto integers"),
            (".weight_scale_2", "NVFP4 blocks"),
        (".qweight", "GPTQ or AWQ integers"), (".qzeros", "GPTQ or AWQ integers"), (".W_q", "HQQ integers"),
            (".weight_zero_point", "integers with a zero point"), (".weight_packed", "packed integers"),
        (".lora_A", "LoRA"), (".lora_B", "LoRA"), (".lora_up", "LoRA"), (".lora_down", "LoRA"), (".lora.up", "LoRA"),
            (".lora.down", "LoRA"),
        (".hada_w1_a", "LoHa"), (".lokr_w1", "LoKr"), (".oft_blocks", "OFT"), (".dora_scale", "DoRA"),
    ];

    /// <summary>The weights with their scales applied, and the names of the tensors that were used up by it.</summary>
    /// <param name="file">The weights as stored.</param>
    /// <param name="belongs">Whether a stored name lies within the network.</param>
    /// <exception cref="LatentSharpException">A weight of the network is stored in a way that is not understood; the message names
    /// it.</exception>
    public static (WeightSource Weights, HashSet<string> Used) Apply(WeightSource file, Func<string, bool> belongs)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        ScaledWeights? scaled = null;
        foreach (TensorInfo tensor in file.Tensors.Values)
        {
            if (tensor.Name is "scaled_fp8" || tensor.Name.EndsWith(".scaled_fp8", StringComparison.Ordinal)) used.Add(tensor.Name);
            if (!belongs(tensor.Name)) continue;
            foreach ((string mark, string what) in Refused)
                if (Has(tensor.Name, mark)) throw Refuse(file, tensor, what);
            if (Array.Exists(Harmless, h => tensor.Name.EndsWith(h, StringComparison.Ordinal)))
            {
                CheckFormat(file, tensor);
                used.Add(tensor.Name);
            }
            if (Array.Find(ScaleSuffixes, e => tensor.Name.EndsWith(e, StringComparison.Ordinal)) is not { } suffix) continue;
            string name = tensor.Name[..^suffix.Length] + Weight;
            if (!file.Tensors.TryGetValue(name, out TensorInfo? weight)) continue;      // listed as not read
            if (!weight.Type.IsFloat()) throw Refuse(file, tensor, $"integers ({weight.Type.Name()}) with a scale");
            if (!tensor.Type.IsFloat() || tensor.Shape.ElementCount is 0 or > MaxScales)
                throw Refuse(file, tensor, $"a scale of {tensor.Shape} {tensor.Type.Name()}");
            float[] values = file.Read(tensor);
            if (!values.All(float.IsFinite)) throw Refuse(file, tensor, "a scale that is no finite number");
            scaled ??= new ScaledWeights(file);
            if (!scaled.TryScale(name, values, tensor.Shape)) throw Refuse(file, tensor, $"a scale {tensor.Shape} that does not fit the weight {weight.Shape}");
            used.Add(tensor.Name);
        }
        return (scaled ?? file, used);
    }

    /// <summary>The tensors beside a weight that scale it or tell how it is computed with: without it they mean nothing.</summary>
    public static IEnumerable<string> Beside(WeightSource file, string weight)
        => !weight.EndsWith(Weight, StringComparison.Ordinal) ? []
            : ScaleSuffixes.Concat(Harmless).Select(suffix => weight[..^Weight.Length] + suffix).Where(file.Tensors.ContainsKey);

    private static bool Has(string name, string mark)
    {
        int at = name.IndexOf(mark, StringComparison.Ordinal);
        return at >= 0 && (at + mark.Length == name.Length || name[at + mark.Length] is '.' or '_');
    }

    // ComfyUI's description of how a layer is quantised: JSON in bytes.
    private static void CheckFormat(WeightSource file, TensorInfo tensor)
    {
        if (!tensor.Name.EndsWith(".comfy_quant", StringComparison.Ordinal) || tensor.ByteLength > 4096) return;
        var bytes = new byte[tensor.ByteLength];
        file.ReadBytes(tensor, 0, bytes);
        string text = Encoding.UTF8.GetString(bytes);
        if (!text.Contains("float8", StringComparison.Ordinal)) throw Refuse(file, tensor, $"another number format of ComfyUI: {TensorNames.Printable(text)}");
    }

    private static LatentSharpException Refuse(WeightSource file, TensorInfo tensor, string what)
        => new(ErrorKind.BadInput, file.Name,
            $"weights are stored as {what} (the tensor {TensorNames.Printable(tensor.Name)}), which is not understood: what stands "
                + $"in them are not the weights themselves.",
            "Look for the file in F32, F16, BF16 or scaled F8; merge a LoRA with the program that made it.");
}
