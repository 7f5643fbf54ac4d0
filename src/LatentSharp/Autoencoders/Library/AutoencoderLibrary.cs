using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Autoencoders.Library;
using LatentSharp.Autoencoders.Opening;
using LatentSharp.Autoencoders.Pool;

namespace LatentSharp;

/// <summary>
/// The autoencoders of this machine by name: those that the program brings along, files registered under a name, and everything that lies
/// in the library's home and in registered folders (such as ComfyUI's <c>models/vae</c>). Nothing is ever downloaded.
/// </summary>
public sealed class AutoencoderLibrary
{
    /// <summary>The environment variable that moves the library's home.</summary>
    public const string HomeVariable = HomeFolder.Variable;

    /// <summary>The name of the autoencoder in the package LatentSharp.Embedded.</summary>
    public const string EmbeddedName = "embedded";

    /// <summary>The name of the identity for models that work on pixels.</summary>
    public const string PixelsName = "pixels";

    // Collections are often sorted into folders; in the home, folders below belong to programs, except for diffusers folders.
    private const int DepthInHome = 1, DepthInFolders = 2;

    private readonly IReadOnlyList<BuiltInAutoencoder> builtIn;
    private readonly AutoencoderPool? pool;
    private LibraryFile? read;

    /// <summary>
    /// A library. Its list is read when something of it is asked for: paths, and what the program brings along, need none.
    /// </summary>
    /// <param name="home">Its folder, which need not exist; null for the one that <see cref="HomeVariable"/> names, else a folder in the
    /// user's data folder.</param>
    /// <param name="builtIn">The autoencoders that the program brings along, such as <c>EmbeddedAutoencoder.BuiltIn</c> of the package
    /// LatentSharp.Embedded; the first is the default as long as no other was chosen. Null for none.</param>
    /// <param name="pool">What keeps autoencoders open between uses, for programs that run for a long time; null to close each after its
    /// use.</param>
    public AutoencoderLibrary(string? home = null, IReadOnlyList<BuiltInAutoencoder>? builtIn = null, AutoencoderPool? pool = null)
    {
        this.pool = pool;
        this.builtIn = [.. builtIn ?? [], new BuiltInAutoencoder(PixelsName, () => Autoencoder.Pixels)];
        Home = Path.GetFullPath(home ?? HomeFolder.Path);
    }

    /// <summary>The full path of the library's folder. Autoencoders that lie in it are found by their file names.</summary>
    public string Home { get; }

    /// <summary>
    /// The models that the program brings along, such as <c>EmbeddedGenerator.BuiltIn</c> of the package LatentSharp.Embedded.Generator;
    /// the first makes the pictures of requests that name none.
    /// </summary>
    public IReadOnlyList<BuiltInModel> Models { get; init; } = [];

    /// <summary>The registered folders, in the order in which they are searched (after <see cref="Home"/>).</summary>
    /// <exception cref="LatentSharpException">The list is damaged or unreadable.</exception>
    public IReadOnlyList<string> Folders => Listed.Folders;

    /// <summary>
    /// The name that is used when nothing is named: the one that was chosen, else that of the first built-in autoencoder; null when there
    /// is neither.
    /// </summary>
    /// <exception cref="LatentSharpException">The list is damaged or unreadable.</exception>
    public string? DefaultName => Listed.Default ?? (builtIn.Count > 1 ? builtIn[0].Name : null);

    /// <summary>
    /// Every autoencoder that can be named: those that are part of the library, the registered ones by name, then those in folders. A name
    /// that comes twice is listed once, as <see cref="Find"/> would resolve it.
    /// </summary>
    public IReadOnlyList<LibraryEntry> List()
    {
        var entries = builtIn.Select(Entry).ToList();
        foreach ((string name, string path) in Listed.Files) Add(name, path, LibrarySource.Registered);
        foreach (string folder in SearchedFolders())
            foreach (string path in AutoencodersIn(folder)) Add(WeightFileName.NameOf(path), path, LibrarySource.Folder);
        return entries;

        void Add(string name, string path, LibrarySource source)
        {
            if (!entries.Exists(e => Same(e.Name, name))) entries.Add(Entry(name, path, source));
        }
    }

    /// <summary>What a name or path stands for: nothing for the default, a path if there is such a file or folder, then registered names,
    /// then files in the home and in registered folders, with or without their extension.</summary>
    /// <exception cref="LatentSharpException">There is no such autoencoder; the message says what was looked for, where, and what to
    /// do.</exception>
    public LibraryEntry Find(string? nameOrPath)
    {
        string name = string.IsNullOrEmpty(nameOrPath) ? DefaultName ?? throw MissingAutoencoder.NoDefault() : nameOrPath;
        if (builtIn.FirstOrDefault(b => Same(b.Name, name)) is { } known) return Entry(known);
        if (Same(name, EmbeddedName)) throw MissingAutoencoder.NotBroughtAlong();
        if (File.Exists(name) || Directory.Exists(name))
            return new LibraryEntry(WeightFileName.NameOf(name), Path.GetFullPath(name), LibrarySource.Path, false);
        if (!IsPath(name))
        {
            if (Listed.Files.TryGetValue(name, out string? registered))
            {
                LibraryEntry entry = Entry(name, registered, LibrarySource.Registered);
                return entry.Exists ? entry : throw MissingAutoencoder.Moved(entry);
            }
            foreach (string folder in SearchedFolders())
                foreach (string path in AutoencodersIn(folder))
                    if (Same(WeightFileName.NameOf(path), name) || Same(Path.GetFileName(path), name)
                        || Same(Path.GetFileNameWithoutExtension(path), name))
                        return Entry(WeightFileName.NameOf(path), path, LibrarySource.Folder);
        }
        throw MissingAutoencoder.Of(name, IsPath(name), this);
    }

    /// <summary>Takes an autoencoder into use: of the pool where the library has one, else opened for this use. Dispose the lease when
    /// done.</summary>
    /// <exception cref="LatentSharpException">The file is damaged, or holds no autoencoder.</exception>
    public AutoencoderLease Acquire(LibraryEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (pool is not null) return pool.Acquire(entry);
        Autoencoder autoencoder = entry.Open();
        return new AutoencoderLease(entry.Name, autoencoder, autoencoder.Dispose);
    }

    /// <summary>Registers a file or a diffusers folder under a name; a name that was taken is replaced.</summary>
    /// <exception cref="LatentSharpException">There is no such file or folder, the name is reserved or looks like a path, or the list
    /// cannot be written.</exception>
    public LibraryEntry Register(string name, string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (Same(name, EmbeddedName) || builtIn.Any(b => Same(b.Name, name)))
            throw new LatentSharpException(ErrorKind.BadInput, name,
                "this name is reserved for an autoencoder that is part of the library.", "Choose another name.");
        if (IsPath(name)) throw new LatentSharpException(ErrorKind.BadInput, name, "a name cannot contain a path separator.", "Choose a name such as flux1.");
        if (!File.Exists(path) && !Directory.Exists(path)) throw MissingAutoencoder.Of(path, isPath: true, this);
        Change(f => f.Files[name] = Path.GetFullPath(path));
        return Entry(name, Listed.Files[name], LibrarySource.Registered);
    }

    /// <summary>Registers a folder whose autoencoders are then found by their file names.</summary>
    /// <exception cref="LatentSharpException">There is no such folder, or the list cannot be written.</exception>
    public string RegisterFolder(string path)
    {
        string full = Path.GetFullPath(path);
        if (File.Exists(full))
            throw new LatentSharpException(ErrorKind.BadInput, path, "this is a file, not a folder.",
                new Remedy(RemedyKind.RegisterAutoencoder, "Register the file itself.", path));
        if (!Directory.Exists(full))
            throw new LatentSharpException(ErrorKind.NotFound, path, "there is no such folder.",
                "Check the path; ComfyUI keeps autoencoders in models/vae, Forge in models/VAE.");
        if (!Listed.Folders.Contains(full)) Change(f => f.Folders.Add(full));
        return full;
    }

    /// <summary>Forgets a registered name or folder. Files are not touched.</summary>
    /// <returns>The path that was registered.</returns>
    /// <exception cref="LatentSharpException">Nothing is registered under this name, or the list cannot be written.</exception>
    public string Remove(string nameOrFolder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrFolder);
        if (Listed.Files.TryGetValue(nameOrFolder, out string? path))
        {
            Change(f => f.Files.Remove(nameOrFolder));
            if (Listed.Default is { } chosen && Same(chosen, nameOrFolder)) ForgetOrChoose(null);
            return path;
        }
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(nameOrFolder));
        string? folder = Listed.Folders.Find(f => Path.TrimEndingDirectorySeparator(f) == full);
        if (folder is null)
            throw new LatentSharpException(ErrorKind.NotFound, nameOrFolder,
                "nothing is registered under this name, and no such folder either.", new Remedy(RemedyKind.ListAutoencoders, "See what is registered."));
        Change(f => f.Folders.Remove(folder));
        return folder;
    }

    /// <summary>Chooses the autoencoder that is used when nothing is named.</summary>
    /// <exception cref="LatentSharpException">There is no such autoencoder, or the list cannot be written.</exception>
    public LibraryEntry SetDefault(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        LibraryEntry entry = Find(nameOrPath);
        ForgetOrChoose(entry.Name == builtIn[0].Name ? null : entry.Source == LibrarySource.Path ? entry.Path : entry.Name);
        return entry with { IsDefault = true };
    }

    /// <summary>
    /// An autoencoder of this machine that speaks a space for a better reason than an assumption: a registered one, one in a folder, one in
    /// another folder, or one that is part of the library.
    /// </summary>
    /// <param name="space">The space.</param>
    /// <param name="beside">Another folder to look in; null for none.</param>
    /// <returns>Null when there is none.</returns>
    public LibraryEntry? Fitting(LatentSpace space, string? beside = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        IEnumerable<LibraryEntry> others = beside is null ? []
            : AutoencodersIn(beside).Select(p => new LibraryEntry(WeightFileName.NameOf(p), p, LibrarySource.Path, false));
        IReadOnlyList<LibraryEntry> own = List();
        return own.Where(e => e.Path is not null).Concat(others).Concat(own.Where(e => e.Path is null)).FirstOrDefault(Speaks);

        bool Speaks(LibraryEntry entry)
        {
            if (!entry.Exists) return false;
            try
            {
                using AutoencoderLease lease = Acquire(entry);
                Autoencoder autoencoder = lease.Autoencoder;
                return autoencoder is { CanEncode: true, CanDecode: true } && autoencoder.Space == space
                    && autoencoder.Evidence is not [{ Source: EvidenceSource.Assumption }, ..];
            }
            catch (LatentSharpException)
            {
                return false;       // no autoencoder, or damaged: others may fit
            }
        }
    }

    private LibraryFile Listed => read ??= LibraryFile.Read(Home);

    internal IEnumerable<string> SearchedFolders() => Listed.Folders.Prepend(Home);

    /// <summary>
    /// Files with the extension of a weight file in a folder and the folders below it, and diffusers folders, in a stable order. Of a pair
    /// of files, NAME_encoder and NAME_decoder, the decoder stands for both.
    /// </summary>
    internal List<string> AutoencodersIn(string folder)
    {
        var found = new List<string>();
        if (!Directory.Exists(folder)) return found;
        var options = new EnumerationOptions
        {
            IgnoreInaccessible = true, RecurseSubdirectories = true,
            MaxRecursionDepth = folder == Home ? DepthInHome : DepthInFolders
        };
        foreach (string path in Directory.EnumerateFiles(folder, "*", options))
        {
            // A diffusers folder is one autoencoder, named after the folder.
            string parent = Path.GetDirectoryName(path)!;
            if (File.Exists(Path.Combine(parent, "config.json")) && parent != folder)
            {
                if (Path.GetFileName(path) == "config.json") found.Add(parent);
            }
            else if ((folder != Home || parent == folder) && WeightFileName.IsOne(path) && !WeightFileName.HasOtherHalf(path, "_encoder", "_decoder"))
            {
                found.Add(path);
            }
        }
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static bool IsPath(string text) => text.Contains(Path.DirectorySeparatorChar) || text.Contains(Path.AltDirectorySeparatorChar);

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private LibraryEntry Entry(BuiltInAutoencoder known)
        => new(known.Name, null, LibrarySource.Embedded, IsDefault(known.Name)) { BuiltIn = known };

    private LibraryEntry Entry(string name, string path, LibrarySource source) => new(name, path, source, IsDefault(name));

    // What is opened without the list is opened whether or not that can be read.
    private bool IsDefault(string name)
    {
        try
        {
            return DefaultName is { } chosen && Same(chosen, name);
        }
        catch (LatentSharpException)
        {
            return false;
        }
    }

    private void ForgetOrChoose(string? name) => read = LibraryFile.Change(Home, current => current with { Default = name });

    /// <summary>Changes the list as it is on disk now, not as it was when the library was opened.</summary>
    private void Change(Action<LibraryFile> change)
    {
        read = LibraryFile.Change(Home, current =>
        {
            change(current);
            return current;
        });
    }
}
