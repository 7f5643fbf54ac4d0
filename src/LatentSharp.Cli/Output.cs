using System.Text.Json;

namespace LatentSharp.Cli;

/// <summary>Where a command says things: results on standard output, everything else on standard error.</summary>
internal sealed class Output(bool json, bool quiet)
{
    /// <summary>Whether the result is to be JSON.</summary>
    internal bool Json => json;

    /// <summary>Whether only errors are to be printed.</summary>
    internal bool Quiet => quiet;

    /// <summary>What the program returns when nothing is thrown: a result can be a refusal too.</summary>
    internal int ExitCode { get; set; }

    internal static void Print(Failure failure, bool json)
    {
        Console.Error.WriteLine("latent: " + failure.Message);
        if (!json) return;
        using Stream output = Console.OpenStandardOutput();
        failure.WriteJson(output);
    }

    /// <summary>A line of the result, for people.</summary>
    internal void Line(string text = "")
    {
        if (!json && !quiet) Console.Out.WriteLine(text);
    }

    /// <summary>Something worth knowing that is not the result.</summary>
    internal void Note(string text)
    {
        if (!quiet) Console.Error.WriteLine("note: " + text);
    }

    /// <summary>The result as one JSON object; nothing unless <see cref="Json"/>.</summary>
    internal void Object(Action<Utf8JsonWriter> members)
    {
        if (!json) return;
        using Stream output = Console.OpenStandardOutput();
        using (var writer = new Utf8JsonWriter(output, JsonOutput.Options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
    }
}
