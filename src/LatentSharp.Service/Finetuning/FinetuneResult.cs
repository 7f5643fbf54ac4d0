using System.Text.Json.Serialization;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Finetuning;

/// <summary>A trained autoencoder.</summary>
/// <param name="Autoencoder">What it was made from.</param>
/// <param name="Output">The new file.</param>
/// <param name="Part">What was trained.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Trained">How many tensors were trained.</param>
/// <param name="Parameters">How many numbers those are.</param>
/// <param name="Pictures">Pictures that were learned from.</param>
/// <param name="HeldBack">Pictures that were measured with, and not learned from.</param>
/// <param name="Steps">Steps that were made.</param>
/// <param name="BestStep">The step whose result was written.</param>
/// <param name="Ended">Why it ended.</param>
/// <param name="Before">The pictures held back, before.</param>
/// <param name="After">The pictures held back, with what was written.</param>
/// <param name="Course">What was measured on the way.</param>
/// <param name="Space">What became of the latent space.</param>
/// <param name="Seconds">How long this run took.</param>
/// <param name="Unreadable">Pictures that could not be used.</param>
/// <param name="Notes">What else is worth knowing.</param>
public sealed record FinetuneResult(UsedAutoencoder Autoencoder, string Output, string Part, string Loss, int Trained, long Parameters,
    int Pictures, int HeldBack, long Steps, long BestStep, FinetuneEnd Ended, HeldBackFigures Before, HeldBackFigures After,
    IReadOnlyList<FinetuneMeasurement> Course, KeptSpace Space, double Seconds, IReadOnlyList<UnusedPicture> Unreadable,
    IReadOnlyList<string> Notes);

/// <summary>Why a training ended.</summary>
public enum FinetuneEnd
{
    /// <summary>All steps were made.</summary>
    Steps,
    /// <summary>The time was over.</summary>
    Minutes,
    /// <summary>The pictures held back had not gained for long.</summary>
    NoGain,
}

/// <summary>Means over the pictures that were held back.</summary>
/// <param name="Psnr">dB.</param>
/// <param name="Ssim">On luma.</param>
/// <param name="DeltaE">Mean CIEDE2000 difference.</param>
public sealed record HeldBackFigures(double? Psnr, double? Ssim, double? DeltaE);

/// <summary>What was measured after a step.</summary>
/// <param name="Step">The step.</param>
/// <param name="Loss">The mean loss of the steps since the measurement before; null before the first step.</param>
/// <param name="HeldBack">The pictures held back.</param>
/// <param name="IsBest">Whether it was the best so far, by the running mean.</param>
public sealed record FinetuneMeasurement(long Step, double? Loss, HeldBackFigures HeldBack, bool IsBest);

/// <summary>What became of the latent space.</summary>
/// <param name="Id">The space.</param>
/// <param name="EncoderUnchanged">Whether the encoder is the same to the bit; null where the files have none.</param>
/// <param name="EncoderDigest">The digest of the encoder that was written; left out where there is none.</param>
/// <param name="LatentDifference">Root mean square of the difference of latents, before and after, of the pictures held back; left out
/// where there is no encoder.</param>
/// <param name="Recognised">Whether latents of the pictures held back are recognised as those of the space.</param>
public sealed record KeptSpace(string Id, bool? EncoderUnchanged,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? EncoderDigest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? LatentDifference, bool? Recognised);
