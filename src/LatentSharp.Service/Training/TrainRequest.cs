namespace LatentSharp.Service.Training;

/// <summary>A new autoencoder that is to be made by a recipe.</summary>
public sealed record TrainRequest
{
    /// <summary>The JSON file with the hyper-parameters.</summary>
    public required string Recipe { get; init; }

    /// <summary>The pictures: most to learn from, the others for the proof.</summary>
    public required InputSelection Images { get; init; }

    /// <summary>The new safetensors file.</summary>
    public required string Output { get; init; }

    /// <summary>The files of <see cref="Tuning.Lpips"/>, where the recipe's loss asks for it.</summary>
    public IReadOnlyList<string> Lpips { get; init; } = [];

    /// <summary>Steps at most, in place of the recipe's; null for those.</summary>
    public long? Steps { get; init; }

    /// <summary>Minutes at most, in place of the recipe's; null for those.</summary>
    public double? Minutes { get; init; }

    /// <summary>A page with curves and pictures, written anew after every measurement; null for none.</summary>
    public string? Page { get; init; }

    /// <summary>Whether a run that was stopped is forgotten, and not gone on with.</summary>
    public bool Anew { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
