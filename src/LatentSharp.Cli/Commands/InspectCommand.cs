using System.CommandLine;
using LatentSharp.Cli.Files;
using LatentSharp.Cli.Inspection;
using LatentSharp.Latents;
using LatentSharp.Weights;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent inspect</c></summary>
internal sealed class InspectCommand : LatentCommand
{
    private const long DigestUnasked = 64_000_000;

    private readonly Argument<string> file = new("FILE") { Description = "A weight file, a diffusers folder, a latent file or a picture." };
    private readonly Option<bool> digest = new("--digest") { Description = "Compute the SHA-256 of a large file too (of files up to 64 MB it always is)." };
    private readonly Option<bool> tensors = new("--tensors") { Description = "List every tensor." };

    internal InspectCommand() : base("inspect", "Say what a file is.", "latent inspect ae.safetensors", "latent inspect photo.latent.safetensors --json", "latent inspect ae.safetensors --tensors --digest")
    {
        Add(file);
        Add(digest);
        Add(tensors);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Report report, CancellationToken cancel)
    {
        string path = arguments.GetRequiredValue(file);
        if (!Directory.Exists(path)) path = InputFiles.Single(path, "*.safetensors");
        var facts = new FileFacts(path);
        if (File.Exists(path))
        {
            long bytes = new FileInfo(path).Length;
            facts.Add("bytes", bytes, $"{bytes:N0} bytes");
            if (bytes <= DigestUnasked || arguments.GetValue(digest)) facts.Add("sha256", Digest.OfFile(path));
        }
        if (File.Exists(path) && !FileContent.IsSafetensors(path) && PictureFacts.TryAdd(facts, path))
        {
            facts.Print(report);
            return;
        }
        using (WeightFile weights = WeightFiles.Open(path))
        {
            if (LatentFile.KindOf(weights) != LatentFileKind.None) LatentFacts.Add(facts, weights);
            else if (TensorImageFile.Is(weights)) TensorImageFacts.Add(facts, weights);
            else WeightFacts.Add(facts, weights);
            if (arguments.GetValue(tensors)) facts.AddTensors(weights);
        }
        facts.Print(report);
    }
}
