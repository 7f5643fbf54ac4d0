using LatentSharp.Tuning;

namespace LatentSharp.Service.Finetuning;

/// <summary>How an autoencoder is to be trained on pictures.</summary>
public record TuningRequest
{
    /// <summary>The pictures: most to learn from, the others for the proof.</summary>
    public required InputSelection Images { get; init; }

    /// <summary>The new safetensors file.</summary>
    public required string Output { get; init; }

    /// <summary>What is trained.</summary>
    public TrainedPart Part { get; init; } = TrainedPart.Decoder;

    /// <summary>The loss, in the words of <see cref="PictureLosses.Named"/>.</summary>
    public string Loss { get; init; } = "charbonnier";

    /// <summary>The files of <see cref="Lpips"/>, where the loss asks for it.</summary>
    public IReadOnlyList<string> Lpips { get; init; } = [];

    /// <summary>Steps at most.</summary>
    public long Steps { get; init; } = 1000;

    /// <summary>Minutes at most, in all runs together; null for no limit.</summary>
    public double? Minutes { get; init; }

    /// <summary>The highest rate; null for one that fits the number of weights.</summary>
    public double? Rate { get; init; }

    /// <summary>The rule by which weights follow their gradients.</summary>
    public OptimiserKind Optimiser { get; init; }

    /// <summary>
    /// Sides of the squares that are cut out of the pictures, in pixels; null for 256, or 128 where too many pictures are smaller than
    /// that, or the memory budget is.
    /// </summary>
    public int? Crop { get; init; }

    /// <summary>Squares in a step.</summary>
    public int Batch { get; init; } = 2;

    /// <summary>Tells which squares are cut out, and in which order.</summary>
    public ulong Seed { get; init; }

    /// <summary>A page with curves and pictures, written anew after every measurement; null for none.</summary>
    public string? Page { get; init; }

    /// <summary>Whether a run that was stopped is forgotten, and not gone on with.</summary>
    public bool Anew { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
