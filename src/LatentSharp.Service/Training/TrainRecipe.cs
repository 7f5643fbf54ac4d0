using LatentSharp.Tuning;

namespace LatentSharp.Service.Training;

/// <summary>How a new autoencoder is made, as its recipe says it.</summary>
public sealed record TrainRecipe
{
    /// <summary>Its hyper-parameters.</summary>
    public AutoencoderDesign Network { get; init; } = new();

    /// <summary>The autoencoder that a student learns from; null to learn from pictures alone.</summary>
    public RecipeTeacher? Teacher { get; init; }

    /// <summary>Which halves it has: without a teacher both.</summary>
    public TrainedPart Part { get; init; } = TrainedPart.Both;

    /// <summary>The loss, in the words of <see cref="PictureLosses.Named"/>.</summary>
    public string Loss { get; init; } = "charbonnier";

    /// <summary>What <see cref="Loss"/> means.</summary>
    public Func<LossNode, LossNode, LossNode> Measure { get; init; } = PictureLosses.Charbonnier;

    /// <summary>See <see cref="TrainerOptions.Divergence"/>.</summary>
    public double Kl { get; init; } = 1e-4;

    /// <summary>Steps at most.</summary>
    public long Steps { get; init; } = 10_000;

    /// <summary>Minutes at most, in all runs together; null for no limit.</summary>
    public double? Minutes { get; init; }

    /// <summary>The highest rate; null for one that fits the rule and the number of weights.</summary>
    public double? Rate { get; init; }

    /// <summary>The rule by which weights follow their gradients.</summary>
    public OptimiserKind Optimiser { get; init; }

    /// <summary>Sides of the squares that are cut out of the pictures, in pixels.</summary>
    public int Crop { get; init; } = 128;

    /// <summary>Squares in a step.</summary>
    public int Batch { get; init; } = 4;

    /// <summary>Tells the weights it begins with, which squares are cut out, and in which order.</summary>
    public ulong Seed { get; init; }
}

/// <summary>From whom a student learns.</summary>
/// <param name="Autoencoder">By name or path.</param>
/// <param name="Latents">See <see cref="TrainerOptions.LatentWeight"/>.</param>
/// <param name="Pictures">See <see cref="TrainerOptions.TaughtWeight"/>.</param>
public sealed record RecipeTeacher(string Autoencoder, double Latents, double Pictures);
