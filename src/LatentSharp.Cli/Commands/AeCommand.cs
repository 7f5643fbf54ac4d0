using System.CommandLine;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae</c>: which autoencoders there are, and what they are called.</summary>
internal sealed class AeCommand : Command
{
    internal AeCommand() : base("ae", "The autoencoders on this machine: list, show, register, choose the default.")
    {
        Add(new AeListCommand());
        Add(new AeShowCommand());
        Add(new AeAddCommand());
        Add(new AeAddFolderCommand());
        Add(new AeRemoveCommand());
        Add(new AeDefaultCommand());
    }
}
