using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Service.Autoencoders;

namespace LatentSharp.Service.Timing;

/// <summary>Times encoding and decoding on this machine.</summary>
public static class TimeAutoencoder
{
    /// <summary>Measures.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to time.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">The autoencoder cannot be opened, or the memory does not suffice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TimeResult Run(AutoencoderLibrary library, TimeRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        return Run(library, request, progress, 0, cancellationToken);
    }

    /// <summary>Measures as the rest of a job, of which a fraction is done.</summary>
    internal static TimeResult Run(AutoencoderLibrary library, TimeRequest request, IProgress<JobProgress>? progress, double done,
        CancellationToken cancellationToken)
    {
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Autoencoder);
        Autoencoder autoencoder = opened.Autoencoder;
        (int width, int height) = (request.Size.Width, request.Size.Height);
        Plan? encode = autoencoder.CanEncode ? autoencoder.PlanEncode(height, width, request.Compute) : null;
        Plan? decode = autoencoder.CanDecode ? autoencoder.PlanDecode(height, width, request.Compute) : null;
        RequireMemory(request.Size, Math.Max(encode?.PeakBytes ?? 0, decode?.PeakBytes ?? 0));
        double share = (1 - done) * (encode is null || decode is null ? 1 : 0.5);

        TimedHalf? encoding = null, decoding = null;
        if (encode is not null)
        {
            ImageTensor image = Gradient(request.Size);
            encoding = Measure(encode, request.Repeat,
                () => autoencoder.Encode(image, new EncodeOptions { Compute = request.Compute }, null, cancellationToken),
                PartOfJob.Of(progress, done, share, "encode"), cancellationToken);
        }
        if (decode is not null)
        {
            LatentSpace space = autoencoder.Space;
            int h = (height + space.Factor - 1) / space.Factor, w = (width + space.Factor - 1) / space.Factor;
            var latent = new Latent(space, new float[space.Channels * h * w], 1, h, w);
            decoding = Measure(decode, request.Repeat,
                () => autoencoder.Decode(latent, new DecodeOptions { Compute = request.Compute }, null, cancellationToken),
                PartOfJob.Of(progress, 1 - share, share, "decode"), cancellationToken);
        }
        return new TimeResult(opened.Facts, request.Size, encoding, decoding);
    }

    /// <summary>Refuses a picture that the library would refuse as well, but before that picture is made.</summary>
    private static void RequireMemory(PixelSize size, long peak)
    {
        MemoryBudget.RequireMachine(peak, $"{size.Width}x{size.Height}", "a picture of this size");
        if ((long)ImageTensor.Channels * size.Height * size.Width > Array.MaxLength)
            throw new LatentSharpException(ErrorKind.BadInput, $"{size.Width}x{size.Height}",
                $"the picture has more values than one tensor holds ({Array.MaxLength:N0}).",
                new Remedy(RemedyKind.GiveOption, "Use a smaller picture.", "size"));
    }

    private static TimedHalf Measure(Plan plan, int times, Action work, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        work();
        var seconds = new double[times];
        for (int i = 0; i < times; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report((i + 1.0) / (times + 1));
            var watch = Stopwatch.StartNew();
            work();
            seconds[i] = Math.Round(watch.Elapsed.TotalSeconds, 4);
        }
        long multiplyAdds = plan is CpuPlan { Multiplications: double reallyDone } ? (long)reallyDone : plan.MultiplyAdds;
        return new TimedHalf(seconds.Order().ElementAt(times / 2), seconds, plan.MultiplyAdds, multiplyAdds, plan.PeakBytes, plan.Threads,
            plan.Kernels);
    }

    /// <summary>A picture that is not constant; what it shows does not change the time.</summary>
    private static ImageTensor Gradient(PixelSize size)
    {
        var image = new ImageTensor(1, size.Height, size.Width);
        for (int c = 0; c < ImageTensor.Channels; c++)
        {
            Span<float> plane = image.Plane(0, c);
            for (int i = 0; i < plane.Length; i++) plane[i] = i % size.Width * 2f / size.Width - 1f;
        }
        return image;
    }
}
