using System.Text.Json;

namespace LatentSharp.Autoencoders.Checks;

/// <summary>
/// What the built-in probe looks like in each space: autoencoders of one space make nearly the same latent of the same picture, those of
/// another make another one. The latents are those of the TAESD family (<c>assets/catalogue/probe-latents.json</c>), which imitates the
/// large autoencoders.
/// </summary>
internal static class ProbeLatents
{
    /// <summary>Width and height of the probe, in pixels.</summary>
    public const int Size = 128;

    private const string Resource = "LatentSharp.probe-latents.json";

    private static readonly Lazy<Dictionary<string, float[]>> Known = new(Read);

    /// <summary>
    /// The probe's latent in a space, diffusion space, [C, Size / factor, Size / factor]; null where it was not measured.
    /// </summary>
    public static float[]? Of(LatentSpace space) => Known.Value.GetValueOrDefault(space.Id);

    /// <summary>The 8-bit form in which the TAESD family stores latents: z from -3 to 3 in 255 steps.</summary>
    public static byte[] Pack(ReadOnlySpan<float> latent)
    {
        var bytes = new byte[latent.Length];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)Math.Round(Math.Clamp(latent[i] / 6 + 0.5, 0, 1) * 255);
        return bytes;
    }

    private static Dictionary<string, float[]> Read()
    {
        using Stream stream = typeof(ProbeLatents).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the resource {Resource} is not part of this assembly");
        using JsonDocument document = JsonDocument.Parse(stream);
        return document.RootElement.EnumerateArray()
            .ToDictionary(e => e.GetProperty("space").GetString()!,
                e => Array.ConvertAll(e.GetProperty("latent").GetBytesFromBase64(), b => 6 * (b / 255f - 0.5f)));
    }
}
