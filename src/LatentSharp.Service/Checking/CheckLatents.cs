using LatentSharp.Autoencoders.Checks;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Files;

namespace LatentSharp.Service.Checking;

/// <summary>Says of many latents whether they belong to one autoencoder or one model.</summary>
public static class CheckLatents
{
    /// <summary>Whether what stands for the latents are many: a folder, a pattern or a list.</summary>
    public static bool AreMany(string? latents)
        => latents is not null && !File.Exists(latents)
        && (Directory.Exists(latents) || latents.StartsWith('@') || FilePattern.Is(latents));

    /// <summary>Checks them. Those that cannot be read are listed, the others are checked.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to compare; its latents are a folder, a pattern or a list.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="items">Told every latent as it is finished: a <see cref="CheckedLatent"/> or a <see cref="FailedItem"/>.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, or what the latents are held against cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was done.</exception>
    public static CheckLatentsResult Run(AutoencoderLibrary library, CheckRequest request, IProgress<JobProgress>? progress = null,
        IProgress<BatchItem>? items = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Things.Count > 0) request = Recognition.Sorted(library, request);
        if (request.Latents is null || request.Autoencoder is null == request.Model is null)
            throw new LatentSharpException(ErrorKind.Usage, request.Latents ?? "", "many latents are held against one autoencoder or one model.",
                "Name the one or the other.");
        using InputFiles files = InputFiles.Find(InputSelection.Of(request.Latents), InputKind.Latents);
        using OpenedAutoencoder? opened = CheckPair.Opened(library, request, cancellationToken);
        ModelHint? model = request.Model is null ? null : ChosenModel.Of(request.Model);
        var batch = new Batch<CheckedLatent>(files);
        batch.Run((i, _) => new CheckedLatent(files.All[i].Name, ItemStatus.Done,
            CheckPair.Of(library, request with { Latents = files.All[i].Path }, opened, model, cancellationToken)),
            true, items, progress, cancellationToken);
        return new CheckLatentsResult(batch.Results.TrueForAll(r => r.Found.Compatible), batch.Results, batch.Failed, batch.Outcome);
    }
}

/// <summary>Whether many latents belong to one autoencoder or model.</summary>
/// <param name="Compatible">Whether nothing speaks against any that could be read.</param>
/// <param name="Results">Those that could be read.</param>
/// <param name="Failed">Those that could not.</param>
/// <param name="Batch">How many there were of each.</param>
public sealed record CheckLatentsResult(bool Compatible, IReadOnlyList<CheckedLatent> Results, IReadOnlyList<FailedItem> Failed,
    BatchOutcome Batch);

/// <summary>Whether one of many latents belongs.</summary>
/// <param name="Input">The latent file.</param>
/// <param name="Status">Always done.</param>
/// <param name="Found">What was found.</param>
public sealed record CheckedLatent(string Input, ItemStatus Status, CheckResult Found) : BatchItem(Input, Status);
