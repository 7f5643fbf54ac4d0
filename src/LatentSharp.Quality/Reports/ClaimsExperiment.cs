using System.Diagnostics;
using System.Text;
using LatentSharp.Quality.Metrics;
using static LatentSharp.Quality.Metrics.Figures;

namespace LatentSharp.Quality.Reports;

/// <summary>
/// Puts what is commonly said about autoencoders to the test: what a mismatch, a lower resolution and a stronger compression do to
/// pictures. Derived autoencoders are made from real ones: latents with channels dropped, with fewer levels, on a coarser grid.
/// </summary>
/// <param name="pictures">Pictures whose sides are multiples of 64.</param>
/// <param name="compute">How networks are run.</param>
public sealed class ClaimsExperiment(IReadOnlyList<ImageTensor> pictures, ComputeOptions? compute = null)
{
    private readonly EncodeOptions encode = new() { Compute = compute };
    private readonly DecodeOptions decode = new() { Compute = compute, IgnoreSpaceMismatch = true };

    /// <summary>The plain round trip and every weakened one of an autoencoder.</summary>
    public IEnumerable<ClaimRow> Compression(Autoencoder autoencoder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        Latent[] latents = [.. pictures.Select(p => autoencoder.Encode(p, encode, cancellationToken: cancellationToken))];
        LatentStatistics statistics = LatentStatistics.Of(latents);
        int channels = autoencoder.Space.Channels;
        double bits = channels * 16.0 / (autoencoder.Space.Factor * autoencoder.Space.Factor);
        yield return Row(autoencoder.Name, "as it is", bits, i => Decoded(autoencoder, latents[i], z => z.Values, cancellationToken));

        int[] byVariance = [.. Enumerable.Range(0, channels).OrderByDescending(c => statistics.Channels[c].Deviation)];
        for (int kept = channels / 2; kept >= Math.Max(1, channels / 8); kept /= 2)
        {
            HashSet<int> keep = [.. byVariance.Take(kept)];
            yield return Row(autoencoder.Name, F($"{kept} of {channels} channels"), bits * kept / channels,
                i => Decoded(autoencoder, latents[i],
                    z => Changed(z, (c, v) => keep.Contains(c) ? v : (float)statistics.Channels[c].Mean), cancellationToken));
        }
        foreach (int levels in (int[])[16, 8, 4])
        {
            double each = Math.Log2(levels);
            yield return Row(autoencoder.Name, F($"{levels} levels a value"),
                channels * each / (autoencoder.Space.Factor * autoencoder.Space.Factor),
                i => Decoded(autoencoder, latents[i], z => Changed(z, (c, v) =>
            {
                // Evenly spaced over the middle 98 % of the channel.
                double low = statistics.Channels[c].Quantiles[0], high = statistics.Channels[c].Quantiles[^1],
                    step = (high - low) / (levels - 1);
                return step > 0 ? (float)(low + Math.Clamp(Math.Round((v - low) / step), 0, levels - 1) * step) : v;
            }), cancellationToken));
        }
        yield return Row(autoencoder.Name, "latent grid twice as coarse", bits / 4, i => Decoded(autoencoder, latents[i], Coarser, cancellationToken));
        ThereAndBack way = new(autoencoder, autoencoder, compute);
        yield return Row(autoencoder.Name, "picture at half the size", bits / 4,
            i => Doubled(way.Of(Half(pictures[i]), null, cancellationToken)));
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Encoded with one autoencoder and decoded with another whose latents have the same shape.</summary>
    public ClaimRow Crossed(Autoencoder encoder, Autoencoder decoder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(decoder);
        double bits = encoder.Space.Channels * 16.0 / (encoder.Space.Factor * encoder.Space.Factor);
        ThereAndBack way = new(encoder, decoder, compute);
        return Row(encoder.Name, $"decoded with {decoder.Name}", bits, i => way.Of(pictures[i], null, cancellationToken));
    }

    /// <summary>The rows as a Markdown table.</summary>
    public static string Markdown(IEnumerable<ClaimRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        StringBuilder text =
            new("| autoencoder | variant | bits a pixel | PSNR dB | dE2000 | cast Lab | warp px | edges kept | detail, dB | own detail | grid, levels "
                + "| seconds |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (ClaimRow r in rows)
            text.Append(F($"| {r.Autoencoder} | {r.Variant} | {r.Bits:0.##} | {r.Psnr:0.0} | {r.DeltaE:0.0} | {r.Cast:0.0} | "
                + $"{r.Warp:0.00} | {r.EdgeEnergy:0.00} | {-r.DetailLossDb:+0.0;-0.0;0.0} | {r.DetailCoherence:0.00} | {r.Grid:0.00} | "
                + $"{r.Seconds:0.00} |\n"));
        return text.ToString();
    }

    /// <summary>
    /// What the rows say, a sentence each: which treatment of an autoencoder costs least and most, and what decoding with another does.
    /// </summary>
    public static IEnumerable<string> Conclusions(IReadOnlyList<ClaimRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (IGrouping<string, ClaimRow> group in rows.GroupBy(r => r.Autoencoder))
        {
            ClaimRow plain = group.First();
            ClaimRow[] others = [.. group.Skip(1).OrderByDescending(r => r.Psnr)];
            if (others.Length == 0) continue;
            ClaimRow mild = others[0], hard = others[^1];
            yield return F($"{plain.Autoencoder}: {plain.Psnr:0.0} dB as it is. Least is lost with {mild.Variant} ({Change(mild)} at "
                + $"{mild.Bits:0.##} bits a pixel), most with {hard.Variant} ({Change(hard)} at {hard.Bits:0.##}).");
            ClaimRow[] quarter = [.. others.Where(r => r.Bits == plain.Bits / 4)];
            if (quarter.Length > 1)
                yield return F($"{plain.Autoencoder}: of the ways to a quarter of the bits the best is {quarter[0].Variant} "
                    + $"({Change(quarter[0])}), the worst {quarter[^1].Variant} ({Change(quarter[^1])}).");

            string Change(ClaimRow row) => F($"{row.Psnr - plain.Psnr:+0.0;-0.0;0.0} dB, colour error {row.DeltaE - plain.DeltaE:+0.0;-0.0;0.0}");
        }
    }

    private ImageTensor Decoded(Autoencoder autoencoder, Latent z, Func<Latent, float[]> change, CancellationToken cancellationToken)
        => autoencoder.Decode(new Latent(z.Space, change(z), 1, z.Height, z.Width) { PictureSize = z.PictureSize }, decode,
            cancellationToken: cancellationToken);

    private ClaimRow Row(string name, string variant, double bits, Func<int, ImageTensor> result)
    {
        double[] sums = new double[8];
        Stopwatch clock = new();
        ImageTensor? first = null;
        for (int i = 0; i < pictures.Count; i++)
        {
            clock.Start();
            ImageTensor after = result(i);
            clock.Stop();
            first ??= after;
            PictureComparison c = PictureComparison.Of(pictures[i], after);
            double[] values = [Math.Min(100, c.PsnrRgb), c.DeltaE.Mean, c.Drift.LabShift, c.Warp?.Mean ?? 0,
                c.Sharpness?.GradientEnergyRatio ?? 1, c.Sharpness?.HighFrequencyLossDb ?? 0, c.Sharpness?.HighFrequencyCoherence ?? 1,
                    Math.Max(c.Grid8?.Rms ?? 0, c.Grid16?.Rms ?? 0)];
            for (int k = 0; k < values.Length; k++) sums[k] += values[k] / pictures.Count;
        }
        return new ClaimRow
        {
            Autoencoder = name,
            Variant = variant,
            Bits = bits,
            Psnr = sums[0],
            DeltaE = sums[1],
            Cast = sums[2],
            Warp = sums[3],
            EdgeEnergy = sums[4],
            DetailLossDb = sums[5],
            DetailCoherence = sums[6],
            Grid = sums[7],
            Seconds = clock.Elapsed.TotalSeconds / pictures.Count,
            First = first!,
        };
    }

    private static float[] Changed(Latent z, Func<int, float, float> change)
    {
        int plane = z.Height * z.Width;
        float[] values = new float[z.Values.Length];
        for (int i = 0; i < values.Length; i++) values[i] = change(i / plane % z.Channels, z.Values[i]);
        return values;
    }

    private static float[] Coarser(Latent z)
    {
        float[] values = (float[])z.Values.Clone();
        for (int c = 0; c < z.Channels; c++)
            for (int y = 0; y + 1 < z.Height; y += 2)
                for (int x = 0; x + 1 < z.Width; x += 2)
                {
                    int i = (c * z.Height + y) * z.Width + x;
                    float mean = (z.Values[i] + z.Values[i + 1] + z.Values[i + z.Width] + z.Values[i + z.Width + 1]) / 4;
                    values[i] = values[i + 1] = values[i + z.Width] = values[i + z.Width + 1] = mean;
                }
        return values;
    }

    private static ImageTensor Half(ImageTensor image)
    {
        ImageTensor half = new(1, image.Height / 2, image.Width / 2);
        for (int c = 0; c < 3; c++)
        {
            Plane from = new(image.Height, image.Width);
            for (int i = 0; i < from.Values.Length; i++) from.Values[i] = image.Plane(0, c)[i];
            double[] to = SeparableFilter.Halved(from).Values;
            for (int i = 0; i < to.Length; i++) half.Plane(0, c)[i] = (float)to[i];
        }
        return half;
    }

    // Linear between the centres of the small pixels.
    private static ImageTensor Doubled(ImageTensor image)
    {
        ImageTensor large = new(1, 2 * image.Height, 2 * image.Width);
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < large.Height; y++)
                for (int x = 0; x < large.Width; x++)
                {
                    int y0 = y / 2, y1 = Math.Clamp(y0 + (y % 2 == 0 ? -1 : 1), 0, image.Height - 1), x0 = x / 2,
                        x1 = Math.Clamp(x0 + (x % 2 == 0 ? -1 : 1), 0, image.Width - 1);
                    ReadOnlySpan<float> p = image.Plane(0, c);
                    large.Plane(0, c)[y * large.Width + x] = 0.5625f * p[y0 * image.Width + x0]
                        + 0.1875f * (p[y1 * image.Width + x0] + p[y0 * image.Width + x1]) + 0.0625f * p[y1 * image.Width + x1];
                }
        return large;
    }
}

/// <summary>One way of treating pictures, means over all of them.</summary>
public sealed record ClaimRow
{
    /// <summary>Which encoder.</summary>
    public required string Autoencoder { get; init; }

    /// <summary>What was done to it.</summary>
    public required string Variant { get; init; }

    /// <summary>Bits of latent for a pixel of picture.</summary>
    public required double Bits { get; init; }

    /// <summary>dB.</summary>
    public required double Psnr { get; init; }

    /// <summary>CIEDE2000.</summary>
    public required double DeltaE { get; init; }

    /// <summary>Length of the mean shift in Lab.</summary>
    public required double Cast { get; init; }

    /// <summary>Mean displacement in pixels.</summary>
    public required double Warp { get; init; }

    /// <summary>Gradient energy after over before.</summary>
    public required double EdgeEnergy { get; init; }

    /// <summary>Fine detail lost in dB.</summary>
    public required double DetailLossDb { get; init; }

    /// <summary>Share of fine detail that is the original's own.</summary>
    public required double DetailCoherence { get; init; }

    /// <summary>RMS of a pattern of period 8 or 16 in levels.</summary>
    public required double Grid { get; init; }

    /// <summary>Seconds for a picture, without what was computed once for all variants.</summary>
    public required double Seconds { get; init; }

    /// <summary>What became of the first picture.</summary>
    public required ImageTensor First { get; init; }
}
