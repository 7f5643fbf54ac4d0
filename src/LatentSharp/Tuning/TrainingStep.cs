namespace LatentSharp.Tuning;

/// <summary>A picture to learn from.</summary>
/// <param name="Picture">[1, 3, H, W] in [-1, 1]; both sides are multiples of the latent space's factor.</param>
/// <param name="Latent">
/// Its latent, where the encoder is not trained; null to have the autoencoder's own encoder make it, as it was before the training.
/// </param>
public sealed record TrainingExample(ImageTensor Picture, Latent? Latent = null);

/// <summary>What a step has done.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="Loss">The loss of its pictures before the step, each counted by its number of pixels.</param>
/// <param name="GradientNorm">The length of the gradient of all tensors together, before it was shortened.</param>
/// <param name="Rate">How far it went.</param>
/// <param name="Seconds">How long it took.</param>
public readonly record struct TrainingStep(long Step, double Loss, double GradientNorm, double Rate, double Seconds);
