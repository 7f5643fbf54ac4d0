using LatentSharp.Autoencoders.Library;
using LatentSharp.Autoencoders.Pool;

namespace LatentSharp.Service.Autoencoders;

/// <summary>The autoencoders of this machine by name: list, register, forget, choose the default.</summary>
public static class ManageLibrary
{
    /// <summary>Everything that can be named, with family and space of each.</summary>
    public static AutoencoderList List(AutoencoderLibrary library, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        var listed = new List<ListedAutoencoder>();
        foreach (ListedAutoencoder autoencoder in ListedAutoencoder.OpenedOf(library, library.List()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            listed.Add(autoencoder);
        }
        return new AutoencoderList(library.Home, library.DefaultName, library.Folders, listed);
    }

    /// <summary>Registers a file or diffusers folder under a name.</summary>
    /// <param name="library">Where.</param>
    /// <param name="path">The file or folder; it stays where it is.</param>
    /// <param name="name">The name; null for the file's own.</param>
    /// <exception cref="LatentSharpException">There is no such file, it holds no autoencoder, or the name cannot be used.</exception>
    public static ChosenAutoencoder Register(AutoencoderLibrary library, string path, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(library);
        LibraryEntry found = library.Find(path);
        using AutoencoderLease lease = library.Acquire(found);      // a file that cannot be used is not registered
        LibraryEntry entry = library.Register(name ?? found.Name, path);
        (string family, string space) = (lease.Autoencoder.Family.Id, lease.Autoencoder.Space.Id);
        return new ChosenAutoencoder(ListedAutoencoder.Of(entry) with { Family = family, Space = space });
    }

    /// <summary>Registers a folder, whose autoencoders are then found by their file names.</summary>
    /// <exception cref="LatentSharpException">There is no such folder, or the list cannot be written.</exception>
    public static RegisteredFolder RegisterFolder(AutoencoderLibrary library, string path)
    {
        ArgumentNullException.ThrowIfNull(library);
        string folder = library.RegisterFolder(path);
        return new RegisteredFolder(folder,
            [.. ListedAutoencoder.OpenedOf(library, library.List()
                .Where(e => e.Source == LibrarySource.Folder && e.Path!.StartsWith(folder, StringComparison.Ordinal)))]);
    }

    /// <summary>Forgets a registered name or folder. No file is touched.</summary>
    /// <exception cref="LatentSharpException">Nothing is registered under this name, or the list cannot be written.</exception>
    public static ForgottenAutoencoder Forget(AutoencoderLibrary library, string nameOrFolder)
    {
        ArgumentNullException.ThrowIfNull(library);
        return new ForgottenAutoencoder(library.Remove(nameOrFolder));
    }

    /// <summary>The autoencoder that is used when none is named, after choosing another one if one is given.</summary>
    /// <param name="library">Where.</param>
    /// <param name="chosen">The one to choose; null to leave it as it is.</param>
    /// <exception cref="LatentSharpException">There is no such autoencoder, it cannot be opened, or the list cannot be written.</exception>
    public static ChosenAutoencoder Default(AutoencoderLibrary library, string? chosen = null)
    {
        ArgumentNullException.ThrowIfNull(library);
        if (chosen is null) return new ChosenAutoencoder(ListedAutoencoder.Of(library.Find(null)));
        using (library.Acquire(library.Find(chosen)))
        {
            // A file that cannot be used is not made the default.
        }
        return new ChosenAutoencoder(ListedAutoencoder.Of(library.SetDefault(chosen)));
    }
}
