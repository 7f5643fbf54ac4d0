using Microsoft.Extensions.Logging;

namespace LatentSharp.Extensions.DependencyInjection;

/// <summary>What is logged, under the category <c>LatentSharp</c>.</summary>
internal static partial class Log
{
    public const string Category = "LatentSharp";

    [LoggerMessage(1, LogLevel.Information, "Opened {Autoencoder} ({Family}, latent space {Space}) in {Milliseconds:0} ms: {Path}")]
    public static partial void Opened(ILogger logger, string autoencoder, string family, string space, double milliseconds, string path);

    [LoggerMessage(2, LogLevel.Information, "{Autoencoder}: {Note}")]
    public static partial void Note(ILogger logger, string autoencoder, string note);

    [LoggerMessage(3, LogLevel.Debug, "{Autoencoder}: encoded {Pictures} of {Width} x {Height} in {Milliseconds:0} ms")]
    public static partial void Encoded(ILogger logger, string autoencoder, int pictures, int width, int height, double milliseconds);

    [LoggerMessage(4, LogLevel.Debug, "{Autoencoder}: decoded {Pictures} of {Width} x {Height} in {Milliseconds:0} ms")]
    public static partial void Decoded(ILogger logger, string autoencoder, int pictures, int width, int height, double milliseconds);

    [LoggerMessage(5, LogLevel.Warning, "{Autoencoder} refused to {What}: {Reason}")]
    public static partial void Refused(ILogger logger, string autoencoder, string what, string reason);
}
