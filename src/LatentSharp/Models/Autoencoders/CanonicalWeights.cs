using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// An autoencoder's weights under one set of names, whichever layout and prefix the file has. Canonical names are those of the original
/// code: BFL names for the KL autoencoders (<c>encoder.down.0.block.0.norm1.weight</c>, <c>quant_conv.weight</c> at the top level),
/// <c>encoder.N...</c> and <c>decoder.N...</c> for the tiny ones, and the diffusers names for DC-AE. Attention projections have the shape
/// [C, C, 1, 1]. Nothing is copied: reading goes to the file.
/// </summary>
internal sealed class CanonicalWeights : WeightSource
{
    private readonly RenamedWeights view;
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float[]> constants = new(StringComparer.Ordinal);
    private readonly List<string> unused = [];

    // Playground v2.5 keeps the mean and deviation of its latents beside the network, ComfyUI the scale and shift of a tiny autoencoder.
    private static readonly string[] ConstantNames = ["edm_mean", "edm_std", "vae_scale", "vae_shift"];
    private const int MaxConstant = 256;
    private static readonly string[] Insides = ["encoder.", "decoder.", "quant_conv.", "post_quant_conv.", "taesd_encoder.",
        "taesd_decoder."];

    private CanonicalWeights(string name) => view = new RenamedWeights(name, metadata);

    /// <inheritdoc/>
    public override string Name => view.Name;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => view.Tensors;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>
    /// The layout that was found, in words: <c>BFL/LDM</c>, <c>diffusers</c>, <c>diffusers (legacy attention names)</c>, <c>BFL/LDM and
    /// diffusers names mixed</c>, <c>TAESD (encoder and decoder files)</c> ...; <c>unknown</c> when the names are passed on as they are.
    /// </summary>
    public string Layout { get; private set; } = "unknown";

    /// <summary>
    /// What stood before the autoencoder's names, such as <c>first_stage_model.</c> or <c>vae.</c>; empty when nothing did.
    /// </summary>
    public string Prefix { get; private set; } = "";

    /// <summary>Which kind of autoencoder the names belong to.</summary>
    public AutoencoderKind Kind { get; private set; }

    /// <summary>
    /// The stored names of tensors that are no part of the autoencoder: other parts of a checkpoint, training state. See
    /// <see cref="TensorNames.Summarize"/>.
    /// </summary>
    public IReadOnlyList<string> Unused => unused;

    /// <summary>How many tensors beside the weights were used up by applying scales to them.</summary>
    public int Scaled { get; private set; }

    /// <summary>
    /// Constants of the latent space that lie beside the network under their own names: <c>edm_mean</c> and <c>edm_std</c> (Playground
    /// v2.5), <c>vae_scale</c> and <c>vae_shift</c> (ComfyUI's tiny autoencoders).
    /// </summary>
    public IReadOnlyDictionary<string, float[]> Constants => constants;

    /// <summary>A view of one file.</summary>
    public static CanonicalWeights From(WeightSource file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file is CanonicalWeights canonical) return canonical;
        var view = new CanonicalWeights(file.Name);
        view.Add(file);
        return view;
    }

    /// <summary>A view of an encoder file and a decoder file, in either order, as one autoencoder.</summary>
    /// <exception cref="LatentSharpException">The files belong to different kinds of autoencoder, or both hold the same half.</exception>
    public static CanonicalWeights From(WeightSource first, WeightSource second)
    {
        CanonicalWeights a = From(first), b = From(second);
        if (a.Kind != b.Kind || a.Kind == AutoencoderKind.Unknown)
            throw new LatentSharpException(ErrorKind.Mismatch, b.Name,
                $"an encoder and a decoder of one autoencoder were expected; {a.Name} is {a.Layout}, this file is {b.Layout}.");
        var view = new CanonicalWeights($"{a.Name} + {b.Name}") { Kind = a.Kind, Prefix = a.Prefix == b.Prefix ? a.Prefix : "" };
        view.Layout = a.Layout == b.Layout ? a.Layout : a.Kind == AutoencoderKind.Tiny ? "TAESD (encoder and decoder files)" : $"{a.Layout} + {b.Layout}";
        foreach (CanonicalWeights half in new[] { a, b })
        {
            foreach ((string name, TensorInfo info) in half.Tensors)
            {
                if (!view.view.TryAdd(name, half.view, info))
                    throw new LatentSharpException(ErrorKind.Mismatch, b.Name,
                        $"an encoder and a decoder were expected; both this file and {a.Name} hold {name}.", "Give one encoder file and one decoder file.");
            }
            foreach ((string key, string value) in half.metadata) view.metadata.TryAdd(key, value);
            foreach ((string key, float[] values) in half.constants) view.constants.TryAdd(key, values);
            view.unused.AddRange(half.unused);
            view.Scaled += half.Scaled;
        }
        return view;
    }

    /// <summary>The tensor that a canonical one comes from, as its file stores it.</summary>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    public TensorInfo Stored(string canonicalName) => view.Stored(canonicalName);

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination) => view.Read(tensor, first, destination);

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination) => view.ReadBytes(tensor, offset, destination);

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor) => view.Locate(tensor);

    internal override IEnumerable<WeightStretch> Stretches(TensorInfo tensor) => view.Stretches(tensor);

    private void Add(WeightSource file)
    {
        file = PlainNames.Of(file);
        (NameLayout layout, string prefix) = LayoutGuess.Of(file);
        (file, HashSet<string> used) = layout == NameLayout.Unknown ? (file, [])
            : CompanionTensors.Apply(file, name => name.StartsWith(prefix, StringComparison.Ordinal) && IsInside(name[prefix.Length..]));
        Scaled = used.Count;
        Prefix = prefix;
        int upLevels = layout is NameLayout.Ldm or NameLayout.KlDiffusers ? KlNames.Levels(file.Tensors.Keys, prefix + "decoder.up_blocks.")
            : 0;
        WanBlocks? blocks = layout == NameLayout.WanDiffusers
            ? new WanBlocks(file.Tensors.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => n[prefix.Length..]))
            : null;
        if (layout is NameLayout.WanOriginal or NameLayout.WanDiffusers) file = LastFrame(file);
        bool legacy = false, mixed = false;
        foreach (TensorInfo info in file.Tensors.Values)
        {
            string? bare = info.Name.StartsWith(prefix, StringComparison.Ordinal) ? info.Name[prefix.Length..] : null;
            string? canonical = bare is null ? null : Canonical(layout, bare, upLevels, blocks);
            if (bare is not null && canonical is null && layout is NameLayout.Ldm or NameLayout.KlDiffusers)
            {
                // Files made by other converters mix the two: attention under diffusers names, the rest under LDM names.
                canonical = Canonical(layout == NameLayout.Ldm ? NameLayout.KlDiffusers : NameLayout.Ldm, bare!, upLevels);
                mixed |= canonical is not null;
            }
            if (used.Contains(info.Name)) continue;
            if (canonical is not null && layout is NameLayout.Ldm or NameLayout.KlDiffusers && !IsLeaf(canonical!)) canonical = null;
            if (Constant(info.Name) is { } constant && info.Type.IsFloat() && info.Shape.ElementCount is > 0 and <= MaxConstant)
                constants.TryAdd(constant, file.Read(info));
            else if (canonical is null || !TryAdd(file, info, canonical, layout)) unused.Add(PlainNames.Stored(file, info));
            else legacy |= layout == NameLayout.KlDiffusers && KlNames.IsProjectionWeight(canonical)
                && !info.Name.Contains(".to_", StringComparison.Ordinal);
        }
        unused.Sort(StringComparer.Ordinal);
        foreach ((string key, string value) in file.Metadata) metadata[key] = value;
        (Kind, Layout) = layout switch
        {
            NameLayout.Ldm or NameLayout.KlDiffusers when mixed => (AutoencoderKind.KL, "BFL/LDM and diffusers names mixed"),
            NameLayout.Ldm => (AutoencoderKind.KL, "BFL/LDM"),
            NameLayout.KlDiffusers => (AutoencoderKind.KL, legacy ? "diffusers (legacy attention names)" : "diffusers"),
            NameLayout.TinyEncoder => (AutoencoderKind.Tiny, "TAESD (encoder file)"),
            NameLayout.TinyDecoder => (AutoencoderKind.Tiny, "TAESD (decoder file)"),
            NameLayout.TinyCanonical => (AutoencoderKind.Tiny, "TAESD"),
            NameLayout.TinyComfy => (AutoencoderKind.Tiny, "TAESD (ComfyUI)"),
            NameLayout.TinyDiffusers => (AutoencoderKind.Tiny, "TAESD (diffusers)"),
            NameLayout.DeepCompressionDiffusers => (AutoencoderKind.DeepCompression, "DC-AE (diffusers)"),
            NameLayout.DeepCompressionOriginal => (AutoencoderKind.DeepCompression, "DC-AE (original)"),
            NameLayout.WanOriginal => (AutoencoderKind.Wan, "Wan (original)"),
            NameLayout.WanDiffusers => (AutoencoderKind.Wan, "Wan (diffusers)"),
            NameLayout.HunyuanImageOriginal => (AutoencoderKind.HunyuanImage, "HunyuanImage (original)"),
            NameLayout.HunyuanImageDiffusers => (AutoencoderKind.HunyuanImage, "HunyuanImage (diffusers)"),
            _ => (AutoencoderKind.Unknown, "unknown"),
        };
    }

    // Everything that networks take has one of these names at its end; what else stands beside them is not theirs.
    private static bool IsLeaf(string canonical)
        => canonical.EndsWith(".weight", StringComparison.Ordinal) || canonical.EndsWith(".bias", StringComparison.Ordinal)
        || canonical.EndsWith(".running_mean", StringComparison.Ordinal) || canonical.EndsWith(".running_var", StringComparison.Ordinal)
        || canonical.EndsWith(".num_batches_tracked", StringComparison.Ordinal);

    private static bool IsInside(string bare) => Array.Exists(Insides, inside => bare.StartsWith(inside, StringComparison.Ordinal))
        || (bare.Length > 0 && char.IsAsciiDigit(bare[0]));

    private static string? Constant(string name)
        => ConstantNames.FirstOrDefault(c => name == c || name.EndsWith("." + c, StringComparison.Ordinal));

    private static string? Canonical(NameLayout layout, string name, int upLevels, WanBlocks? blocks = null) => layout switch
    {
        NameLayout.Ldm => KlNames.FromLdm(name),
        NameLayout.KlDiffusers => KlNames.FromDiffusers(name, upLevels),
        NameLayout.TinyEncoder => TinyNames.FromOriginal(name, encoder: true),
        NameLayout.TinyDecoder => TinyNames.FromOriginal(name, encoder: false),
        NameLayout.TinyCanonical => TinyNames.FromCanonical(name),
        NameLayout.TinyComfy => TinyNames.FromComfy(name),
        NameLayout.TinyDiffusers => TinyNames.FromDiffusers(name),
        NameLayout.DeepCompressionDiffusers => DeepCompressionNames.FromDiffusers(name),
        NameLayout.DeepCompressionOriginal => DeepCompressionNames.FromOriginal(name),
        NameLayout.WanOriginal => WanNames.FromOriginal(name),
        NameLayout.WanDiffusers => WanNames.FromDiffusers(name, blocks!),
        NameLayout.HunyuanImageOriginal => KlNames.FromLdm(name),
        NameLayout.HunyuanImageDiffusers => HunyuanImageNames.FromDiffusers(name),
        _ => name,
    };

    // Kernels [O, I, T, rows, columns] over frames: of one picture only the last frame is not zeros, so that only the last of the T taps
    // acts.
    private static SelectedWeights LastFrame(WeightSource file)
    {
        var last = new SelectedWeights(file);
        foreach (TensorInfo info in file.Tensors.Values)
            if (info.Shape.Rank == 5 && info.Shape[2] > 0 && info.Type.BlockLength() == 1) last.Select(info.Name, 2, info.Shape[2] - 1);
        return last;
    }

    private bool TryAdd(WeightSource file, TensorInfo info, string canonical, NameLayout layout)
    {
        Shape shape = info.Shape;
        const string joint = ".attn.qkv.weight";
        if (layout == NameLayout.DeepCompressionOriginal && canonical.EndsWith(joint, StringComparison.Ordinal))
        {
            if (shape.Rank < 2 || shape[0] % 3 != 0) return false;
            var third = new Shape(shape[0] / 3, shape.ElementCount == 0 ? 0 : shape.ElementCount / shape[0]);
            if (third.ElementCount % info.Type.BlockLength() != 0) return false;
            string head = canonical[..^"qkv.weight".Length];
            bool added = true;
            string[] parts = ["to_q", "to_k", "to_v"];
            for (int i = 0; i < parts.Length; i++)
                added &= view.TryAdd($"{head}{parts[i]}.weight", file, info, third, i * third.ElementCount);
            return added;
        }
        const string joined = ".to_qkv.";
        int at = layout is NameLayout.WanOriginal or NameLayout.WanDiffusers ? canonical.IndexOf(joined, StringComparison.Ordinal) : -1;
        if (at >= 0)
        {
            if (shape.Rank == 0 || shape[0] % 3 != 0) return false;
            var third = new Shape([shape[0] / 3, .. shape.Dimensions.AsSpan()[1..]]);
            if (third.ElementCount % info.Type.BlockLength() != 0) return false;
            bool added = true;
            string[] parts = ["to_q", "to_k", "to_v"];
            for (int i = 0; i < parts.Length; i++)
                added &= view.TryAdd($"{canonical[..at]}.{parts[i]}.{canonical[(at + joined.Length)..]}", file, info, third,
                    i * third.ElementCount);
            return added;
        }
        if (layout is NameLayout.Ldm or NameLayout.KlDiffusers && shape.Rank == 2 && KlNames.IsProjectionWeight(canonical))
            shape = new Shape(shape[0], shape[1], 1, 1);
        return view.TryAdd(canonical, file, info, shape);
    }
}
