using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Evaluating;

/// <summary>How well an autoencoder stands in for another one.</summary>
/// <param name="Autoencoder">The one in question.</param>
/// <param name="Against">The other one.</param>
/// <param name="Rows">The ways through the two, means over the pictures.</param>
/// <param name="LatentMeanSquare">Mean squared difference of the latents.</param>
/// <param name="Pictures">How many pictures were used.</param>
/// <param name="Size">Their largest side in pixels.</param>
/// <param name="Unreadable">Pictures that could not be used.</param>
/// <param name="Notes">What else is worth knowing.</param>
public sealed record EvaluateResult(UsedAutoencoder Autoencoder, UsedAutoencoder Against, IReadOnlyList<EvaluatedWay> Rows,
    double? LatentMeanSquare, int Pictures, int Size, IReadOnlyList<UnusedPicture> Unreadable, IReadOnlyList<string> Notes);

/// <summary>A way through two autoencoders.</summary>
/// <param name="Way">Which encoder and which decoder.</param>
/// <param name="Psnr">dB; null when the pictures came back unchanged.</param>
/// <param name="Ssim">On luma.</param>
/// <param name="DeltaE">Mean CIEDE2000 difference.</param>
/// <param name="EdgeEnergy">Gradient energy after over before.</param>
/// <param name="DetailLoss">Fine detail lost in dB.</param>
public sealed record EvaluatedWay(string Way, double? Psnr, double? Ssim, double? DeltaE, double? EdgeEnergy, double? DetailLoss);
