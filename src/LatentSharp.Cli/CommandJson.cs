using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli;

/// <summary>An error as <c>--json</c> prints it.</summary>
/// <param name="Error">The error.</param>
internal sealed record ErrorDocument(CommandError Error);

/// <summary>An error with what only the command line knows: its exit code and what to type.</summary>
/// <param name="Kind"><c>usage</c>, <c>bad-input</c>, <c>not-found</c>, <c>mismatch</c>, <c>cancelled</c> or <c>defect</c>.</param>
/// <param name="ExitCode">What the program returns.</param>
/// <param name="Where">The file, option or value concerned; empty when there is none.</param>
/// <param name="What">What is wrong: what was expected and what was found.</param>
/// <param name="Remedy">What can be done about it, as a value; null when nothing sensible can be said.</param>
/// <param name="Next">The same in words, with what to type.</param>
/// <param name="Message">All of it in one text.</param>
internal sealed record CommandError(string Kind, int ExitCode, string Where, string What, Remedy? Remedy, string? Next, string Message);

/// <summary>The keys of the service that a command speaks of.</summary>
/// <param name="Keys">Each with its name and what it allows; a new one with the key itself.</param>
internal sealed record KeysDocument(IReadOnlyList<ShownKey> Keys);

/// <summary>A key of the service.</summary>
/// <param name="Name">Who uses it.</param>
/// <param name="Scope"><c>read</c>, <c>compute</c> or <c>admin</c>.</param>
/// <param name="Key">The key itself, when it was just made.</param>
internal sealed record ShownKey(string Name, string Scope, string? Key = null);

/// <summary>Where the service listens.</summary>
/// <param name="Addresses">URLs with the ports that were really taken.</param>
internal sealed record ServingDocument(IReadOnlyList<string> Addresses);

/// <summary>The JSON that only the command line writes; everything else is <see cref="ServiceJson"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(KebabEnum<RemedyKind>)])]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(KeysDocument))]
[JsonSerializable(typeof(ServingDocument))]
internal sealed partial class CommandJson : JsonSerializerContext
{
    private static readonly Lazy<CommandJson> readable =
        new(() => new CommandJson(
            new JsonSerializerOptions(((JsonSerializerContext)Default!).Options)
            {
                WriteIndented = true,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping
            }));

    /// <summary>Written as results are.</summary>
    internal static CommandJson Readable => readable.Value;
}
