using System.Text.Json;
using LatentSharp.Diffusion.Discrete;
using LatentSharp.Models.Pixel;
using LatentSharp.Weights.Files;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>
/// Where the parts of a model on pixels lie, as diffusers lays them out: <c>google/ddpm-*</c> has all in one folder, today's pipelines have
/// folders <c>unet</c> and <c>scheduler</c>.
/// </summary>
/// <param name="UNet">The weights.</param>
/// <param name="Configuration">What their shapes do not show; null where nothing says it.</param>
/// <param name="Scheduler">The settings of the scheduler.</param>
internal sealed record PixelModel(string UNet, string? Configuration, string Scheduler)
{
    private const string Index = "model_index.json", SchedulerFile = "scheduler_config.json";

    /// <summary>What a path stands for; null where that is no model on pixels.</summary>
    /// <param name="path">A folder or a weight file.</param>
    /// <exception cref="LatentSharpException">It is one, and a part of it is missing.</exception>
    public static PixelModel? Find(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path) && !File.Exists(path)) return null;
        string folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        string? weights = File.Exists(path) ? path : WeightsIn(path);
        if (weights is null)
            return Says(Path.Combine(path, Index), "DDPMPipeline", "DDIMPipeline") ? throw Missing(path,
                "its weights (unet/diffusion_pytorch_model.safetensors or .bin with a config.json beside)",
                [Path.Combine(path, "unet"), path]) : null;
        string beside = Path.GetDirectoryName(Path.GetFullPath(weights))!, above = Path.GetDirectoryName(beside) ?? beside;
        string config = Path.Combine(beside, ConfiguredWeights.ConfigKey);
        if (File.Exists(path) ? !HoldsUNet(path) : !Says(config, "UNet2DModel")) return null;
        string[] places = [.. new[] { folder, Path.Combine(folder, "scheduler"), beside, above, Path.Combine(above, "scheduler") }
            .Select(p => Path.Combine(p, SchedulerFile)).Distinct()];
        return new PixelModel(weights, File.Exists(config) ? config : null, places.FirstOrDefault(File.Exists)
            ?? throw Missing(path, $"its scheduler ({SchedulerFile})", places));
    }

    /// <summary>The schedule, and the method that it is made for.</summary>
    /// <exception cref="LatentSharpException">The settings cannot be read, or ask for what is not computed here.</exception>
    public (DiscreteSchedule Schedule, DiscreteMethod Method) ReadScheduler()
    {
        try
        {
            using JsonDocument page = JsonDocument.Parse(File.ReadAllText(Scheduler));
            bool ddim = page.RootElement.TryGetProperty("_class_name", out JsonElement name) && name.GetString() == "DDIMScheduler";
            return (DiscreteSchedule.Of(Scheduler, page.RootElement), ddim ? DiscreteMethod.Ddim : DiscreteMethod.Ddpm);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or IOException
            or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, Scheduler, $"the scheduler's settings cannot be read: {error.Message}",
                inner: error);
        }
    }

    private static string? WeightsIn(string folder)
        => WeightFiles.InFolder(Path.Combine(folder, "unet")) ?? WeightFiles.InFolder(folder);

    private static bool HoldsUNet(string path)
    {
        try
        {
            using WeightFile file = WeightFiles.Open(path);
            return UNet2DWeights.IsIn(file);
        }
        catch (LatentSharpException)
        {
            // Whoever opens it for something else says what is wrong.
            return false;
        }
    }

    // Whether the class that a file of settings names is one of these.
    private static bool Says(string path, params ReadOnlySpan<string> classes)
    {
        if (!File.Exists(path)) return false;
        try
        {
            using JsonDocument page = JsonDocument.Parse(File.ReadAllText(path));
            return page.RootElement.TryGetProperty("_class_name", out JsonElement name) && classes.Contains(name.GetString()!);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static LatentSharpException Missing(string path, string what, IEnumerable<string> places)
        => new(ErrorKind.NotFound, path, $"{what} is missing; looked for at {string.Join(", ", places)}.", "Fetch the whole folder of the model.");
}
