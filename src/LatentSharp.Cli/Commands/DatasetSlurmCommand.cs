using System.CommandLine;
using LatentSharp.Service.Datasets;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent dataset slurm</c></summary>
internal sealed class DatasetSlurmCommand : LatentCommand
{
    private readonly ClusterOptions options = new();
    private readonly Option<string?> time = new("--time") { Description = "The longest that a task may run, such as 4:00:00.", HelpName = "TIME" },
        partition = new("--partition") { Description = "The partition.", HelpName = "NAME" };

    internal DatasetSlurmCommand() : base("slurm", "Write the batch script that encodes a data set as a Slurm job array.",
        "latent dataset slurm photos -o latents --format kohya --ae ae.safetensors --parts 32 --cores 8 --script encode.sh",
        "latent dataset slurm photos -o latents --parts 16 --time 4:00:00 --partition cpu > encode.sh")
    {
        options.AddTo(this);
        Add(time);
        Add(partition);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        ClusterScript script = WriteClusterScript.Slurm(options.Request(arguments, here: true), arguments.GetValue(time),
            arguments.GetValue(partition));
        options.Print(arguments, output, script, "sbatch");
        output.Object(script, ServiceJson.Readable.ClusterScript);
    }
}
