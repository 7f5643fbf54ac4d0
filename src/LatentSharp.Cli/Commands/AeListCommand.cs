using System.CommandLine;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae list</c></summary>
internal sealed class AeListCommand : LatentCommand
{
    internal AeListCommand() : base("list", "List the autoencoders that can be named with --ae.", "latent ae list", "latent ae list --json")
    {
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        AutoencoderList list = ManageLibrary.List(Library(arguments), cancellationToken);
        int name = list.Autoencoders.Max(a => a.Name.Length) + 2, kind = list.Autoencoders.Max(a => Kind(a).Length) + 2;
        foreach (ListedAutoencoder a in list.Autoencoders)
        {
            string place = a.Path is null ? "part of latent" : a.Exists ? a.Path : a.Path + " (missing)";
            output.Line($"{(a.Default ? "* " : "  ")}{a.Name.PadRight(name)}{Kind(a).PadRight(kind)}{place}");
        }
        output.Line();
        output.Line($"home     {list.Home}");
        foreach (string folder in list.Folders) output.Line($"folder   {folder}{(Directory.Exists(folder) ? "" : " (missing)")}");
        output.Line("* is used when --ae is not given; `latent ae default NAME` changes it.");
        output.Object(list, ServiceJson.Readable.AutoencoderList);
    }

    private static string Kind(ListedAutoencoder a)
        => a.Family is null ? "cannot be opened" : a.Family == a.Space ? a.Family : $"{a.Family}, space {a.Space}";
}
