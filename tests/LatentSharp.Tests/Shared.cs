namespace LatentSharp.Tests;

/// <summary>The folder <c>shared</c> that may lie beside the repository: golden data, models and photographs too large to commit.</summary>
internal static class Shared
{
    private static readonly string? Root = Find();

    /// <summary>Whether the folder is there.</summary>
    public static bool Available => Root is not null;

    /// <summary>The path of a file or folder under <c>shared</c>; skips the running test when the folder is absent.</summary>
    public static string Path(string relative)
    {
        Require();
        return System.IO.Path.Combine(Root!, relative.Replace('/', System.IO.Path.DirectorySeparatorChar));
    }

    /// <summary>Skips the running test when the folder <c>shared</c>, or one of the given files in it, is absent.</summary>
    public static void Require(params string[] relative)
    {
        if (Root is null) Assert.Skip("the folder `shared` with the golden data is not beside the repository");
        foreach (string file in relative)
        {
            string path = System.IO.Path.Combine(Root, file);
            if (!File.Exists(path) && !Directory.Exists(path)) Assert.Skip($"shared/{file} is absent");
        }
    }

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(System.IO.Path.Combine(candidate, "golden"))) return candidate;
        }
        return null;
    }
}
