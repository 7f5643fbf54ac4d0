using LatentSharp.Autoencoders.Library;
using LatentSharp.Autoencoders.Pool;
using LatentSharp.Latents;
using LatentSharp.Server.Autoencoders;
using LatentSharp.Weights.Files;

namespace LatentSharp.Server.Computing;

/// <summary>
/// What use cases take that do more than run a network: the plans of the networks that they run, and what they keep of pictures and
/// latents, by the sizes in the headers of the files.
/// </summary>
internal sealed class PlannedUses(OpenAutoencoders autoencoders, PlannedPictures planned)
{
    // Peaks of the commands on pictures of 2048 x 2048 and 1024 x 1024 less those on 512 x 512, for each pixel more, and less their plans;
    // rounded up.
    internal const long DiagnosedPixel = 200, SheetedPixel = 200, MeasuredPixel = 500;

    // What is read of a file at once, and of a tensor before it is written in another type.
    private const long Buffers = 16 << 20;

    // A latent as it is read, as numbers, and what is computed of it.
    private const long LatentCopies = 4;

    // Autoencoders that a diagnosis encodes the middle of a picture with.
    private const int DiagnosedMiddle = 512;

    /// <summary>The way there and back, with the sheets that show it.</summary>
    internal PlannedWork RoundTrip(string autoencoder, int height, int width)
        => ThereAndBack(autoencoder, height, width).With(SheetedPixel * height * width);

    /// <summary>Saying what a file is: weights are looked at piece by piece, latents as a whole.</summary>
    internal static PlannedWork Inspect(string file) => new(Buffers + LatentCopies * LatentBytes(file), 0);

    /// <summary>Checking a pair, where the autoencoder decodes the latents and encodes them again.</summary>
    internal PlannedWork Check(LibraryEntry? autoencoder, string? latents, bool probe)
    {
        var work = new PlannedWork(Buffers, 0);
        if (latents is not null) work = work.With(LatentCopies * LatentBytes(latents));
        return autoencoder is null || !probe ? work : Cycle(autoencoder, latents).With(work.Bytes);
    }

    /// <summary>Looking for what is wrong with a picture, a latent, or both.</summary>
    internal PlannedWork Diagnose(LibraryEntry? autoencoder, PictureInfo? picture, PictureInfo? reference, string? latent)
    {
        long pixels = 0;
        var work = new PlannedWork(Buffers, 0);
        foreach (PictureInfo? info in (PictureInfo?[])[picture, reference])
        {
            if (info is not { } seen) continue;
            pixels += (long)seen.Width * seen.Height;
            (int height, int width) = (Math.Min(seen.Height, DiagnosedMiddle), Math.Min(seen.Width, DiagnosedMiddle));
            work = work.Then(autoencoder is null ? Encode(null, height, width)
                : ThereAndBack(autoencoder.Name, seen.Height, seen.Width));
        }
        if (latent is not null && autoencoder is not null) work = work.Then(Cycle(autoencoder, latent));
        return work.With(DiagnosedPixel * pixels + (latent is null ? 0 : LatentCopies * LatentBytes(latent)));
    }

    /// <summary>Measuring autoencoders with pictures, one after the other.</summary>
    internal PlannedWork Measure(IReadOnlyList<LibraryEntry> measured, IReadOnlyList<PictureInfo> pictures)
    {
        var work = new PlannedWork(Buffers, 0);
        foreach (LibraryEntry one in measured)
            foreach (IGrouping<(int Width, int Height), PictureInfo> size in pictures.GroupBy(p => p.DisplaySize))
            {
                PlannedWork there = ThereAndBack(one.Name, size.Key.Height, size.Key.Width)
                    .With(MeasuredPixel * size.Key.Width * size.Key.Height);
                work = work.Then(there with { MultiplyAdds = there.MultiplyAdds * size.Count() });
            }
        return work;
    }

    /// <summary>Writing weights anew, tensor by tensor.</summary>
    internal PlannedWork Convert(LibraryEntry entry)
    {
        using AutoencoderLease lease = autoencoders.Acquire(entry.Name);
        long largest = lease.Autoencoder.Weights.Tensors.Values.Select(t => t.Shape.ElementCount).DefaultIfEmpty().Max();
        return new PlannedWork(Buffers + 3 * sizeof(float) * largest, 0);
    }

    // Halves that an autoencoder lacks are named by the use case, each in its own way.
    private PlannedWork ThereAndBack(string autoencoder, int height, int width)
    {
        using AutoencoderLease lease = autoencoders.Acquire(autoencoder);
        return Half(lease.Autoencoder, height, width, lease.Autoencoder.CanEncode, lease.Autoencoder.CanDecode);
    }

    private PlannedWork Encode(string? autoencoder, int height, int width)
    {
        using AutoencoderLease lease = autoencoders.Acquire(autoencoder);
        return Half(lease.Autoencoder, height, width, lease.Autoencoder.CanEncode, decode: false);
    }

    private PlannedWork Cycle(LibraryEntry entry, string? latents)
    {
        const int probe = 128;      // the side of the picture that is encoded where there are no latents
        using AutoencoderLease lease = autoencoders.Acquire(entry.Name);
        Autoencoder autoencoder = lease.Autoencoder;
        (int height, int width) = latents is null ? (probe, probe) : LatentSize(latents, autoencoder.Space);
        return Half(autoencoder, height, width, autoencoder.CanEncode, autoencoder.CanDecode);
    }

    private PlannedWork Half(Autoencoder autoencoder, int height, int width, bool encode, bool decode)
    {
        PlannedWork work = encode ? planned.Encode(autoencoder, 1, height, width) : new PlannedWork(0, 0);
        return decode ? work.Then(planned.Decode(autoencoder, 1, height, width)) : work;
    }

    // Bytes of the values as 32-bit floats; 0 for files that are not latents or pictures as numbers, which are not read as a whole.
    private static long LatentBytes(string path)
    {
        try
        {
            using WeightFile file = WeightFiles.Open(path);
            return LatentFile.KindOf(file) == LatentFileKind.None && !TensorImageFile.Is(file) ? 0
                : file.Tensors.Values.Sum(t => t.Shape.ElementCount) * sizeof(float);
        }
        catch (LatentSharpException)
        {
            return 0;       // no file of tensors: the use case says what it is
        }
    }

    private static (int Height, int Width) LatentSize(string path, LatentSpace space)
    {
        try
        {
            using WeightFile file = WeightFiles.Open(path);
            Latent latent = LatentFile.Read(file, new LatentFileOptions { Space = space, AllowNonFinite = true }).Latent;
            return (latent.Height * space.Factor, latent.Width * space.Factor);
        }
        catch (LatentSharpException)
        {
            return (space.Factor, space.Factor);        // the use case says what is wrong with it
        }
    }
}
