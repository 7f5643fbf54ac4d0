using System.Globalization;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.RemoteVae;

/// <summary>
/// The scaling that a client asks for: on decoding m = x / scale + shift, on encoding x = (m - shift) * scale, where m is the
/// autoencoder's own latent. Without any parameter x is m.
/// </summary>
/// <param name="Scale">The factor that was given; null for none.</param>
/// <param name="Shift">The shift that was given; null for none.</param>
/// <param name="Own">Whether what was not given is that of the autoencoder's space, instead of nothing.</param>
internal sealed record WireScaling(double? Scale, double? Shift, bool Own)
{
    private const double SameFactor = 1e-3;

    /// <summary>The scaling of a query.</summary>
    /// <exception cref="RefusedRequest">A factor is no number, or 0.</exception>
    internal static WireScaling Of(QueryValues query)
    {
        double? scale = query.Number("scaling_factor"), shift = query.Number("shift_factor");
        if (scale is { } given && (float)given == 0)
            throw QueryValues.Refused("scaling_factor", "scaling_factor is 0, by which nothing can be divided.", "Send the factor of the latents' family.");
        return new WireScaling(scale, shift, scale is null && query.Flag("do_scaling") == true);
    }

    /// <summary>What a client wrote to what the space keeps.</summary>
    /// <param name="values">[N, C, h, w]; changed in place.</param>
    /// <param name="space">The autoencoder's space.</param>
    /// <param name="plane">h * w.</param>
    internal void ToDiffusion(Span<float> values, LatentSpace space, int plane)
    {
        for (int start = 0, c = 0; start < values.Length; start += plane, c = (c + 1) % space.Channels)
        {
            (double scale, double shift) = Factors(space, c);
            float own = space.ScaleOf(c), ownShift = space.ShiftOf(c);
            if ((float)scale == own && (float)shift == ownShift) continue;
            foreach (ref float v in values.Slice(start, plane)) v = (float)((v / scale + shift - ownShift) * own);
        }
    }

    /// <summary>What the space keeps to what a client reads.</summary>
    internal void FromDiffusion(Span<float> values, LatentSpace space, int plane)
    {
        for (int start = 0, c = 0; start < values.Length; start += plane, c = (c + 1) % space.Channels)
        {
            (double scale, double shift) = Factors(space, c);
            float own = space.ScaleOf(c), ownShift = space.ShiftOf(c);
            if ((float)scale == own && (float)shift == ownShift) continue;
            foreach (ref float v in values.Slice(start, plane)) v = (float)((v / (double)own + ownShift - shift) * scale);
        }
    }

    /// <summary>What is said about factors that belong to another family; null when they are those of the space, or none.</summary>
    internal string? Doubt(LatentSpace space)
    {
        if (space.Scale.Length > 1 || (Scale is null && Shift is null)) return null;
        string?[] wrong = [Other("scaling_factor", Factors(space, 0).Scale, space.Scale[0]), Other("shift_factor", Factors(space, 0).Shift, space.Shift[0])];
        return wrong is [null, null] ? null : $"{string.Join(" and ", wrong.OfType<string>())} of {space.Title}; the colours may be wrong";

        static string? Other(string name, double given, double expected)
            => Math.Abs(given - expected) <= SameFactor * Math.Max(Math.Abs(expected), 1)
            ? null : string.Create(CultureInfo.InvariantCulture, $"{name} {given:0.#####} is not the {expected:0.#####}");
    }

    private (double Scale, double Shift) Factors(LatentSpace space, int channel)
        => (Scale ?? (Own ? space.ScaleOf(channel) : 1), Shift ?? (Own ? space.ShiftOf(channel) : 0));
}
