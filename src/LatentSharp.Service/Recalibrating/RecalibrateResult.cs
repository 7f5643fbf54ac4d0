using System.Text.Json.Serialization;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Recalibrating;

/// <summary>A recalibrated autoencoder.</summary>
/// <param name="Autoencoder">What it was made from.</param>
/// <param name="Output">The new file.</param>
/// <param name="Kind">What was changed.</param>
/// <param name="Fit">How many pictures were used for the fit.</param>
/// <param name="HeldOut">How many pictures were used for the proof.</param>
/// <param name="Before">The pictures held out, with the old weights; left out when no weights were changed.</param>
/// <param name="After">The pictures held out, with the new weights; likewise.</param>
/// <param name="Latents">The scale and shift that would centre the latents; likewise.</param>
/// <param name="Centred">The new latent space; left out when weights were changed.</param>
/// <param name="Unreadable">Pictures that could not be used.</param>
/// <param name="Notes">What else is worth knowing.</param>
public sealed record RecalibrateResult(UsedAutoencoder Autoencoder, string Output, RecalibrateKind Kind, int Fit, int HeldOut,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HeldOutFacts? Before,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HeldOutFacts? After,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ScalingFacts? Latents,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CentredSpace? Centred,
    IReadOnlyList<UnusedPicture> Unreadable, IReadOnlyList<string> Notes);

/// <summary>The quality of pictures that were held out.</summary>
/// <param name="Psnr">dB; null when the pictures came back unchanged.</param>
/// <param name="DeltaE">Mean CIEDE2000 difference.</param>
/// <param name="Cast">Length of the mean shift in Lab.</param>
public sealed record HeldOutFacts(double? Psnr, double? DeltaE, double? Cast);

/// <summary>The scale and shift that bring latents to mean 0 and deviation 1.</summary>
/// <param name="Scale">One scale for all channels.</param>
/// <param name="Shift">One shift for all channels.</param>
/// <param name="ChannelScale">A scale for each channel.</param>
/// <param name="ChannelShift">A shift for each channel.</param>
public sealed record ScalingFacts(double Scale, double Shift, IReadOnlyList<double> ChannelScale, IReadOnlyList<double> ChannelShift);

/// <summary>A latent space that was centred on pictures.</summary>
/// <param name="Space">Its id.</param>
/// <param name="NatsBefore">How far the latents of the pictures held out were from a unit normal, in nats.</param>
/// <param name="NatsAfter">The same with the new scale and shift.</param>
/// <param name="Scale">One scale, or one for each channel.</param>
/// <param name="Shift">One shift, or one for each channel.</param>
public sealed record CentredSpace(string Space, double NatsBefore, double NatsAfter, IReadOnlyList<float> Scale,
    IReadOnlyList<float> Shift);
