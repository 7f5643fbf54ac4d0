namespace LatentSharp.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its root folder.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>The full path of a file or folder in it.</summary>
    internal static string Path(string relative)
        => System.IO.Path.Combine(Root, relative.Replace('/', System.IO.Path.DirectorySeparatorChar));

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "LatentSharp.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException($"no LatentSharp.slnx above {AppContext.BaseDirectory}");
    }
}
