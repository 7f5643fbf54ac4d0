using System.Runtime.CompilerServices;
using LatentSharp.Compute;
using LatentSharp.Diffusion.Samplers;
using LatentSharp.Latents;
using LatentSharp.Models.Flux;

namespace LatentSharp.Diffusion.Pipelines;

// Texts, runs, steps, pictures.
public sealed partial class FluxPipeline
{
    /// <summary>What the text encoders make of a prompt. They are read for the call and given up again.</summary>
    /// <param name="prompt">The text.</param>
    /// <param name="length">Tokens of T5; null for 512, with schnell 256, and no more than its configuration says it was trained
    /// with.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it within a second.</param>
    /// <exception cref="LatentSharpException">A text encoder or the tokenizers are missing, or the length makes no sense.</exception>
    public TextConditioning Encode(string prompt, int? length = null, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        if (text is null)
            throw new LatentSharpException(ErrorKind.NotFound, "prompt", $"{Missing} is needed for a prompt, and none was named.");
        if (length is < 2 or > FluxDefaults.LongText)
            throw new LatentSharpException(ErrorKind.Usage, "text length", $"a text has 2 to {FluxDefaults.LongText} tokens; {length} were asked for.");
        (denoiser as FluxDenoiser)?.Release();
        return text.Encode(prompt, length ?? TextLength, compute, progress, cancellationToken);
    }

    /// <summary>
    /// What FLUX.1 Redux makes of a picture: tokens that stand behind those of a text (<see cref="TextConditioning.With"/>). The networks
    /// are read for the call and given up again.
    /// </summary>
    /// <param name="picture">[1, 3, 384, 384], resized by a bicubic filter without regard to its ratio.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it within a second.</param>
    /// <exception cref="LatentSharpException">The adapter or the image encoder was not named, or the picture has another size.</exception>
    public ReadOnlyMemory<float> EncodePicture(ImageTensor picture, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        FluxRedux sees = Redux;
        (denoiser as FluxDenoiser)?.Release();
        return sees.Encode(picture, compute, progress, cancellationToken);
    }

    /// <summary>The state before the first step: texts and pictures are encoded, the noise is drawn.</summary>
    /// <param name="request">What is to be made.</param>
    /// <param name="progress">Told how far the text encoder is.</param>
    /// <param name="cancellationToken">Ends it within a second.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, does not fit the model, or needs a part that was not
    /// named.</exception>
    public FluxState Prepare(FluxRequest request, IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        FluxChecks.Request(request, denoiser.Facts, Autoencoder is not null);
        var start = new RunStart(request, denoiser.Facts);
        TextConditioning positive = Checked(request.Conditioning ?? Encode(request.Prompt, request.TextLength, progress,
            cancellationToken));
        TextConditioning? negative = request.Cfg <= 1 ? null
            : Checked(request.NegativeConditioning ?? Encode(request.Negative!, request.TextLength, progress, cancellationToken));
        var images = RunImages.Of(request, denoiser.Facts, Autoencoder, compute, cancellationToken);
        float[] noise = start.Noise();
        bool keeps = images.Mask is not null;
        var run = new FluxRun
        {
            Height = request.Height, Width = request.Width, Text = positive, Negative = negative,
            Guidance = FluxChecks.Guidance(request, denoiser.Facts), Cfg = negative is null ? 1 : request.Cfg,
            Sampler = start.Sampler.Name, Sigmas = start.Sigmas, NoiseKind = request.Noise.Kind, Seed = start.Seed,
            Noise = keeps ? noise : null, Init = keeps ? images.Init : null, Mask = images.Mask,
            Rule = request.Images?.Rule ?? ImageRule.Comfy, Beside = images.Beside,
            Reference = images.Reference, ReferenceIds = images.ReferenceIds,
        };
        return new FluxState(run, SamplerState.Start(start.Latent(noise, images.Init)));
    }

    /// <summary>
    /// Takes the noise away: the state after each step, the last of which is done. The steps are computed on the thread pool; a state that
    /// was kept goes on where it was.
    /// </summary>
    /// <param name="state">Where to begin.</param>
    /// <param name="progress">Told the part of all steps that is done, within steps too.</param>
    /// <param name="cancellationToken">Ends it within a second; the last state stays good.</param>
    /// <exception cref="LatentSharpException">A step gives values that are not finite; the message names step and block.</exception>
    public async IAsyncEnumerable<FluxState> Denoise(FluxState state, IProgress<StepProgress>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        while (!state.IsDone)
        {
            FluxState before = state;
            state = await Task.Run(() => Step(before, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
            yield return state;
        }
    }

    /// <summary>One step of <see cref="Denoise"/>, on the calling thread.</summary>
    /// <inheritdoc cref="Denoise"/>
    public FluxState Step(FluxState state, IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        return new FluxStep(denoiser, state, progress, cancellationToken).Next();
    }

    /// <summary>The picture [1, 3, H, W] of a state: of the last, or of one on the way, noise and all.</summary>
    /// <param name="state">The state.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it within a second.</param>
    /// <exception cref="LatentSharpException">No autoencoder was named, or it has no decoder.</exception>
    public ImageTensor Decode(FluxState state, IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (Autoencoder is null)
            throw new LatentSharpException(ErrorKind.NotFound, "autoencoder",
                "an autoencoder (ae.safetensors) is needed for pixels, and none was named.");
        // A stated budget is one for all parts together.
        if (compute.MemoryBudget is not null) (denoiser as FluxDenoiser)?.Release();
        return Autoencoder.Decode(state.Latent, new DecodeOptions { Compute = compute with { KeepWeights = false } }, progress,
            cancellationToken);
    }

    /// <summary>
    /// The plan of one prediction for a size: multiply-adds and memory, known before anything runs. The modulations of all steps are made
    /// before the first; the budget leaves room for them.
    /// </summary>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="textLength">Tokens of the text; null for what the model takes.</param>
    /// <exception cref="LatentSharpException">The memory budget is too small, or the denoiser is another engine, which plans
    /// itself.</exception>
    public Plan Plan(int height, int width, int? textLength = null)
        => Plans(height, width, textLength, FluxDefaults.Steps(denoiser.Facts.Guidance, denoiser.Facts.Steps)).Step;

    /// <summary>The plans of all predictions of a request.</summary>
    /// <param name="request">What is to be made.</param>
    /// <param name="textLength">Tokens of the text; null for what the request or else the model says.</param>
    /// <exception cref="LatentSharpException">As <see cref="Plan"/>.</exception>
    internal FluxPlans Plans(FluxRequest request, int? textLength)
    {
        var start = new RunStart(request, denoiser.Facts);
        return Plans(request.Height, request.Width, textLength ?? request.TextLength,
            start.Sampler.Asked(start.Sigmas).Count * (request.Cfg > 1 ? 2 : 1));
    }

    private FluxPlans Plans(int height, int width, int? textLength, int evaluations) => denoiser is FluxDenoiser own
        ? own.Plans(new FluxTokens(LatentTokens.Count(height / LatentTokens.Factor, width / LatentTokens.Factor),
            textLength ?? TextLength), evaluations)
        : throw new LatentSharpException(ErrorKind.Usage, "denoiser", "this engine plans itself.");

    private TextConditioning Checked(TextConditioning conditioning)
    {
        DenoiserFacts facts = denoiser.Facts;
        return conditioning.Features == facts.Context && conditioning.Pooled.Length == facts.Vector ? conditioning
            : throw new LatentSharpException(ErrorKind.Mismatch, "conditioning",
                $"its text has {conditioning.Features} features and its pooled text {conditioning.Pooled.Length}; "
                    + $"{facts.Variant} takes {facts.Context} and {facts.Vector}.");
    }
}
