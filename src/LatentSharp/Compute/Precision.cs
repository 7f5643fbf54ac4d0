namespace LatentSharp;

/// <summary>The numbers that a network is computed with.</summary>
public enum Precision
{
    /// <summary>Float32, whatever weights are stored in: the reference.</summary>
    Float32,
    /// <summary>
    /// Whole numbers of eight bits, for speed: the rows of both factors are rounded to 255 steps with a scale for each 128 values
    /// (weights of Q8_0 are taken as they are), products are summed up exactly within a block and in float32 across blocks; attention
    /// without mask likewise, its weights as codes from 0 to 255. Results do not depend on the number of threads. The
    /// error is stated in <c>docs/correctness.md</c>.
    /// </summary>
    Int8,
    /// <summary>
    /// On graphics cards: weights that are stored wider, and results that a normalisation bounds, are kept in 16 bits (F16), which takes
    /// less memory and moves fewer bytes. Sums, statistics and the stream of the network stay in float32. A value that 16 bits cannot hold
    /// is an error that names its step. The error is stated in <c>docs/correctness.md</c>.
    /// </summary>
    Float16,
    /// <summary>
    /// On graphics cards: float32, with 3x3 convolutions summed by Winograd's F(4x4, 3x3) where that takes fewer operations: some third of
    /// them in an autoencoder. Its rounding is several times that of direct sums. The error is stated in <c>docs/correctness.md</c>.
    /// </summary>
    Float32Fast,
}
