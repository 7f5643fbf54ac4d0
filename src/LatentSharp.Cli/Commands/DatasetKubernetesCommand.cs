using System.CommandLine;
using LatentSharp.Service.Datasets;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent dataset kubernetes</c></summary>
internal sealed class DatasetKubernetesCommand : LatentCommand
{
    private readonly ClusterOptions options = new();
    private readonly Option<string> image = new("--image") { Description = "The container image that has latent.", HelpName = "IMAGE", Required = true },
        claim = new("--claim")
        {
            Description = "The claim of the volume with the pictures; the data set is written there too.", HelpName = "NAME", Required = true,
        },
        mount = new("--mount") { Description = "Where the volume is mounted.", HelpName = "PATH", DefaultValueFactory = _ => "/data" };

    internal DatasetKubernetesCommand() : base("kubernetes", "Write the manifest that encodes a data set as an Indexed Job of Kubernetes.",
        "latent dataset kubernetes /data/photos -o /data/latents --image registry/latent --claim pictures --parts 32 --script job.yaml")
    {
        options.AddTo(this);
        foreach (Option option in (Option[])[image, claim, mount]) Add(option);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        ClusterScript script = WriteClusterScript.Kubernetes(options.Request(arguments, here: false), arguments.GetRequiredValue(image),
            arguments.GetRequiredValue(claim), arguments.GetRequiredValue(mount));
        options.Print(arguments, output, script, "kubectl create -f");
        output.Object(script, ServiceJson.Readable.ClusterScript);
    }
}
