namespace LatentSharp.Service.Planning;

/// <summary>A picture that a diffusion model is to make.</summary>
public sealed record PlanModelRequest
{
    /// <summary>The model: a file, a folder, the name of either in the registered folders, or that of a published FLUX.1 model.</summary>
    public required string Model { get; init; }

    /// <summary>
    /// The size of the picture, its sides multiples of 16; null for what the model was trained with, where it says so, else 1024 x 1024.
    /// </summary>
    public PixelSize? Size { get; init; }

    /// <summary>Steps of the sampler; null for the model's own, where it says so, else 4 for schnell, 28 for the others.</summary>
    public int? Steps { get; init; }

    /// <summary>How networks are run. Weights stay from step to step as far as memory allows, whatever this says.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}

/// <summary>What a picture takes, before any of it is computed. Decoding comes on top.</summary>
/// <param name="Model">The model, as far as names and shapes tell.</param>
/// <param name="File">Its file; null where it is not here and was planned by its published names and shapes.</param>
/// <param name="Picture">The size of the picture.</param>
/// <param name="Steps">Steps of the sampler, one evaluation of the transformer each.</param>
/// <param name="ImageTokens">Tokens of the picture.</param>
/// <param name="TextTokens">Tokens of the text.</param>
/// <param name="Transformer">One evaluation of the transformer, given its modulations.</param>
/// <param name="Modulation">The modulations of all evaluations, which are made once, before the first.</param>
/// <param name="Text">The text encoders, which run once.</param>
/// <param name="Machine">What this machine does, measured now.</param>
/// <param name="Estimate">How long it will take by that measurement.</param>
public sealed record PlanModelResult(string Model, string? File, PixelSize Picture, int Steps, int ImageTokens, int TextTokens,
    PlannedNetwork Transformer, PlannedNetwork Modulation, IReadOnlyList<PlannedNetwork> Text, MachineRates Machine, TimeEstimate Estimate);

/// <summary>A network in figures.</summary>
/// <param name="Name">Which.</param>
/// <param name="MultiplyAdds">Multiply-adds of one evaluation.</param>
/// <param name="PeakBytes">The most memory that it takes for tensors, working memory and weights that stay; its file is not in it.</param>
/// <param name="KeptBytes">The part of it that holds weights which stay from step to step, in the form that the kernels read.</param>
/// <param name="StoredBytes">Bytes of its weights as stored.</param>
/// <param name="Threads">How many threads compute.</param>
/// <param name="Simd">The vectors it computes with.</param>
/// <param name="Parts">Where its weights are, and which of them are read anew in every evaluation.</param>
public sealed record PlannedNetwork(string Name, long MultiplyAdds, long PeakBytes, long KeptBytes, long StoredBytes, int Threads,
    string Simd, IReadOnlyList<WeightsOfPart> Parts)
{
    /// <summary>Bytes of weights that are read from the file in every evaluation.</summary>
    public long StreamedBytes => Parts.Sum(p => p.StreamedBytes);
}

/// <summary>The weights of a part of a network.</summary>
/// <param name="Part">Such as <c>double_blocks</c>.</param>
/// <param name="StoredBytes">Bytes as stored.</param>
/// <param name="StreamedBytes">Bytes of them that are read from the file in every evaluation.</param>
public sealed record WeightsOfPart(string Part, long StoredBytes, long StreamedBytes);

/// <summary>What a machine does with the kernels that a transformer spends its time in.</summary>
/// <param name="ProductsPerSecond">Multiply-adds a second in products of 1,024 rows with a matrix of 3,072 x 3,072.</param>
/// <param name="BlockProductsPerSecond">The same in the precision that was asked for, for the products of blocks.</param>
/// <param name="AttentionPerSecond">Multiply-adds a second in the attention of 1,024 tokens and 24 heads.</param>
/// <param name="RowBytesPerSecond">Bytes a second of the matrix in products of one row.</param>
/// <param name="FileBytesPerSecond">Bytes a second that the model's file is read with now, by one thread: from its disk, or from memory
/// where the system has it there. Null where the model is not here; reading is then not part of the estimate.</param>
/// <param name="Seconds">How long the measurement took.</param>
public sealed record MachineRates(double ProductsPerSecond, double BlockProductsPerSecond, double AttentionPerSecond,
    double RowBytesPerSecond, double? FileBytesPerSecond, double Seconds);

/// <summary>How long a picture will take. What is neither product nor attention is not counted: a twentieth or so.</summary>
/// <param name="SecondsPerStep">One evaluation of the transformer.</param>
/// <param name="ModulationSeconds">The modulations of all steps, whose weights are read for them and not kept.</param>
/// <param name="TextSeconds">The text encoders.</param>
/// <param name="Seconds">All steps, their modulations and the text encoders.</param>
/// <param name="ReadBytesPerSecond">How fast the file has to be read so that reading hides behind computing.</param>
public sealed record TimeEstimate(double SecondsPerStep, double ModulationSeconds, double TextSeconds, double Seconds,
    double ReadBytesPerSecond);
