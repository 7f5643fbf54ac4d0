using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service.Files;

namespace LatentSharp.Service.ModelFolders;

/// <summary>Puts the parts that lie in folders together to pipelines.</summary>
/// <param name="files">What lies there.</param>
internal sealed class Pipelines(IReadOnlyList<ModelFile> files)
{
    /// <summary>Every diffusion model there is.</summary>
    public IEnumerable<(ModelFile File, ModelPart Model)> Models
        => files.SelectMany(f => f.Parts.Where(p => p.Kind == ModelPartKind.DiffusionModel).Select(p => (f, p)));

    /// <summary>A diffusion model with what it needs, as far as that is there.</summary>
    /// <param name="file">The file that it lies in.</param>
    /// <param name="model">Which part of the file it is.</param>
    /// <param name="more">What is needed beside that.</param>
    public PipelineFacts Of(ModelFile file, ModelPart model, params IEnumerable<PipelineNeed> more)
    {
        PipelineKind kind = PipelineKind.Of(model);
        return Put(NameOf(file), kind, [new PipelinePart("diffusion-model", "diffusion model", file.Path, [], null),
            .. kind.Needs.Concat(more).Select(n => Find(n, file))]);
    }

    /// <summary>A pipeline whose diffusion model is not there.</summary>
    public PipelineFacts Missing(PipelineKind kind) => Put(kind.Model, kind,
        [new PipelinePart("diffusion-model", "diffusion model", null, [], PublishedPart.Of(ModelPartKind.DiffusionModel, kind.Model)),
            .. kind.Needs.Select(n => Find(n, null))]);

    /// <summary>The name by which a diffusion model is called: of its file, or of the folder of its pipeline.</summary>
    public static string NameOf(ModelFile file)
    {
        string name = Path.GetFileName(file.Pipeline ?? file.Path);
        return file.Pipeline is null && File.Exists(file.Path) ? Path.GetFileNameWithoutExtension(name) : name;
    }

    private static PipelineFacts Put(string name, PipelineKind kind, IReadOnlyList<PipelinePart> parts)
        => new(name, kind.Model.Length == 0 ? null : kind.Model, kind.Title, kind.Space, parts.All(p => p.Path is not null), parts);

    private PipelinePart Find(PipelineNeed need, ModelFile? model)
    {
        if (need.Kind == ModelPartKind.Scheduler) return new PipelinePart(need.Name, need.Title, SchedulerOf(model!.Path), [], null);
        string[] found = [.. files.SelectMany(f => f.Parts.Where(p => Serves(p, need)).Select(p => (File: f, Part: p)))
            .OrderBy(c => Distance(c.File, model)).ThenBy(c => Array.IndexOf(need.Models, c.Part.Model) > 0)
            .ThenBy(c => c.Part.OtherSpaces is not null).ThenBy(c => c.Part.Tiny).ThenByDescending(c => Shared(c.File, model))
            .ThenBy(c => c.File.Parts.Count).ThenByDescending(c => c.File.Bytes).ThenBy(c => c.File.Path, StringComparer.Ordinal)
            .Select(c => c.File.Path).Distinct()];
        return new PipelinePart(need.Name, need.Title, found.FirstOrDefault(), [.. found.Skip(1)], found.Length > 0 ? null
            : need.Kind == ModelPartKind.Autoencoder ? PublishedPart.Autoencoder(LatentSpace.Find(need.Models[0])!)
            : PublishedPart.Of(need.Kind, need.Models[0]));
    }

    private static string? SchedulerOf(string path)
    {
        try
        {
            return PixelModel.Find(path)?.Scheduler;
        }
        catch (LatentSharpException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    private static bool Serves(ModelPart part, PipelineNeed need)
        => part.Kind == need.Kind && part.Decodes && (need.Kind == ModelPartKind.Autoencoder
        ? part.Space == need.Models[0] || (part.OtherSpaces?.Contains(need.Models[0]) ?? false) : need.Models.Contains(part.Model));

    // In the same file, in the same pipeline, elsewhere.
    private static int Distance(ModelFile file, ModelFile? model)
        => model is null ? 2 : file.Path == model.Path ? 0 : file.Pipeline is not null && file.Pipeline == model.Pipeline ? 1 : 2;

    // How many folders above both are the same ones: what lies in the same tree of models belongs together.
    private static int Shared(ModelFile file, ModelFile? model)
    {
        if (model is null) return 0;
        string[] a = file.Path.Split(Path.DirectorySeparatorChar), b = model.Path.Split(Path.DirectorySeparatorChar);
        return a.Zip(b).TakeWhile(p => RealPath.Comparer.Equals(p.First, p.Second)).Count();
    }
}
