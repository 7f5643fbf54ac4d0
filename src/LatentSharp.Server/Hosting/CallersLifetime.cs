using Microsoft.Extensions.Hosting;

namespace LatentSharp.Server.Hosting;

/// <summary>The caller starts and ends the service, and keeps the signals.</summary>
internal sealed class CallersLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
