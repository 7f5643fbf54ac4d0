using LatentSharp.Latents;
using LatentSharp.Models;
using LatentSharp.Models.Flux;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>
/// FLUX.1 from a prompt to a picture, in four functions that can be called by themselves: <see cref="Encode"/> a text,
/// <see cref="Prepare"/> a run, <see cref="Denoise"/> it step by step, <see cref="Decode"/> what comes out. What lies between two steps is
/// a value (<see cref="FluxState"/>) that can be kept and taken up again, with the same bits. Weights stay in their files. One call at a
/// time.
/// </summary>
public sealed partial class FluxPipeline : IDisposable
{
    private readonly List<IDisposable> owned = [];
    private readonly IDenoiser denoiser;
    private readonly FluxText? text;
    private readonly FluxRedux? redux;
    private readonly ComputeOptions compute;

    private FluxPipeline(FluxParts parts, ComputeOptions compute, IDenoiser? given, IAutoencoder? autoencoder)
    {
        this.compute = compute;
        var files = new Dictionary<string, WeightFile>(StringComparer.Ordinal);
        try
        {
            denoiser = given ?? OpenTransformer(parts, files);
            if (parts is { Clip: { } clip, T5: { } t5, Tokenizers: not null })
                text = new FluxText(Open(clip, files), Open(t5, files), parts);
            if (parts is { Redux: { } adapter, ImageEncoder: { } encoder })
                redux = new FluxRedux(Open(adapter, files), Open(encoder, files), parts.Configuration);
            MissingForPictures = parts.Redux is null ? "the adapter of FLUX.1 Redux (flux1-redux-dev.safetensors)"
                : "SigLIP's image encoder (sigclip_vision_patch14_384.safetensors)";
            Missing = parts.Clip is null ? "CLIP's text encoder (clip_l.safetensors)"
                : parts.T5 is null ? "T5's encoder (t5xxl_fp16.safetensors)"
                : "the folder of the tokenizers (vocab.json, merges.txt, spiece.model)";
            Autoencoder = autoencoder;
            if (autoencoder is null && parts.Autoencoder is { } path)
            {
                var opened = LatentSharp.Autoencoder.Open(path);
                owned.Add(opened);
                Autoencoder = opened;
            }
            CheckTogether(parts);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the denoiser takes.</summary>
    public DenoiserFacts Facts => denoiser.Facts;

    /// <summary>The autoencoder; null where none was named.</summary>
    public IAutoencoder? Autoencoder { get; }

    /// <summary>What was noticed while the parts were opened: tensors of LoRAs that fit nothing.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>
    /// The side in pixels of the pictures that the transformer was trained with, where its configuration says it (<c>sample_size</c>, in
    /// positions of a latent); those of the published models do not.
    /// </summary>
    internal int? TrainedSide { get; private set; }

    /// <summary>Tokens of a text where no length is asked for: what the model takes, and no more than T5 was trained with.</summary>
    internal int TextLength => FluxDefaults.Text(denoiser.Facts.Guidance, text?.Positions);

    /// <summary>What sees pictures that are a part of the prompt.</summary>
    /// <exception cref="LatentSharpException">A part of it was not named.</exception>
    internal FluxRedux Redux => redux ?? throw new LatentSharpException(ErrorKind.NotFound, "redux",
        $"{MissingForPictures} is needed for a picture as a prompt, and none was named.");

    // The first part that a prompt needs and that was not named; and a picture as one.
    private string Missing { get; }

    private string MissingForPictures { get; }

    /// <summary>Opens the parts and checks them against each other. Nothing is computed, and no more is read than what they are.</summary>
    /// <param name="parts">Where they lie.</param>
    /// <param name="compute">How networks are run; null for the defaults, with weights kept from step to step as far as memory
    /// allows.</param>
    /// <param name="denoiser">Another engine in place of the transformer; null for the pipeline's own. It is not disposed with the
    /// pipeline.</param>
    /// <param name="autoencoder">An autoencoder that is open already, in place of the part; null for the part. It is not disposed with
    /// the pipeline.</param>
    /// <exception cref="LatentSharpException">A part is missing, damaged, of another family, or does not fit the others.</exception>
    public static FluxPipeline Open(FluxParts parts, ComputeOptions? compute = null, IDenoiser? denoiser = null,
        IAutoencoder? autoencoder = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new FluxPipeline(parts, compute ?? new ComputeOptions { KeepWeights = true }, denoiser, autoencoder);
    }

    /// <summary>Gives back memory that stays between steps, and closes the files.</summary>
    public void Dispose()
    {
        (denoiser as FluxDenoiser)?.Dispose();
        foreach (IDisposable part in owned) part.Dispose();
        owned.Clear();
    }

    private FluxDenoiser OpenTransformer(FluxParts parts, Dictionary<string, WeightFile> files)
    {
        WeightFile file = Open(parts.Transformer ?? throw new LatentSharpException(ErrorKind.Usage, "transformer",
            "no transformer was named, and no denoiser in its place.", "Name a file such as flux1-dev.safetensors."), files);
        WeightSource weights = FluxWeights.From(file);
        if (parts.Loras.Count > 0)
        {
            FluxLoraResult changed = FluxLora.Apply(weights, [.. parts.Loras.Select(l => new LoraFile(Open(l.Path, files), l.Strength))]);
            weights = changed.Weights;
            string[] unused = [.. changed.Unknown, .. changed.TextEncoders];
            if (unused.Length > 0)
                Notes = [$"{unused.Length} tensors of the LoRAs are not used: {string.Join(", ", unused.Take(4))}{(unused.Length > 4 ? ", ..." : "")}"];
        }
        NetworkConfiguration stated = NetworkConfiguration.Beside(parts.Configuration, file);
        TrainedSide = stated.SampleSize * LatentTokens.Factor;
        return new FluxDenoiser(weights, stated.Axes, compute, stated.Steps);
    }

    private WeightFile Open(string path, Dictionary<string, WeightFile> files)
    {
        if (files.TryGetValue(path, out WeightFile? file)) return file;
        files[path] = file = WeightFiles.Open(path);
        owned.Add(file);
        return file;
    }

    private void CheckTogether(FluxParts parts)
    {
        DenoiserFacts facts = denoiser.Facts;
        string name = parts.Transformer ?? "denoiser";
        if (text is not null && text.Context != facts.Context)
            throw new LatentSharpException(ErrorKind.Mismatch, parts.T5!,
                $"its text has {text.Context} features; {name} ({facts.Variant}) takes {facts.Context}.",
                    "T5-XXL v1.1 has 4,096: t5xxl_fp16.safetensors.");
        if (text is not null && text.Pooled != facts.Vector)
            throw new LatentSharpException(ErrorKind.Mismatch, parts.Clip!,
                $"its text has {text.Pooled} features; {name} ({facts.Variant}) takes {facts.Vector}.",
                    "CLIP-L has 768: clip_l.safetensors.");
        if (redux is not null && redux.Context != facts.Context)
            throw new LatentSharpException(ErrorKind.Mismatch, parts.Redux!,
                $"its tokens have {redux.Context} features; {name} ({facts.Variant}) takes {facts.Context}.",
                    "FLUX.1 Redux has 4,096: flux1-redux-dev.safetensors.");
        if (Autoencoder is { } ae && ae.Space.Id != LatentSpace.Flux1.Id)
            throw new LatentSharpException(ErrorKind.Mismatch, parts.Autoencoder ?? ae.Name,
                $"it speaks {ae.Space}; {name} ({facts.Variant}) speaks {LatentSpace.Flux1}.",
                new Remedy(RemedyKind.UseAutoencoder, "Use FLUX.1's: ae.safetensors.", LatentSpace.Flux1.Id));
    }
}
