using System.CommandLine;
using System.Text.Json;
using LatentSharp.Autoencoders.Library;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae list</c></summary>
internal sealed class AeListCommand : LatentCommand
{
    internal AeListCommand() : base("list", "List the autoencoders that can be named with --ae.", "latent ae list", "latent ae list --json")
    {
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        var library = CommandLine.Library();
        IReadOnlyList<LibraryEntry> entries = library.List();
        int width = entries.Max(e => e.Name.Length) + 2;
        foreach (LibraryEntry entry in entries)
        {
            string place = entry.Path is null ? "part of latent" : entry.Exists ? entry.Path : entry.Path + " (missing)";
            report.Line($"{(entry.IsDefault ? "* " : "  ")}{entry.Name.PadRight(width)}{place}");
        }
        report.Line();
        report.Line($"home     {library.Home}");
        foreach (string folder in library.Folders) report.Line($"folder   {folder}{(Directory.Exists(folder) ? "" : " (missing)")}");
        report.Line("* is used when --ae is not given; `latent ae default NAME` changes it.");
        report.Object(json =>
        {
            json.WriteString("home", library.Home);
            json.WriteString("default", library.DefaultName);
            json.WriteStartArray("folders");
            foreach (string folder in library.Folders) json.WriteStringValue(folder);
            json.WriteEndArray();
            json.WriteStartArray("autoencoders");
            foreach (LibraryEntry entry in entries) Write(json, entry);
            json.WriteEndArray();
        });
    }

    internal static void Write(Utf8JsonWriter json, LibraryEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("name", entry.Name);
        json.WriteString("path", entry.Path);
        json.WriteString("source", entry.Source.ToString().ToLowerInvariant());
        json.WriteBoolean("default", entry.IsDefault);
        json.WriteBoolean("exists", entry.Exists);
        json.WriteEndObject();
    }
}
