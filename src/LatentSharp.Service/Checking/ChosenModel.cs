using LatentSharp.Autoencoders.Checks;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Checking;

/// <summary>The diffusion model that someone names: a checkpoint, or a model by name.</summary>
internal static class ChosenModel
{
    /// <summary>The model of a name, or the one in a file.</summary>
    /// <exception cref="LatentSharpException">The name is not known, or the file holds no diffusion model that is.</exception>
    internal static ModelHint Of(string nameOrPath)
    {
        bool isPath = File.Exists(nameOrPath) || Directory.Exists(nameOrPath)
            || nameOrPath.AsSpan().ContainsAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        if (!isPath) return ModelHint.Named(nameOrPath);
        using WeightFile checkpoint = WeightFiles.Open(nameOrPath);
        return ModelHint.Of(checkpoint);
    }
}
