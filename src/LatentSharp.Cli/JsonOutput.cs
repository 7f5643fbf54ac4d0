using System.Text.Encodings.Web;
using System.Text.Json;

namespace LatentSharp.Cli;

/// <summary>How results are written with <c>--json</c>: one indented document on standard output.</summary>
internal static class JsonOutput
{
    /// <summary>Characters outside ASCII are kept as they are: the output is read by people and programs, never pasted into HTML.</summary>
    internal static JsonWriterOptions Options { get; } = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
