using LatentSharp.Server.Http;

namespace LatentSharp.Server.Generating;

/// <summary>An order under way.</summary>
internal sealed class Making : IProgress<JobProgress>, IDisposable
{
    private readonly CancellationTokenSource ended;
    private readonly CancellationTokenSource interrupted = new();

    /// <summary>An order that begins.</summary>
    internal Making(PictureOrder order, RequestFolder folder, CancellationToken cancellationToken)
    {
        (Order, Folder) = (order, folder);
        ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, interrupted.Token);
    }

    /// <summary>What is made.</summary>
    internal PictureOrder Order { get; }

    /// <summary>Where its files lie.</summary>
    internal RequestFolder Folder { get; }

    /// <summary>When it began.</summary>
    internal DateTimeOffset Started { get; } = DateTimeOffset.UtcNow;

    /// <summary>How far it is.</summary>
    internal JobProgress Progress { get; private set; }

    /// <summary>Who else is told; null for nobody.</summary>
    internal IProgress<JobProgress>? Listener { get; init; }

    /// <summary>Told a PNG file of the picture on the way; null for nobody.</summary>
    internal Action<byte[]>? Previewed { get; init; }

    /// <summary>Cancelled when the client goes or somebody interrupts.</summary>
    internal CancellationToken Token => ended.Token;

    /// <summary>Whether somebody interrupted it.</summary>
    internal bool IsInterrupted => interrupted.IsCancellationRequested;

    /// <summary>Ends it.</summary>
    internal void Interrupt() => interrupted.Cancel();

    /// <inheritdoc/>
    public void Report(JobProgress value)
    {
        Progress = value;
        Listener?.Report(value);
        if (Previewed is not null && Preview() is { } png) Previewed(png);
    }

    /// <summary>The newest preview as a PNG file; null where there is none yet.</summary>
    internal byte[]? Preview()
    {
        try
        {
            string? newest = Directory.EnumerateFiles(Folder.Path, "*.preview.png", SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc);
            return newest is null ? null : File.ReadAllBytes(newest);
        }
        catch (IOException)
        {
            return null;        // written anew at this moment, or gone with the folder
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ended.Dispose();
        interrupted.Dispose();
    }
}
