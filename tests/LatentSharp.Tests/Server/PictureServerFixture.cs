using LatentSharp.Server;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Server;

/// <summary>A service with a model that makes pictures: the small FLUX.1 of the golden data, laid out as ComfyUI has it.</summary>
public class PictureServerFixture : ServerFixture
{
    private readonly DirectoryInfo models = Directory.CreateTempSubdirectory("latent-server-models-");

    /// <summary>Whether the golden data are there.</summary>
    internal static bool HasModel => Shared.Available && File.Exists(Shared.Path("golden/end-to-end/flux-tiny-e2e-schnell.safetensors"));

    private protected override ServerOptions Options(AutoencoderLibrary library)
    {
        if (!HasModel) return base.Options(library);
        SmallModels.Comfy(models.FullName);
        library.RegisterFolder(models.FullName);
        return new ServerOptions { Model = "flux1-schnell" };
    }
}
