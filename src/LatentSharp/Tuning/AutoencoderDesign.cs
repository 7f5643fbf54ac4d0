using System.Collections.Immutable;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Tuning;

/// <summary>The architecture of an autoencoder that is still to be trained.</summary>
public enum AutoencoderArchitecture
{
    /// <summary>
    /// A KL autoencoder as FLUX.1 and Stable Diffusion have them: residual blocks on levels of halving resolution, one attention in the
    /// middle.
    /// </summary>
    KL,
    /// <summary>
    /// TAESD's: 64 channels throughout, no normalisation, no attention, latents of an eighth of the size. It is the student of a larger
    /// one; of the hyper-parameters only the channels of the latent and the type are free.
    /// </summary>
    Tiny,
}

/// <summary>The hyper-parameters of an autoencoder that is still to be trained.</summary>
public sealed record AutoencoderDesign
{
    // GroupNorm has 32 groups.
    private const int Groups = 32, MostChannels = 4096, MostLevels = 6, MostBlocks = 8, MostLatent = 64, PackedLatent = 32, TinyFactor = 8;

    // As small as deviations get where they are bounded by the public trainers, and that of a posterior which the divergence widens.
    private const float NoVariance = -20, SmallVariance = -6;

    private static readonly AutoencoderFamily[] Families =
        [AutoencoderFamily.Flux1, AutoencoderFamily.Sd3, AutoencoderFamily.Sd1, AutoencoderFamily.Sdxl];
    private static readonly AutoencoderFamily[] TinyFamilies =
        [AutoencoderFamily.Taef1, AutoencoderFamily.Taesd3, AutoencoderFamily.Taesd, AutoencoderFamily.Taesdxl];

    /// <summary>What kind of network it is.</summary>
    public AutoencoderArchitecture Architecture { get; init; }

    /// <summary>Channels behind the first convolution; those of a level are multiples of it. A multiple of 32.</summary>
    public int Channels { get; init; } = 32;

    /// <summary>
    /// The channels of every level of resolution, the finest first, as multiples of <see cref="Channels"/>. Every level but one halves the
    /// size: four make latents of an eighth.
    /// </summary>
    public ImmutableArray<int> Multipliers { get; init; } = [1, 2, 4, 4];

    /// <summary>Residual blocks a level; the decoder has one more.</summary>
    public int Blocks { get; init; } = 2;

    /// <summary>Channels of the latent.</summary>
    public int LatentChannels { get; init; } = 16;

    /// <summary>The type that the weights are written in: F32, BF16 or F16.</summary>
    public ElementType Type { get; init; } = ElementType.BF16;

    /// <summary>Pixels per position of the latent, each way.</summary>
    public int Factor => Architecture == AutoencoderArchitecture.Tiny ? TinyFactor : 1 << (Multipliers.Length - 1);

    /// <summary>How many numbers it has, all parts together.</summary>
    /// <exception cref="LatentSharpException">There is no such network.</exception>
    public long Parameters => Outline(TrainedPart.Both).Tensors.Values.Sum(t => t.Shape.ElementCount);

    /// <summary>An autoencoder of this design with random weights, as torch begins with them.</summary>
    /// <param name="seed">Tells which.</param>
    /// <param name="part">Which halves it has: both, the encoder or the decoder.</param>
    /// <param name="teacher">Whose latent space it speaks; null for one of its own, which has to be measured when it is trained.</param>
    /// <exception cref="LatentSharpException">There is no such network, or it cannot speak the teacher's space.</exception>
    public Autoencoder Start(ulong seed, TrainedPart? part = null, Autoencoder? teacher = null)
    {
        if (teacher is null && Architecture == AutoencoderArchitecture.Tiny)
            throw new LatentSharpException(ErrorKind.BadInput, nameof(Architecture),
                "a tiny autoencoder learns the latents of a larger one, and there is no teacher.", "Give a teacher, or take the architecture kl.");
        AutoencoderFamily? family = teacher is null ? null : FamilyFor(teacher);
        WeightSource outline = Outline(part ?? TrainedPart.Both);
        var weights = new MemoryWeights("new");
        // A student's posterior is its mean.
        float variance = teacher is null ? SmallVariance : NoVariance;
        foreach (TensorInfo tensor in outline.Tensors.Values)
            weights.Add(tensor.Name, ValuesOf(outline, tensor, seed, variance), tensor.Shape.Dimensions.AsSpan());
        Dictionary<string, string> metadata = family is null ? []
            : teacher!.OwnSpace ? AutoencoderMetadata.Of(family, teacher.Space) : new() { [AutoencoderMetadata.FamilyKey] = family.Id };
        return Autoencoder.From(new OverlaidWeights(new RoundedWeights(weights, Type), metadata), new AutoencoderOptions { Family = family, Name = "new" });
    }

    /// <summary>What makes it impossible, as the name of a property, what is wrong and what would do; null where nothing does.</summary>
    internal (string Property, string What, string Next)? Fault()
    {
        if (Architecture == AutoencoderArchitecture.KL && FaultOfLevels() is { } fault) return fault;
        if (LatentChannels is < 1 or > MostLatent or PackedLatent)
            return (nameof(LatentChannels), LatentChannels == PackedLatent ? $"{PackedLatent} channels are those of FLUX.2, whose latents are packed."
                : $"latents have 1 to {MostLatent} channels, not {LatentChannels}.", "Take 4, as Stable Diffusion has it, or 16, as FLUX.1 has it.");
        if (Type is not (ElementType.F32 or ElementType.BF16 or ElementType.F16))
            return (nameof(Type), $"trained weights are written as f32, bf16 or f16, not as {Type.Name()}.", "Take bf16.");
        return null;
    }

    private (string Property, string What, string Next)? FaultOfLevels()
    {
        if (Channels is < Groups or > MostChannels || Channels % Groups != 0)
            return (nameof(Channels), $"normalisations have {Groups} groups, so channels are multiples of {Groups} up to {MostChannels}; {Channels} are none.",
                $"Take {Math.Clamp((Channels + Groups / 2) / Groups * Groups, Groups, MostChannels)}.");
        if (Multipliers.IsDefaultOrEmpty || Multipliers.Length > MostLevels
            || Multipliers.Any(m => m < 1 || (long)m * Channels > MostChannels))
            return (nameof(Multipliers), $"there are 1 to {MostLevels} levels, each with 1 to {MostChannels / Channels} times {Channels} channels; found are "
                + $"[{string.Join(", ", Multipliers.IsDefault ? [] : Multipliers)}].", "Take [1, 2, 4, 4], as FLUX.1 has it.");
        if (Blocks is < 1 or > MostBlocks) return (nameof(Blocks), $"a level has 1 to {MostBlocks} blocks, not {Blocks}.", "Take 2, as FLUX.1 has it.");
        return null;
    }

    /// <summary>The family of a student.</summary>
    /// <exception cref="LatentSharpException">None of this design speaks the teacher's space.</exception>
    internal AutoencoderFamily FamilyFor(Autoencoder teacher)
    {
        AutoencoderFamily[] families = Architecture == AutoencoderArchitecture.Tiny ? TinyFamilies : Families;
        AutoencoderFamily family = families.FirstOrDefault(f => f == teacher.Family)
            ?? families.FirstOrDefault(f => f.Space == teacher.Family.Space)
            ?? throw new LatentSharpException(ErrorKind.Mismatch, teacher.Name,
                $"no autoencoder of this kind speaks {teacher.Space.Title}, so it has no students.",
                $"Teachers speak the spaces of {string.Join(", ", families.Select(f => f.Title))}.");
        LatentSpace space = family.Space;
        if (space.Channels != LatentChannels || space.Factor != Factor)
            throw new LatentSharpException(ErrorKind.Mismatch, teacher.Name,
                $"its latents have {space.Channels} channels at 1/{space.Factor} of the size; the student's have {LatentChannels} at 1/{Factor}.",
                $"Give {space.Channels} latent channels, and {int.Log2(space.Factor) + 1} multipliers.");
        return family;
    }

    private OutlineWeights Outline(TrainedPart part)
    {
        if (Fault() is { } fault) throw new LatentSharpException(ErrorKind.BadInput, fault.Property, fault.What, fault.Next);
        var outline = new OutlineWeights("new", Type);
        if (Architecture == AutoencoderArchitecture.Tiny)
        {
            if (part != TrainedPart.Decoder) TinyOutline.AddEncoder(outline, LatentChannels);
            if (part != TrainedPart.Encoder) TinyOutline.AddDecoder(outline, LatentChannels);
            return outline;
        }
        int[] levels = [.. Multipliers.Select(m => m * Channels)];
        // Those with four channels are Stable Diffusion's.
        bool convolved = LatentChannels == AutoencoderFamily.Sd1.Space.Channels;
        if (part != TrainedPart.Decoder) KLOutline.AddEncoder(outline, Channels, levels, Blocks, LatentChannels, convolved);
        if (part != TrainedPart.Encoder) KLOutline.AddDecoder(outline, levels, Blocks, LatentChannels, convolved);
        return outline;
    }

    // torch: Conv2d.reset_parameters is even between +-1 / sqrt(inputs), for the offset too; normalisations begin as the identity.
    private static float[] ValuesOf(WeightSource outline, TensorInfo tensor, ulong seed, float variance)
    {
        var values = new float[checked((int)tensor.Shape.ElementCount)];
        string module = tensor.Name[..tensor.Name.LastIndexOf('.')];
        bool isBias = tensor.Name.EndsWith(".bias", StringComparison.Ordinal);
        Shape weight = outline.Tensors[module + ".weight"].Shape;
        if (weight.Rank == 1)
        {
            if (!isBias) Array.Fill(values, 1);
            return values;
        }
        InitialValues.Evenly(values, tensor.Name, seed, 1 / Math.Sqrt(weight.ElementCount / (double)weight[0]));
        // The last layer of the encoder: its second half is the logarithm of the variance.
        if (module == (outline.Tensors.ContainsKey("quant_conv.weight") ? "quant_conv" : "encoder.conv_out"))
            Array.Fill(values, isBias ? variance : 0, values.Length / 2, values.Length / 2);
        return values;
    }
}
