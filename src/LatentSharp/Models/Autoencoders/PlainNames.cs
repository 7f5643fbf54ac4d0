using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// Names without what programs put around them: the slashes of nested dictionaries become dots, <c>_orig_mod.</c> (torch.compile) and
/// <c>module.</c> (data parallel) go where they stand inside a name (in front they are a prefix like any other), and the tensors of a half
/// that was saved alone get the half's name in front.
/// </summary>
internal static class PlainNames
{
    private static readonly string[] Wrappers = ["_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];
    private static readonly string[] Shared = ["bn.", "quant_conv.", "post_quant_conv."];

    /// <summary>The same weights under plain names; the source itself when its names are plain already.</summary>
    public static WeightSource Of(WeightSource file)
    {
        string? half = BareHalf(file);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        bool changed = false;
        foreach (string name in file.Tensors.Keys)
        {
            string plain = Plain(name);
            if (half is not null && !Array.Exists(Shared, s => plain.StartsWith(s, StringComparison.Ordinal))) plain = half + plain;
            if (!taken.Add(plain)) return file;     // two would have one name: better none is changed
            names[name] = plain;
            changed |= plain != name;
        }
        return changed ? new RenamedWeights(file, name => names[name]) : file;
    }

    /// <summary>The name under which the file holds a tensor.</summary>
    public static string Stored(WeightSource weights, TensorInfo tensor)
        => weights is RenamedWeights renamed ? renamed.Stored(tensor.Name).Name : tensor.Name;

    private static string Plain(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal)) name = name.Replace('/', '.');
        foreach (string wrapper in Wrappers)
            if (name.Contains(wrapper, StringComparison.Ordinal))
                name = string.Join('.', name.Split('.').Where((part, i) => i == 0 || part != wrapper));
        return name;
    }

    // A KL decoder has `up` without `down`, an encoder the reverse; a UNet has both.
    private static string? BareHalf(WeightSource file)
    {
        bool entry = false, middle = false, up = false, down = false, other = false;
        foreach (string stored in file.Tensors.Keys)
        {
            string name = Plain(stored);
            entry |= name == "conv_in.weight";
            middle |= name.StartsWith("mid.block_1.", StringComparison.Ordinal)
                || name.StartsWith("mid_block.resnets.", StringComparison.Ordinal);
            up |= name.StartsWith("up.", StringComparison.Ordinal) || name.StartsWith("up_blocks.", StringComparison.Ordinal);
            down |= name.StartsWith("down.", StringComparison.Ordinal) || name.StartsWith("down_blocks.", StringComparison.Ordinal);
            other |= name.StartsWith("time_embed", StringComparison.Ordinal) || name.StartsWith("encoder.", StringComparison.Ordinal)
                || name.StartsWith("decoder.", StringComparison.Ordinal);
        }
        return entry && middle && up != down && !other ? up ? "decoder." : "encoder." : null;
    }
}
