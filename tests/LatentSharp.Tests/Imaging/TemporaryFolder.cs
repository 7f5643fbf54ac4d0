namespace LatentSharp.Tests.Imaging;

/// <summary>A folder that vanishes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("latentsharp-").FullName;

    public string this[string name] => Path.Combine(root, name);

    public string Root => root;

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
