using System.CommandLine;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent dataset</c>: folders of pictures as latents that trainers read.</summary>
internal sealed class DatasetCommand : Command
{
    internal DatasetCommand() : base("dataset", "Data sets of latents, in the files that trainers read: encode, and keep what is right.")
    {
        Add(new DatasetEncodeCommand());
        Add(new DatasetStatusCommand());
        Add(new DatasetVerifyCommand());
        Add(new DatasetDiffCommand());
        Add(new DatasetPruneCommand());
        Add(new DatasetMergeCommand());
        Add(new DatasetExportCommand());
        Add(new DatasetSlurmCommand());
        Add(new DatasetKubernetesCommand());
    }
}
