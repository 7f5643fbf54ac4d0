using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Service.Generating;

namespace LatentSharp.Server.Generating;

/// <summary>
/// Makes pictures with the one model that the operator named, or that the program brings along, one order after the other, and knows how
/// far the one under way is.
/// </summary>
internal sealed class PictureMaker(Workbench bench)
{
    private const int Multiple = 16;

    private readonly Lock gate = new();
    private Making? current;

    // What the operator named, else what the program brings along.
    private string? Named => bench.Options.Model ?? (bench.Autoencoders.Library().Models is [{ } first, ..] ? first.Name : null);

    /// <summary>What clients call the model; null where there is none.</summary>
    internal string? Model => Named is { } model ? Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(model)) : null;

    /// <summary>The order under way; null where there is none.</summary>
    internal Making? Current
    {
        get
        {
            lock (gate) return current;
        }
    }

    /// <summary>Refuses what cannot be made, before anything waits.</summary>
    /// <exception cref="RefusedRequest">There is no model, or the picture is too large.</exception>
    internal void Require(PictureOrder order)
    {
        if (order.Size is { } size)
        {
            if (size.Width % Multiple != 0 || size.Height % Multiple != 0)
                throw QueryValues.Refused("size", $"Sides are multiples of {Multiple}; {size.Width} x {size.Height} was asked for.");
            bench.Planned.RequirePixels(order.Count, size.Height, size.Width);
        }
        if (Model is null)
            throw new RefusedRequest(StatusCodes.Status404NotFound, "This service has no model that makes pictures from prompts.",
                "An operator names one: latent serve --model NAME; `latent models` shows what there is.", "model");
    }

    /// <summary>
    /// What they take: alone all that there is, since the plan is made within the use case. It keeps to the budget, or is refused.
    /// </summary>
    internal PlannedWork Planned => new(bench.Options.MemoryBudget, 0);

    /// <summary>Makes them when their turn comes.</summary>
    internal async Task<MadePictures> MakeAsync(PictureOrder order, CancellationToken cancellationToken)
    {
        Require(order);
        using var folder = new RequestFolder();
        using var making = new Making(order, folder, cancellationToken);
        return await bench.Queue.RunAsync(Planned, Urgency.Interactive, token => Make(order, making, token), making.Token);
    }

    /// <summary>Makes them now, within the turn of a job.</summary>
    internal MadePictures Make(PictureOrder order, RequestFolder folder, IProgress<JobProgress>? listener, Action<byte[]>? preview,
        CancellationToken cancellationToken)
    {
        using var making = new Making(order, folder, cancellationToken) { Listener = listener, Previewed = preview };
        return Make(order, making, making.Token);
    }

    private MadePictures Make(PictureOrder order, Making making, CancellationToken cancellationToken)
    {
        lock (gate) current = making;
        try
        {
            using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, making.Token);
            bench.Autoencoders.MakeRoom();
            string output = making.Folder.Below("pictures");
            GenerateResult result = GeneratePictures.Run(bench.Autoencoders.Library(), new GenerateRequest
            {
                Model = Named, Parts = new FluxParts(), Prompts = [order.Prompt], Negative = order.Negative, Cfg = order.Cfg,
                Guidance = order.Guidance, Size = order.Size, Steps = order.Steps, Sampler = order.Sampler, Schedule = order.Schedule,
                Seed = order.Seed,
                Count = order.Count, Init = Written(order.Init, making.Folder, "init.png", both.Token),
                Mask = Written(order.Mask, making.Folder, "mask.png", both.Token),
                Strength = order.Strength, Output = Path.Combine(output, "picture.png"), Preview = "linear", Compute = bench.Options.Computing,
            }, null, making, both.Token);
            return new MadePictures(result.Model, [.. result.Pictures.Select(p => new MadePicture(File.ReadAllBytes(p.File), p.Seed))],
                result.Pictures.Count > 0 ? result.Pictures[0].Steps : 0, [.. result.Notes.Select(PlainPaths.In)]);
        }
        finally
        {
            lock (gate) current = null;
        }
    }

    private static string? Written(ImageTensor? image, RequestFolder folder, string name, CancellationToken cancellationToken)
    {
        if (image is null) return null;
        string place = folder.Place(name);
        PictureFile.Save(place, image, null, cancellationToken);
        return place;
    }
}
