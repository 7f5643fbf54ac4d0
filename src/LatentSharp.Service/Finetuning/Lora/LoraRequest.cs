using LatentSharp.Tuning;

namespace LatentSharp.Service.Finetuning.Lora;

/// <summary>How a LoRA is to be trained on pictures with captions.</summary>
public sealed record LoraRequest
{
    /// <summary>The generator: a transformer's file, the name of a model in the registered folders, or of one that the program brings
    /// along.</summary>
    public required string Model { get; init; }

    /// <summary>The pictures; beside each, under its name and ending in .txt, lies what it shows.</summary>
    public required InputSelection Images { get; init; }

    /// <summary>The LoRA: a new safetensors file.</summary>
    public required string Output { get; init; }

    /// <summary>The rank of what is added to each matrix.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Steps at most.</summary>
    public long Steps { get; init; } = 300;

    /// <summary>Minutes at most, in all runs together; null for no limit.</summary>
    public double? Minutes { get; init; }

    /// <summary>The highest rate; null for the usual one.</summary>
    public double? Rate { get; init; }

    /// <summary>The rule by which weights follow their gradients.</summary>
    public OptimiserKind Optimiser { get; init; }

    /// <summary>Sides of the squares that pictures are brought to; null for those that the model was trained with, else 512.</summary>
    public int? Side { get; init; }

    /// <summary>Pictures in a step.</summary>
    public int Batch { get; init; } = 2;

    /// <summary>Tells the noise, the times and the order of the pictures.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether a run that was stopped is forgotten, and not gone on with.</summary>
    public bool Anew { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
