namespace LatentSharp.Vulkan.Kernels;

/// <summary>The compiled shaders, which lie in the assembly.</summary>
internal static class Shader
{
    /// <summary>The names of all.</summary>
    public static IEnumerable<string> Names => typeof(Shader).Assembly.GetManifestResourceNames()
        .Where(n => n.EndsWith(".spv", StringComparison.Ordinal)).Select(n => n["LatentSharp.Vulkan.".Length..^".spv".Length]);

    /// <summary>The words of SPIR-V.</summary>
    public static byte[] Read(string name)
    {
        using Stream stream = typeof(Shader).Assembly.GetManifestResourceStream($"LatentSharp.Vulkan.{name}.spv")!;
        var code = new byte[stream.Length];
        stream.ReadExactly(code);
        return code;
    }
}
