using System.Globalization;

namespace LatentSharp.Tests.Server.Load;

/// <summary>How long tests under load go on: shortly by themselves, as long as the targets say with LATENTSHARP_LONG=1, or as an own
/// variable says.</summary>
internal static class LoadLength
{
    /// <summary>A number of seconds or requests.</summary>
    internal static int Of(string variable, int brief, int full)
        => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture)
            : Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1" ? full : brief;
}
