using System.Text.Json;

namespace LatentSharp.Cli;

/// <summary>Parts that come up in the JSON of several commands.</summary>
internal static class JsonParts
{
    /// <summary>An array of strings.</summary>
    internal static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>A size in pixels: width and height.</summary>
    internal static void Size(Utf8JsonWriter json, string name, (int Height, int Width) size)
    {
        json.WriteStartObject(name);
        json.WriteNumber("width", size.Width);
        json.WriteNumber("height", size.Height);
        json.WriteEndObject();
    }

    /// <summary>The dimensions of a latent: N, C, h, w.</summary>
    internal static void Shape(Utf8JsonWriter json, string name, Latent latent)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(latent.Batch);
        json.WriteNumberValue(latent.Channels);
        json.WriteNumberValue(latent.Height);
        json.WriteNumberValue(latent.Width);
        json.WriteEndArray();
    }

    /// <summary>A measured number; null when it is not finite, which JSON cannot say.</summary>
    internal static void Number(Utf8JsonWriter json, string name, double value, int digits)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, Math.Round(value, digits));
        else json.WriteNull(name);
    }
}
