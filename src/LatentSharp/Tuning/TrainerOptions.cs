using LatentSharp.Training;

namespace LatentSharp.Tuning;

/// <summary>The rule by which weights follow their gradients.</summary>
public enum OptimiserKind
{
    /// <summary>AdamW: every value at its own pace.</summary>
    AdamW,
    /// <summary>Gradient descent with momentum.</summary>
    Sgd,
    /// <summary>Muon for the convolutions inside the networks, AdamW for the rest.</summary>
    Muon,
}

/// <summary>How an autoencoder is trained.</summary>
public sealed record TrainerOptions
{
    /// <summary>What is trained.</summary>
    public TrainedPart Part { get; init; } = TrainedPart.Decoder;

    /// <summary>
    /// The loss of a picture (first) against the one that is wanted (second), both with values from 0 to 1: one of
    /// <see cref="PictureLosses"/>, or one of your own. It is called when a graph is built, and gives one value.
    /// </summary>
    public Func<LossNode, LossNode, LossNode> Loss { get; init; } = PictureLosses.Charbonnier;

    /// <summary>
    /// The autoencoder that a student learns from, of the same latent space: its latents are what the student's decoder is given and what
    /// the student's encoder is to give. It stays open as long as the trainer is used. Null to learn from pictures alone.
    /// </summary>
    public Autoencoder? Teacher { get; init; }

    /// <summary>
    /// With a <see cref="Teacher"/>, how much the mean square of the difference between the student's latents and the teacher's counts, in
    /// units of diffusion space; above 0.
    /// </summary>
    public double LatentWeight { get; init; } = 1;

    /// <summary>
    /// With a <see cref="Teacher"/>, how much the <see cref="Loss"/> between what student and teacher decode counts beside that between the
    /// student's and the picture; 0 for nothing.
    /// </summary>
    public double TaughtWeight { get; init; }

    /// <summary>
    /// Where encoder and decoder are trained without a <see cref="Teacher"/>, how much the divergence of the posterior from the standard
    /// normal distribution counts, as a mean over the values of a latent. Above 0 the decoder is given samples of the posterior; 0 for its
    /// mean and no such term.
    /// </summary>
    public double Divergence { get; init; }

    /// <summary>Steps in all, 1 or more: the rate falls to nothing at the last of them.</summary>
    public long Steps { get; init; } = 1000;

    /// <summary>The highest rate; above 0. With Muon that of its tensors, the others have a tenth of it.</summary>
    public double Rate { get; init; } = 1e-4;

    /// <summary>Steps until the highest rate is reached.</summary>
    public long Warmup { get; init; } = 10;

    /// <summary>What the rate does after the warm-up.</summary>
    public RateCurve Curve { get; init; } = RateCurve.Cosine;

    /// <summary>The rule.</summary>
    public OptimiserKind Optimiser { get; init; }

    /// <summary>The part of a weight that a step at rate 1 takes away.</summary>
    public double WeightDecay { get; init; }

    /// <summary>The longest gradient of all tensors together, above 0; a longer one is shortened to it. Null for any.</summary>
    public double? Clip { get; init; } = 1;

    /// <summary>
    /// How much of the running mean of the weights stays in a step, 0 to 1; less at first. The mean is the result. Null for none: the
    /// result is the weights of the last step.
    /// </summary>
    public double? Average { get; init; } = 0.98;

    /// <summary>
    /// What else a state has to agree in for a run to go on from it, in words for people: the data, the loss. A state that was saved
    /// with other words is refused.
    /// </summary>
    public string Recipe { get; init; } = "";

    /// <summary>How networks are run; null for the defaults. Weights are not kept prepared, since they change.</summary>
    public ComputeOptions? Compute { get; init; }

    internal TrainerOptions Checked()
    {
        ArgumentNullException.ThrowIfNull(Part);
        ArgumentNullException.ThrowIfNull(Loss);
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Warmup);
        ArgumentOutOfRangeException.ThrowIfNegative(WeightDecay);
        if (!(Rate > 0 && double.IsFinite(Rate))) throw new ArgumentOutOfRangeException(nameof(Rate), Rate, "a rate is a number above 0");
        if (!(LatentWeight > 0 && double.IsFinite(LatentWeight)))
            throw new ArgumentOutOfRangeException(nameof(LatentWeight), LatentWeight, "a weight is a number above 0");
        (string, double)[] weights = [(nameof(TaughtWeight), TaughtWeight), (nameof(Divergence), Divergence)];
        foreach ((string name, double weight) in weights)
            if (!(weight >= 0 && double.IsFinite(weight))) throw new ArgumentOutOfRangeException(name, weight, "a weight is 0 or a number above");
        if (Clip is { } clip && !(clip > 0)) throw new ArgumentOutOfRangeException(nameof(Clip), clip, "a longest gradient is a number above 0");
        if (Average is { } average && !(average is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Average), average, "what stays of a mean is a number from 0 to below 1");
        return this with { Compute = (Compute ?? ComputeOptions.Default) with { KeepWeights = false } };
    }

    internal TensorRule RuleOf(string name, int rank)
    {
        bool turned = Optimiser == OptimiserKind.Muon && rank >= 2 && !name.Contains("conv_in", StringComparison.Ordinal)
            && !name.Contains("conv_out", StringComparison.Ordinal);
        Optimiser rule = Optimiser == OptimiserKind.Sgd ? new Sgd(WeightDecay: WeightDecay) : turned ? new Muon(WeightDecay: WeightDecay)
            : new AdamW(Beta2: 0.99, WeightDecay: WeightDecay);
        double rate = Optimiser == OptimiserKind.Muon && !turned ? Rate / 10 : Rate;
        return new TensorRule(rule, new RateSchedule(rate, Warmup, Curve, Steps));
    }
}
