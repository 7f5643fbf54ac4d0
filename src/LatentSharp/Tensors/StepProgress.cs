namespace LatentSharp;

/// <summary>How far a long computation is.</summary>
/// <param name="Fraction">The part of the planned work that is done, 0 to 1.</param>
/// <param name="Step">What is being computed, in the words of the checkpoint: <c>decoder.up.1.block.0.conv1</c>.</param>
public readonly record struct StepProgress(double Fraction, string Step);
