namespace LatentSharp.Service.Timing;

/// <summary>A FLUX.1 model whose blocks are to be timed on this machine; its file need not be here.</summary>
public sealed record TimeFluxRequest
{
    /// <summary>A published model, which decides the tokens of the text and the number of steps: <c>flux1-schnell</c>,
    /// <c>flux1-dev</c>.</summary>
    public string Model { get; init; } = "flux1-schnell";

    /// <summary>The size of the picture; its sides are multiples of 16.</summary>
    public PixelSize Size { get; init; } = new(512, 512);

    /// <summary>How often each block is run after one run to warm up.</summary>
    public int Repeat { get; init; } = 3;

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}

/// <summary>
/// How long the blocks of a FLUX.1 transformer take on this machine. Reading a file that does not lie in memory, the text encoders and
/// decoding come on top.
/// </summary>
/// <param name="Model">The model.</param>
/// <param name="Picture">A picture of which size.</param>
/// <param name="ImageTokens">Tokens of the picture.</param>
/// <param name="TextTokens">Tokens of the text.</param>
/// <param name="Steps">Steps that are usual for the model.</param>
/// <param name="PeakOperationsPerSecond">What the machine's multiply-add units give on as many threads, two operations for a
/// multiply-add.</param>
/// <param name="Blocks">Each kind of block.</param>
/// <param name="SecondsPerStep">All blocks of a step.</param>
/// <param name="Seconds">All steps.</param>
/// <param name="Threads">How many threads computed.</param>
/// <param name="Simd">The vectors they computed with.</param>
/// <param name="Precision">The numbers that the blocks' products were computed with: <c>fp32</c>, <c>int8</c>.</param>
public sealed record TimeFluxResult(string Model, PixelSize Picture, int ImageTokens, int TextTokens, int Steps,
    double PeakOperationsPerSecond, IReadOnlyList<TimedBlock> Blocks, double SecondsPerStep, double Seconds, int Threads, string Simd,
    string Precision);

/// <summary>The time of a kind of block.</summary>
/// <param name="Name">Which.</param>
/// <param name="Count">How many of them a step has.</param>
/// <param name="MultiplyAdds">Multiply-adds of one.</param>
/// <param name="MedianSeconds">The median.</param>
/// <param name="Seconds">Every run.</param>
/// <param name="OperationsPerSecond">Two operations for a multiply-add.</param>
/// <param name="ShareOfPeak">What part of the machine's peak in float32 that is; in eight bits it may be more than all.</param>
public sealed record TimedBlock(string Name, int Count, long MultiplyAdds, double MedianSeconds, IReadOnlyList<double> Seconds,
    double OperationsPerSecond, double ShareOfPeak);
