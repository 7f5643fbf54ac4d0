using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Generating;

/// <summary>Digests of everything that a picture is made from.</summary>
internal static class UsedFiles
{
    /// <summary>Reads all files once; large ones only where their digest is not remembered.</summary>
    public static List<UsedFile> Of(AutoencoderLibrary library, GenerateRequest request, OpenedAutoencoder autoencoder,
        IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        var remembered = new RememberedDigests(library.Home);
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        var files = new List<UsedFile>();
        Add("transformer", request.Parts.Transformer);
        foreach (Diffusion.Pipelines.LoraPart lora in request.Parts.Loras) Add("lora", lora.Path, lora.Strength);
        if (request.Conditioning is not null) Add("conditioning", request.Conditioning);
        if (request.Conditioning is null || request.Cfg > 1)
        {
            Add("clip", request.Parts.Clip);
            Add("t5", request.Parts.T5);
        }
        if (request.Redux is not null)
        {
            Add("redux", request.Redux);
            Add("redux-model", request.Parts.Redux);
            Add("image-encoder", request.Parts.ImageEncoder);
        }
        if (autoencoder.Digest is { } digest)
            files.Add(new UsedFile("autoencoder", Path.GetFileName(autoencoder.Facts.Path ?? autoencoder.Facts.Name), digest));
        Add("init", request.Init);
        Add("mask", request.Mask);
        foreach (string reference in request.References) Add("reference", reference);
        Add("control", request.Control);
        return files;

        void Add(string role, string? path, float? strength = null)
        {
            if (path is null) return;
            if (!known.TryGetValue(path, out string? found))
            {
                IProgress<double>? part = PartOfJob.Of(progress, 0, 0, $"digest of {Path.GetFileName(path)}");
                known[path] = found = File.Exists(path) && !path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
                    ? remembered.Sha256(path, part, cancellationToken) : remembered.Of(path, FilesOf(path), () => Contents(path));
            }
            files.Add(new UsedFile(role, Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), found, strength));
        }

        // What a folder or an index stands for is among the files beside it.
        static string[] FilesOf(string path)
        {
            string? folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path));
            return folder is null ? [] : [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        }

        string Contents(string path)
        {
            using WeightFile file = WeightFiles.Open(path);
            return ContentDigest.Compute(file, [DigestLevel.Exact], cancellationToken: cancellationToken)[0].Whole;
        }
    }
}
