using LatentSharp.Latents;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>
/// What predicts the velocity, noise less picture, of noisy tokens. The pipeline's own computes FLUX.1's transformer; another engine takes
/// its place by implementing this. One call at a time.
/// </summary>
public interface IDenoiser
{
    /// <summary>What it takes.</summary>
    DenoiserFacts Facts { get; }

    /// <summary>
    /// Told before the predictions of a run which ones there will be, and told the same again before every step: what depends on time and
    /// text alone can be computed for all of them at once. An engine that has nothing of the kind leaves it as it is.
    /// </summary>
    /// <param name="times">Every <see cref="DenoiserInput.Time"/>, in order.</param>
    /// <param name="texts">Every text, each of which is predicted with at every time.</param>
    /// <param name="guidance">The guidance of all.</param>
    void Expect(IReadOnlyList<float> times, IReadOnlyList<TextConditioning> texts, float guidance)
    {
    }

    /// <summary>Predicts.</summary>
    /// <param name="input">Tokens, text, time.</param>
    /// <param name="velocity">Where the velocity of the first <see cref="DenoiserInput.Tokens"/> tokens goes, 64 values each.</param>
    /// <param name="progress">Told how far this call is.</param>
    /// <param name="cancellationToken">Ends the call within a second.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    void Predict(DenoiserInput input, Span<float> velocity, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default);

    /// <summary>Where values that are not finite come from: the first block that gives some; null where that cannot be said.</summary>
    /// <param name="input">What the broken prediction was made from.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    string? FindFault(DenoiserInput input, CancellationToken cancellationToken = default) => null;
}

/// <summary>What a denoiser takes.</summary>
/// <param name="Variant">What kind of model it is, for people: <c>FLUX.1-dev</c>.</param>
/// <param name="Channels">Features of a picture's token: 64; 384 for Fill, 128 for Canny and Depth.</param>
/// <param name="Context">Features of a text token: 4,096.</param>
/// <param name="Vector">Features of the pooled text: 768.</param>
/// <param name="Guidance">Whether the guidance is an input; not in schnell.</param>
public sealed record DenoiserFacts(string Variant, int Channels, int Context, int Vector, bool Guidance)
{
    /// <summary>Steps that the model is made for; null for 28, with schnell 4.</summary>
    public int? Steps { get; init; }

    /// <summary>Whether each token carries a masked picture and its mask beside the noise.</summary>
    public bool IsFill => Channels == LatentTokens.Features + LatentTokens.FillFeatures;

    /// <summary>Whether each token carries a control picture beside the noise.</summary>
    public bool IsControl => Channels == 2 * LatentTokens.Features;
}

/// <summary>What a denoiser is given for one prediction, as the reference implementation names it.</summary>
/// <param name="Img">Tokens of the picture and behind them those of reference pictures, <see cref="DenoiserFacts.Channels"/> values
/// each.</param>
/// <param name="ImgIds">A position of each of them: (0 or the number of the reference, row, column).</param>
/// <param name="Tokens">How many of the tokens are the picture's.</param>
/// <param name="Text">Text tokens and pooled text.</param>
/// <param name="Time">How noisy the picture is: 1 is noise alone.</param>
/// <param name="Guidance">The guidance, for models that take one.</param>
public sealed record DenoiserInput(ReadOnlyMemory<float> Img, ReadOnlyMemory<float> ImgIds, int Tokens, TextConditioning Text, float Time,
    float Guidance);
