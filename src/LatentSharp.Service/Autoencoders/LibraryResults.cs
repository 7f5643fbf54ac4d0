using LatentSharp.Autoencoders.Library;
using LatentSharp.Autoencoders.Pool;
using LatentSharp.Networks;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Autoencoders;

/// <summary>An autoencoder that can be named.</summary>
/// <param name="Name">The name it answers to.</param>
/// <param name="Path">The full path of its file or folder; null for one that is part of the program.</param>
/// <param name="Source">How it came to be known.</param>
/// <param name="Default">Whether it is used when none is named.</param>
/// <param name="Exists">Whether the file or folder is there now.</param>
/// <param name="Family">The id of its family; null when it cannot be opened, or was not looked at.</param>
/// <param name="Space">The id of its latent space; null likewise.</param>
/// <param name="Problem">Why it cannot be opened; null when it can, or was not looked at.</param>
public sealed record ListedAutoencoder(string Name, string? Path, LibrarySource Source, bool Default, bool Exists, string? Family = null,
    string? Space = null, string? Problem = null)
{
    internal static ListedAutoencoder Of(LibraryEntry entry) => new(entry.Name, entry.Path, entry.Source, entry.IsDefault, entry.Exists);

    /// <summary>
    /// With what each file says when it is opened. What lies in folders and is another part of a pipeline, a checkpoint without an
    /// autoencoder, a text encoder, a LoRA, is not one of them.
    /// </summary>
    internal static IEnumerable<ListedAutoencoder> OpenedOf(AutoencoderLibrary library, IEnumerable<LibraryEntry> entries)
        => entries.Select(e => (Entry: e, Listed: Opened(library, e))).Where(e => e.Listed.Problem is null || !IsOther(e.Entry))
            .Select(e => e.Listed);

    private static bool IsOther(LibraryEntry entry)
    {
        if (entry is not { Source: LibrarySource.Folder, Path: { } path }) return false;
        try
        {
            using WeightFile file = WeightFiles.Open(path);
            return NetworkRecognition.Of(file).Count > 0;
        }
        catch (LatentSharpException)
        {
            return false;
        }
    }

    /// <summary>With what the file says when it is opened.</summary>
    private static ListedAutoencoder Opened(AutoencoderLibrary library, LibraryEntry entry)
    {
        ListedAutoencoder plain = Of(entry);
        if (!plain.Exists) return plain with { Problem = "it is not there any more" };
        try
        {
            using AutoencoderLease lease = library.Acquire(entry);
            return plain with { Family = lease.Autoencoder.Family.Id, Space = lease.Autoencoder.Space.Id };
        }
        catch (LatentSharpException e)
        {
            return plain with { Problem = e.What };
        }
    }
}

/// <summary>The autoencoders of this machine.</summary>
/// <param name="Home">The library's folder.</param>
/// <param name="Default">The name that is used when none is named; null when there is none.</param>
/// <param name="Folders">The registered folders.</param>
/// <param name="Autoencoders">Everything that can be named.</param>
public sealed record AutoencoderList(string Home, string? Default, IReadOnlyList<string> Folders,
    IReadOnlyList<ListedAutoencoder> Autoencoders);

/// <summary>One autoencoder that was chosen or registered.</summary>
/// <param name="Autoencoder">Which.</param>
public sealed record ChosenAutoencoder(ListedAutoencoder Autoencoder);

/// <summary>A folder that was registered.</summary>
/// <param name="Folder">Its full path.</param>
/// <param name="Autoencoders">What was found in it.</param>
public sealed record RegisteredFolder(string Folder, IReadOnlyList<ListedAutoencoder> Autoencoders);

/// <summary>What is no longer registered.</summary>
/// <param name="Removed">The path; nothing there was touched.</param>
public sealed record ForgottenAutoencoder(string Removed);
