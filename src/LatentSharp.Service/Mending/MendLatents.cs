using LatentSharp.Latents;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Files;

namespace LatentSharp.Service.Mending;

/// <summary>
/// Writes latents of other programs anew, so that they say what they are: laid out as [N, C, h, w], in diffusion space, with their space.
/// </summary>
public static class MendLatents
{
    private static readonly string[] Extensions = [".safetensors"];

    /// <summary>Writes them. Of several those that cannot be read are listed, the others are done.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="items">Told every latent as it is finished: a <see cref="MendedLatent"/> or a <see cref="FailedItem"/>.</param>
    /// <param name="cancellationToken">Ends it soon; what is written stays.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, or the only latent cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was done.</exception>
    public static MendResult Run(MendRequest request, IProgress<BatchItem>? items = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        LatentSpace? space = request.Space is { } id ? LatentSpace.Find(id) ?? throw Unknown(id) : null;
        using InputFiles inputs = InputFiles.Find(request.Inputs, InputKind.Latents);
        List<string> outputs = OutputFiles.For(inputs, request.Output, Extensions, i => Stem(i) + ".latent.safetensors", "a latent file");
        var batch = new Batch<MendedLatent>(inputs);
        batch.Run((i, _) => One(inputs.All[i], outputs[i], space, request), true, items, null, cancellationToken);
        return new MendResult(batch.Results, batch.Failed, batch.Outcome);
    }

    private static MendedLatent One(InputFile input, string output, LatentSpace? space, MendRequest request)
    {
        (int, int)? size = request.Size is { } pixels ? (pixels.Height, pixels.Width) : null;
        LatentFileContent content = LatentInput.Load(input.Path, new LatentFileOptions { Space = space, PictureSize = size });
        List<string> notes = [.. content.Notes];
        Latent latent = content.Latent;
        if (request.Unscaled && content.Kind != LatentFileKind.Plain)
            throw new LatentSharpException(ErrorKind.Usage, input.Path, "files of this kind say how their values are scaled.",
                "Leave the scaling to the file.");
        if (!content.SpaceIsStated) latent = ByItsValues(latent, notes);
        if (request.Unscaled) latent = Scaled(latent);
        latent = new Latent(latent.Space, latent.Values, latent.Batch, latent.Height, latent.Width)
        {
            PictureSize = size ?? content.Latent.PictureSize, Provenance = content.Latent.Provenance,
            LogVariance = content.Latent.LogVariance,
        };
        if (Path.GetDirectoryName(output) is { Length: > 0 } folder) OutputFiles.MakeFolder(folder);
        LatentFile.Save(output, latent);
        return new MendedLatent(input.Name, ItemStatus.Done, output, [latent.Batch, latent.Channels, latent.Height, latent.Width],
            latent.Space.Id, request.Unscaled, notes);
    }

    // What a file is said to be from now on is not guessed from its shape alone.
    private static Latent ByItsValues(Latent latent, List<string> notes)
    {
        if (SpaceIdentification.Of(latent) is { IsTrusted: true } verdict)
        {
            notes.Add($"by its values it is a latent of {verdict.Best.Title}");
            return new Latent(verdict.Best, latent.Values, latent.Batch, latent.Height, latent.Width);
        }
        LatentSpace[] possible = [.. LatentSpace.Known.Where(s => s.Channels == latent.Channels)];
        return possible.Length == 1 ? latent : throw new LatentSharpException(ErrorKind.Usage, "",
            "the file does not say in which space it is, and its values do not tell: "
                + $"{string.Join(", ", possible.Select(s => s.Id))} have {latent.Channels} channels.",
            new Remedy(RemedyKind.GiveOption, "Say which.", "space"));
    }

    private static Latent Scaled(Latent latent)
    {
        LatentSpace space = latent.Space;
        int plane = latent.Height * latent.Width;
        float[] values = [.. latent.Values];
        for (int i = 0; i < values.Length; i++)
        {
            int channel = i / plane % latent.Channels;
            values[i] = (values[i] - space.ShiftOf(channel)) * space.ScaleOf(channel);
        }
        return new Latent(space, values, latent.Batch, latent.Height, latent.Width);
    }

    private static string Stem(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return Path.GetExtension(name).Equals(".latent", StringComparison.OrdinalIgnoreCase) ? Path.GetFileNameWithoutExtension(name) : name;
    }

    private static LatentSharpException Unknown(string id)
    {
        string[] near = [.. Likeness.Nearest(id, LatentSpace.Known.Select(s => s.Id))];
        return new LatentSharpException(ErrorKind.Usage, id, "there is no latent space of this name.",
            near.Length > 0 ? $"Did you mean {string.Join(" or ", near)}?" : $"There are {string.Join(", ", LatentSpace.Known.Select(s => s.Id))}.");
    }
}
