using LatentSharp.Service.Autoencoders;

namespace LatentSharp.Service.Timing;

/// <summary>How long encoding and decoding takes on this machine.</summary>
/// <param name="Autoencoder">With which autoencoder.</param>
/// <param name="Picture">A picture of which size.</param>
/// <param name="Encode">Encoding; null where there is no encoder.</param>
/// <param name="Decode">Decoding; null where there is no decoder.</param>
public sealed record TimeResult(UsedAutoencoder Autoencoder, PixelSize Picture, TimedHalf? Encode, TimedHalf? Decode);

/// <summary>The times of one half.</summary>
/// <param name="MedianSeconds">The median.</param>
/// <param name="Seconds">Every run.</param>
/// <param name="MultiplyAdds">Multiply-adds of the direct evaluation.</param>
/// <param name="MultiplyAddsDone">Multiply-adds that are really done, which algorithms like Winograd's make fewer.</param>
/// <param name="PeakBytes">The most memory that the plan takes.</param>
/// <param name="Threads">How many threads computed.</param>
/// <param name="Simd">The vectors they computed with.</param>
public sealed record TimedHalf(double MedianSeconds, IReadOnlyList<double> Seconds, long MultiplyAdds, long MultiplyAddsDone,
    long PeakBytes, int Threads, string Simd);
