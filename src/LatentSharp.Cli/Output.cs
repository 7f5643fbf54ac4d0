using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LatentSharp.Cli;

/// <summary>
/// Where a command says things: results on standard output, everything else on standard error. All that is shown goes through here.
/// </summary>
internal sealed class Output(Surroundings surroundings, bool json, bool quiet)
{
    private ProgressDisplay? progress;

    /// <summary>Whether the result is to be JSON.</summary>
    internal bool Json => json;

    /// <summary>Whether results are lines of JSON, so that nothing else may stand between them.</summary>
    internal bool JsonLines { get; init; }

    /// <summary>What the program returns when nothing is thrown: a result can be a refusal too.</summary>
    internal int ExitCode { get; set; }

    /// <summary>Where progress is shown; null when nothing but errors is to be printed.</summary>
    internal IProgress<JobProgress>? Progress(string what)
        => quiet ? null : progress = new ProgressDisplay(surroundings.Error, surroundings.Columns, what);

    /// <summary>A line of the result, for people.</summary>
    internal void Line(string text = "")
    {
        if (json || quiet || JsonLines) return;
        progress?.Clear();
        surroundings.Output.WriteLine(ShownText.Of(text));
    }

    /// <summary>A text that is the result, as it is: a script.</summary>
    internal void Text(string text)
    {
        if (!json) surroundings.Output.Write(text);
    }

    /// <summary>Something worth knowing that is not the result.</summary>
    internal void Note(string text)
    {
        if (!quiet) Warn("note: " + text);
    }

    /// <summary>What is about to be done, on standard error, for people who wait.</summary>
    internal void Say(string text)
    {
        if (!quiet) Warn(text);
    }

    /// <summary>Something that went wrong while other things were done.</summary>
    internal void Warn(string text)
    {
        progress?.Clear();
        surroundings.Error.WriteLine(ShownText.Of(text));
    }

    /// <summary>The result as one JSON object; nothing unless <see cref="Json"/>.</summary>
    internal void Object<T>(T value, JsonTypeInfo<T> type)
    {
        if (json) Raw(value, type);
    }

    /// <summary>A value as JSON, whatever was asked for.</summary>
    internal void Raw<T>(T value, JsonTypeInfo<T> type)
    {
        progress?.Clear();
        surroundings.Output.WriteLine(JsonSerializer.Serialize(value, type));
    }

    /// <summary>The end of the command: no bar is left standing.</summary>
    internal void End() => progress?.Clear();

    /// <summary>An error: a message for people, and an object too when JSON was asked for.</summary>
    internal static void Print(Failure failure, bool json, Surroundings surroundings)
    {
        surroundings.Error.WriteLine("latent: " + ShownText.Of(failure.Message));
        if (json) surroundings.Output.WriteLine(JsonSerializer.Serialize(failure.Document, CommandJson.Readable.ErrorDocument));
    }
}
