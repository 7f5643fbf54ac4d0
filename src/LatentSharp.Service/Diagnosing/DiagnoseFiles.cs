using LatentSharp.Service.Batches;
using LatentSharp.Service.Files;

namespace LatentSharp.Service.Diagnosing;

/// <summary>Says of many pictures and latents what is wrong with each.</summary>
public static class DiagnoseFiles
{
    /// <summary>Whether names stand for many files: several, a folder, a pattern, a list or standard input.</summary>
    public static bool AreMany(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names is not [var name]) return names.Count > 1;
        return !File.Exists(name) && (name == "-" || Directory.Exists(name) || name.StartsWith('@') || FilePattern.Is(name));
    }

    /// <summary>
    /// Diagnoses each by itself, latents as latents. A reference that is a folder holds the references under the same names; a page for
    /// each is written below the folder for pages.
    /// </summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="inputs">Files, folders, patterns, lists.</param>
    /// <param name="request">How; its picture and latent count for nothing.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="items">Told every file as it is finished: a <see cref="DiagnosedFile"/> or a <see cref="FailedItem"/>.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">Something that was named does not exist, or stands for nothing.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was done.</exception>
    public static DiagnoseFilesResult Run(AutoencoderLibrary library, InputSelection inputs, DiagnoseRequest request,
        IProgress<JobProgress>? progress = null, IProgress<BatchItem>? items = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(request);
        using InputFiles files = InputFiles.Find(inputs, InputKind.PicturesAndLatents);
        if (request.Reference is { } one && !Directory.Exists(one))
            throw new LatentSharpException(ErrorKind.Usage, one, "many pictures have no single reference.",
                "Name a folder that holds the references under the names of the pictures.");
        using DiagnosisTools tools = new(library, request);
        var batch = new Batch<DiagnosedFile>(files);
        batch.Run((i, _) => new DiagnosedFile(files.All[i].Name, ItemStatus.Done,
            DiagnosePicture.Of(For(files.All[i], request), tools, cancellationToken)), request.KeepResults, items, progress,
            cancellationToken);
        return new DiagnoseFilesResult(batch.Results, batch.Failed, batch.Outcome);
    }

    private static DiagnoseRequest For(InputFile file, DiagnoseRequest request)
    {
        bool latent = InputKind.Latents.Takes(file.Path);
        return request with
        {
            Picture = latent ? null : file.Path,
            Latent = latent ? file.Path : null,
            Reference = request.Reference is null || latent ? null : ReferenceOf(file, request.Reference),
            Output = request.Output is null ? null : Path.Combine(request.Output, file.Relative),
        };
    }

    // Of the same name, whatever its extension: what was decoded from a JPEG is a PNG.
    private static string ReferenceOf(InputFile file, string folder)
    {
        string same = Path.Combine(folder, file.Relative);
        if (File.Exists(same)) return same;
        string parent = Path.GetDirectoryName(same)!, stem = Path.GetFileNameWithoutExtension(same);
        string[] alike = !Directory.Exists(parent) ? [] : [.. Directory.EnumerateFiles(parent)
            .Where(f => Path.GetFileNameWithoutExtension(f) == stem && InputKind.Pictures.Takes(f))];
        return alike is [var only] ? only : throw new LatentSharpException(ErrorKind.NotFound, file.Name,
            alike.Length == 0 ? $"there is no reference of this name in {folder}." : $"{alike.Length} files in {folder} could be its reference.",
            "Give the reference the name of the picture.");
    }
}

/// <summary>What is wrong with many pictures and latents.</summary>
/// <param name="Results">Those that could be read.</param>
/// <param name="Failed">Those that could not.</param>
/// <param name="Batch">How many there were of each.</param>
public sealed record DiagnoseFilesResult(IReadOnlyList<DiagnosedFile> Results, IReadOnlyList<FailedItem> Failed, BatchOutcome Batch);

/// <summary>What is wrong with one of many.</summary>
/// <param name="Input">The picture or latent.</param>
/// <param name="Status">Always done.</param>
/// <param name="Found">What was found.</param>
public sealed record DiagnosedFile(string Input, ItemStatus Status, DiagnoseResult Found) : BatchItem(Input, Status);
