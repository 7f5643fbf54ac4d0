namespace LatentSharp.Autoencoders.Catalogue;

/// <summary>Where a user's autoencoders, their list and catalogue lie when no other folder is named. Asking for it reads nothing.</summary>
internal static class HomeFolder
{
    /// <summary>The environment variable that moves it.</summary>
    public const string Variable = "LATENTSHARP_HOME";

    /// <summary>The folder that <see cref="Variable"/> names, else one in the user's data folder.</summary>
    public static string Path
    {
        get
        {
            string? home = Environment.GetEnvironmentVariable(Variable);
            if (!string.IsNullOrEmpty(home)) return home;
            string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify);
            return System.IO.Path.Combine(data.Length == 0 ? System.IO.Path.GetTempPath() : data, "latentsharp");
        }
    }
}
