namespace LatentSharp.Weights.Files;

/// <summary>An open weight file. The file is checked completely when it is opened; its tensors are read when they are needed.</summary>
public abstract class WeightFile : WeightSource, IDisposable
{
    /// <summary>The path of the file (of the index file for a sharded set); for a file in memory, what messages call it.</summary>
    public abstract string Path { get; }

    /// <summary>
    /// The container format: <c>safetensors</c>, <c>torch zip</c>, <c>torch legacy</c>, <c>gguf</c>, <c>sharded safetensors</c>,
    /// <c>numpy array</c>, <c>numpy archive</c>.
    /// </summary>
    public abstract string Format { get; }

    /// <inheritdoc/>
    public override string Name => Path;

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the file handle.</summary>
    protected abstract void Dispose(bool disposing);
}
