using LatentSharp.Service.Batches;
using LatentSharp.Service.Files;

namespace LatentSharp.Service.Inspecting;

/// <summary>Says what each of many files is.</summary>
public static class InspectFiles
{
    /// <summary>
    /// Whether names stand for many files, each to be explained by itself: several, a pattern, a list, or a folder that is not an
    /// autoencoder.
    /// </summary>
    public static bool AreMany(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names is not [var name] || name == "-") return true;
        if (File.Exists(name)) return false;
        return Directory.Exists(name) ? !IsAutoencoder(name) : name.StartsWith('@') || FilePattern.Is(name);
    }

    /// <summary>Looks at weights, latents and pictures. Those that cannot be read are listed, the others are explained.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="inputs">Files, folders, patterns, lists.</param>
    /// <param name="request">How to look; its file counts for nothing.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="items">Told every file as it is finished: an <see cref="InspectedFile"/> or a <see cref="FailedItem"/>.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">Something that was named does not exist, or stands for nothing.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was done.</exception>
    public static InspectFilesResult Run(AutoencoderLibrary library, InputSelection inputs, InspectRequest request,
        IProgress<JobProgress>? progress = null, IProgress<BatchItem>? items = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(request);
        using InputFiles files = InputFiles.Find(inputs, InputKind.Known);
        var batch = new Batch<InspectedFile>(files);
        batch.Run((i, _) => new InspectedFile(files.All[i].Name, ItemStatus.Done,
            InspectFile.Run(library, request with { File = files.All[i].Path }, cancellationToken) with { File = files.All[i].Name }),
            true, items, progress, cancellationToken);
        return new InspectFilesResult(batch.Results, batch.Failed, batch.Outcome);
    }

    private static bool IsAutoencoder(string folder)
    {
        try
        {
            Autoencoder.Open(folder).Dispose();
            return true;
        }
        catch (LatentSharpException)
        {
            return false;
        }
    }
}

/// <summary>What many files are.</summary>
/// <param name="Results">Those that could be read.</param>
/// <param name="Failed">Those that could not.</param>
/// <param name="Batch">How many there were of each.</param>
public sealed record InspectFilesResult(IReadOnlyList<InspectedFile> Results, IReadOnlyList<FailedItem> Failed, BatchOutcome Batch);

/// <summary>What one of many files is.</summary>
/// <param name="Input">The file.</param>
/// <param name="Status">Always done.</param>
/// <param name="Found">What it is.</param>
public sealed record InspectedFile(string Input, ItemStatus Status, InspectResult Found) : BatchItem(Input, Status);
