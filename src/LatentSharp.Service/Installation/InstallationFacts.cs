namespace LatentSharp.Service.Installation;

/// <summary>What this installation has and sees of its machine: what a bug report needs to know.</summary>
/// <param name="Version">The version of the program.</param>
/// <param name="Commit">The commit that it was built from; null where that is not known.</param>
/// <param name="Runtime">The .NET version, or that it is a native program.</param>
/// <param name="System">The operating system.</param>
/// <param name="Processor">The processor architecture.</param>
/// <param name="Cores">How many threads compute when none are asked for.</param>
/// <param name="Vectors">The vectors that are computed with.</param>
/// <param name="WidestVectors">The widest vectors that this program has on this processor.</param>
/// <param name="MemoryBytes">The memory that may be used: the machine's, or the limit of the container.</param>
/// <param name="PictureLibrary">The picture library and its formats; null when it cannot be loaded.</param>
/// <param name="PictureProblem">Why the picture library cannot be loaded; null when it can.</param>
/// <param name="Home">The folder of the library of autoencoders.</param>
/// <param name="Default">The autoencoder that is used when none is named; null when there is none, or the list cannot be read.</param>
/// <param name="Folders">The registered folders.</param>
/// <param name="LibraryProblem">Why the list of registered autoencoders cannot be read; null when it can.</param>
/// <param name="Generators">The models that the program brings along; the first makes the pictures of requests that name none.</param>
public sealed record InstallationFacts(string Version, string? Commit, string Runtime, string System, string Processor, int Cores,
    string Vectors, string WidestVectors, long MemoryBytes,
    string? PictureLibrary, string? PictureProblem, string Home, string? Default, IReadOnlyList<string> Folders, string? LibraryProblem,
    IReadOnlyList<string> Generators);
