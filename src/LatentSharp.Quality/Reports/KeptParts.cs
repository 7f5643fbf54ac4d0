using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LatentSharp.Quality.Reports;

/// <summary>
/// The parts of a report that are finished. One that does not fit is computed again, whoever wrote it: another version, a disk that was
/// full, a hand.
/// </summary>
internal sealed class KeptParts(IReportStore store)
{
    /// <summary>A part from the store, or computed and kept.</summary>
    /// <param name="key">What it is called in the store.</param>
    /// <param name="type">Its JSON.</param>
    /// <param name="fits">Whether what was read is what would be computed; members may be null in it.</param>
    /// <param name="compute">Computes it; null for what cannot be measured here, which is not kept.</param>
    /// <param name="again">Compute it in any case.</param>
    public T? Of<T>(string key, JsonTypeInfo<T> type, Func<T, bool> fits, Func<T?> compute, bool again = false) where T : class
    {
        if (!again && Read(key, type) is { } kept && fits(kept)) return kept;
        T? result = compute();
        if (result is not null) store.Write(key, JsonSerializer.Serialize(result, type));
        return result;
    }

    private T? Read<T>(string key, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return store.Read(key) is { } text ? JsonSerializer.Deserialize(text, type) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
