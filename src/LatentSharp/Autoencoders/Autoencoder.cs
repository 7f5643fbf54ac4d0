using System.Diagnostics;
using LatentSharp.Autoencoders;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Autoencoders.Opening;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights;

namespace LatentSharp;

/// <summary>
/// An autoencoder that is open for use: pictures to latents and back. Its weights stay in their file and are read layer by layer while a
/// picture is computed, unless <see cref="ComputeOptions.KeepWeights"/> has them stay in memory from one call to the next of the same size.
/// All members may be called from several threads at once; <see cref="Dispose"/> when no call is under way.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class Autoencoder : IAutoencoder, IDisposable
{
    private readonly AutoencoderHalves network;
    private readonly LatentSpace modelSpace;
    private readonly PlanCache plans = new();
    private SessionCache sessions = new();
    private readonly IReadOnlyList<IDisposable> owned;
    private bool disposed;

    internal Autoencoder(OpenedAutoencoder opened)
    {
        LatentSpace? own = AutoencoderMetadata.SpaceOf(opened.Weights.Metadata, opened.Space, opened.Name);
        (Name, Path, Family, Space, Weights) = (opened.Name, opened.Path, opened.Family, own ?? opened.Space, opened.Weights);
        (Notes, Warnings) = (opened.Notes, opened.Warnings);
        (Evidence, LookAlikes, owned, network) = (opened.Evidence, opened.LookAlikes, opened.Owned, opened.Halves);
        SampleSize = opened.SampleSize;
        OwnSpace = own is not null || Space.Id != Family.Space.Id;
        modelSpace = own ?? (network.AlreadyScaled ? opened.Space.AlreadyScaled() : opened.Space);
    }

    /// <summary>The identity for models that work on pixels: <see cref="LatentSpace.Pixels"/>.</summary>
    public static Autoencoder Pixels { get; } =
        new(new OpenedAutoencoder("pixels", null, AutoencoderFamily.Pixels, LatentSpace.Pixels, new PixelHalves(),
            new MemoryWeights("pixels")));

    /// <summary>The name for people: the one that the options give, or the file's name without extension.</summary>
    public string Name { get; }

    /// <summary>The file or folder it was opened from; null where there is none.</summary>
    public string? Path { get; }

    /// <summary>What kind it is.</summary>
    public AutoencoderFamily Family { get; }

    /// <summary>The latent space it speaks.</summary>
    public LatentSpace Space { get; }

    /// <summary>Whether the encoder is there.</summary>
    public bool CanEncode => network.CanEncode;

    /// <summary>Whether the decoder is there.</summary>
    public bool CanDecode => network.CanDecode;

    /// <summary>Whether <see cref="EncodeOptions.Seed"/> and <see cref="EncodeOptions.KeepPosterior"/> mean anything.</summary>
    public bool HasPosterior => network.HasPosterior;

    /// <summary>Whether <see cref="Space"/> is a space of its own that the file's metadata name, not that of the family.</summary>
    internal bool OwnSpace { get; }

    /// <summary>
    /// What a safetensors file with these weights should say of itself, to be recognised wherever it goes: the family, unless that was only
    /// guessed, and a latent space of its own.
    /// </summary>
    public IReadOnlyDictionary<string, string> IdentifyingMetadata => OwnSpace ? AutoencoderMetadata.Of(Family, Space)
        : AutoencoderMetadata.Of(Family, Space, Evidence);

    /// <summary>Whether it is a KL autoencoder as Stable Diffusion and FLUX have them.</summary>
    internal bool IsKL => network is KLHalves;

    /// <summary><c>sample_size</c> of the configuration beside its weights: the side of diffusers' tiles. Null where none is.</summary>
    internal int? SampleSize { get; }

    /// <summary>Whether the networks see pixels in [0, 1] instead of [-1, 1].</summary>
    internal bool UnitPixels => network.UnitPixels;

    /// <summary>
    /// The affine map between diffusion space and what the networks see: the space itself, or without scale and shift for networks that
    /// speak diffusion space.
    /// </summary>
    internal LatentSpace ModelSpace => modelSpace;

    /// <summary>The weights under canonical names.</summary>
    public WeightSource Weights { get; }

    /// <summary>What a user should know: how the family was found out, tensors that were not used.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Those of the notes that may mean a wrong file: a configuration or tensors that were not used.</summary>
    internal IReadOnlyList<string> Warnings { get; }

    /// <summary>Why it was taken for one of its family, the deciding reason first; empty for <see cref="Pixels"/>.</summary>
    public IReadOnlyList<Evidence> Evidence { get; }

    /// <summary>Whether its own latents are those of diffusion space already.</summary>
    internal bool IsScaled => network.AlreadyScaled;

    /// <summary>The families that have the same names and shapes, this one's included.</summary>
    public IReadOnlyList<AutoencoderFamily> LookAlikes { get; }

    /// <summary>
    /// Opens an autoencoder: a weight file of any supported container and layout, a full checkpoint that contains one, a diffusers folder,
    /// or one of a pair of files.
    /// </summary>
    /// <exception cref="LatentSharpException">The file is missing, damaged, or holds no autoencoder.</exception>
    public static Autoencoder Open(string path, AutoencoderOptions? options = null)
        => new(AutoencoderOpening.Open(path, options ?? new AutoencoderOptions()));

    /// <summary>
    /// Opens an autoencoder over weights that are open already: a file, values in memory, or a view of other weights (rounded, renamed,
    /// with some replaced). They are read while pictures are computed, so they have to stay open as long as the autoencoder is used;
    /// disposing the autoencoder leaves them open.
    /// </summary>
    /// <param name="weights">The weights, under the names of any layout that is known.</param>
    /// <param name="options">A name, the family when it is known; null to find out. The other half, if any, has to be among the
    /// weights.</param>
    /// <exception cref="LatentSharpException">There is no autoencoder among the weights.</exception>
    public static Autoencoder From(WeightSource weights, AutoencoderOptions? options = null)
        => new(AutoencoderOpening.From(weights, options ?? new AutoencoderOptions()));

    /// <summary>
    /// The plan by which pictures of a size are encoded; its input is the picture continued to a multiple of the space's factor, its output
    /// what the network gives (the moments, if there is a posterior).
    /// </summary>
    /// <exception cref="LatentSharpException">There is no encoder, or the memory budget is too small.</exception>
    public Plan PlanEncode(int height, int width, ComputeOptions? compute = null)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (!CanEncode) throw MissingHalf("encoder");
        compute ??= ComputeOptions.Default;
        (height, width) = (ReflectionPadding.RoundUp(height, Space.Factor), ReflectionPadding.RoundUp(width, Space.Factor));
        return plans.Get(new PlanCache.Key("encoder", height, width, compute),
            () => Compile(() => network.Encoder(height, width), height, width, compute));
    }

    /// <summary>The plan by which pictures of a size are decoded; its input is the model latent.</summary>
    /// <exception cref="LatentSharpException">There is no decoder, or the memory budget is too small.</exception>
    public Plan PlanDecode(int height, int width, ComputeOptions? compute = null)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (!CanDecode) throw MissingHalf("decoder");
        compute ??= ComputeOptions.Default;
        (height, width) = (ReflectionPadding.RoundUp(height, Space.Factor), ReflectionPadding.RoundUp(width, Space.Factor));
        return plans.Get(new PlanCache.Key("decoder", height, width, compute),
            () => Compile(() => network.Decoder(height / network.Factor, width / network.Factor), height, width, compute));
    }

    /// <summary>The graph of the encoder for pictures of a size (multiples of the factor), for export and inspection.</summary>
    /// <exception cref="LatentSharpException">There is no encoder.</exception>
    internal NetworkGraph EncoderGraph(int height, int width) => CanEncode ? network.Encoder(height, width) : throw MissingHalf("encoder");

    /// <summary>The graph of the decoder for pictures of a size (multiples of the factor), for export and inspection.</summary>
    /// <exception cref="LatentSharpException">There is no decoder.</exception>
    internal NetworkGraph DecoderGraph(int height, int width)
        => CanDecode ? network.Decoder(height / network.Factor, width / network.Factor) : throw MissingHalf("decoder");

    /// <summary>
    /// Gives back what <see cref="ComputeOptions.KeepWeights"/> has kept between calls, and closes the files that
    /// <see cref="Open(string, AutoencoderOptions?)"/> opened. Those over weights of the caller's, and <see cref="Pixels"/>, stay open.
    /// </summary>
    public void Dispose()
    {
        sessions.Clear(this);
        if (owned.Count == 0) return;
        disposed = true;
        foreach (IDisposable file in owned) file.Dispose();
    }

    /// <summary>Keeps its sessions together with those of others from now on, under one budget.</summary>
    internal void Share(SessionCache others)
    {
        if (sessions == others) return;
        sessions.Clear(this);
        sessions = others;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Family.Title}, {Space}";

    private Plan Compile(Func<NetworkGraph> graph, int height, int width, ComputeOptions options)
    {
        try
        {
            return DefaultDevice.Compile(graph(), options);
        }
        catch (OverflowException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, Name,
                $"a picture of {width}x{height} is larger than any plan can be: its positions can no longer be counted.", "Use a smaller picture.", e);
        }
    }

    private LatentSharpException MissingHalf(string half)
        => new(ErrorKind.BadInput, Name, $"the {half} is missing: the file holds the other half only.",
            $"Name the file with the {half} too, or put it beside this one.");
}
