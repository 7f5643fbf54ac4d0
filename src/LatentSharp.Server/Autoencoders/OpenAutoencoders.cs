using LatentSharp.Autoencoders.Library;
using LatentSharp.Autoencoders.Pool;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Autoencoders;

/// <summary>
/// The autoencoders of this machine by name, open as long as they are used. A name is one that the library lists, or the id of a latent
/// space, which stands for an autoencoder that speaks it; a path is never one.
/// </summary>
internal sealed class OpenAutoencoders(ServerOptions options) : IDisposable
{
    private readonly AutoencoderPool pool = new();

    /// <summary>The library as it is on disk now. All that it lends stays open in the one pool.</summary>
    internal AutoencoderLibrary Library()
        => new(options.Home, [EmbeddedAutoencoder.BuiltIn], pool) { Models = [EmbeddedGenerator.BuiltIn] };

    /// <summary>What a name stands for; null or empty for the default.</summary>
    /// <exception cref="RefusedRequest">Nothing here has this name.</exception>
    internal LibraryEntry Find(string? name)
    {
        AutoencoderLibrary library = Library();
        IReadOnlyList<LibraryEntry> all = library.List();
        if (string.IsNullOrEmpty(name))
            return all.FirstOrDefault(e => e.IsDefault) ?? throw Missing("(the default)", all);
        return all.FirstOrDefault(e => e.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && e.Exists)
            ?? (LatentSpace.Find(name.ToLowerInvariant()) is { } space ? library.Fitting(space) : null) ?? throw Missing(name, all);
    }

    /// <summary>What a use case of the service takes as a name for an entry.</summary>
    internal static string Reference(LibraryEntry entry) => entry.Path ?? entry.Name;

    /// <summary>Takes an autoencoder into use. A file that was replaced since is opened anew.</summary>
    /// <exception cref="RefusedRequest">Nothing here has this name.</exception>
    /// <exception cref="LatentSharpException">It cannot be opened.</exception>
    internal AutoencoderLease Acquire(string? name) => pool.Acquire(Find(name));

    /// <summary>Names of this machine's autoencoders that speak a space, for an answer that says what would fit.</summary>
    internal IReadOnlyList<string> Fitting(LatentSpace space) => Library().Fitting(space) is { } entry ? [entry.Name] : [];

    /// <summary>Gives back what autoencoders keep between calls, for work that takes all the memory there is.</summary>
    internal void MakeRoom() => pool.EndSessions();

    public void Dispose() => pool.Dispose();

    private static RefusedRequest Missing(string name, IReadOnlyList<LibraryEntry> all)
        => new(StatusCodes.Status404NotFound, $"There is no autoencoder \"{QueryValues.Shown(name)}\" here.",
            $"There {(all.Count == 1 ? "is" : "are")} {string.Join(", ", all.Select(e => e.Name))}.", "autoencoder")
        { Expected = string.Join(", ", all.Select(e => e.Name)), Found = QueryValues.Shown(name) };
}
