using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli;

/// <summary>Prints a batch as it goes: a line for each file, what failed, and how it went.</summary>
/// <typeparam name="T">The result for one file.</typeparam>
/// <param name="output">Where it is printed.</param>
/// <param name="type">The JSON form of a result.</param>
/// <param name="print">Prints a result for people.</param>
internal sealed class BatchOutput<T>(Output output, JsonTypeInfo<T> type, Action<T> print) : IProgress<BatchItem> where T : BatchItem
{
    /// <inheritdoc/>
    public void Report(BatchItem value)
    {
        if (value is FailedItem failed)
        {
            if (output.JsonLines) output.Raw(failed, ServiceJson.Lines.FailedItem);
            output.Warn("failed: " + Said(failed));
        }
        else if (value is T done)
        {
            if (output.JsonLines) output.Raw(done, type);
            else print(done);
        }
    }

    /// <summary>The end of a batch: the autoencoder, the result as JSON where that was asked for, and how it went.</summary>
    /// <typeparam name="TResult">The result of the whole.</typeparam>
    /// <param name="result">The result as one object.</param>
    /// <param name="last">What the last of the lines of JSON says: the files have had their own.</param>
    /// <param name="types">The JSON of the result as a line, and as an object to read.</param>
    /// <param name="used">The autoencoder, and what was done with it: "encoded with"; null where there is none.</param>
    /// <param name="went">What failed, how it went, and what was done in a word: "encoded".</param>
    internal void End<TResult>(TResult result, TResult last, (JsonTypeInfo<TResult> Line, JsonTypeInfo<TResult> Readable) types,
        (string How, UsedAutoencoder With)? used, (IReadOnlyList<FailedItem> Failed, BatchOutcome Batch, string Done) went)
    {
        if (used is { } autoencoder) ShownAutoencoder.Print(autoencoder.How, autoencoder.With, output);
        if (output.JsonLines) output.Raw(last, types.Line);
        else output.Object(result, types.Readable);
        Summarise(went.Failed, went.Batch, went.Done);
    }

    /// <summary>How many were done, and again what failed, since it may have scrolled away.</summary>
    /// <param name="failures">What failed.</param>
    /// <param name="batch">How it went.</param>
    /// <param name="done">What was done, in a word: "encoded".</param>
    private void Summarise(IReadOnlyList<FailedItem> failures, BatchOutcome batch, string done)
    {
        if (batch.Total > 1 || batch.Failed > 0)
        {
            string skipped = batch.Skipped > 0 ? string.Create(CultureInfo.InvariantCulture, $", {batch.Skipped} were there already") : "";
            string text = string.Create(CultureInfo.InvariantCulture, $"{batch.Done} of {batch.Total} {done}{skipped}");
            int left = batch.Total - batch.Done - batch.Skipped - batch.Failed;
            if (batch.Cancelled) output.Warn($"latent: cancelled; {text}. What was written is whole; the same command goes on from there.");
            else if (batch.Failed == 0) output.Line(text);
            else output.Warn(string.Create(CultureInfo.InvariantCulture,
                $"latent: {text}; {batch.Failed} failed{(left > 0 ? $", and {left} were not tried because the disk is full" : "")}:"));
            foreach (FailedItem failed in failures) output.Warn("  " + Said(failed));
        }
        output.ExitCode = batch.Cancelled ? ExitCode.Cancelled : batch.Failed > 0 ? ExitCode.BadInput : ExitCode.Done;
    }

    private static string Said(FailedItem failed)
    {
        string message = Failure.Of(failed.Error).Message;
        return message.StartsWith(failed.Input, StringComparison.Ordinal) ? message : $"{failed.Input}: {message}";
    }
}
