using LatentSharp.Autoencoders.Opening;
using LatentSharp.Weights.Files;

namespace LatentSharp;

public sealed partial class Autoencoder
{
    /// <summary>
    /// Opens an autoencoder from a stream; all of it is read into memory now, and the stream may be closed afterwards. A file on disk is
    /// better opened by its path.
    /// </summary>
    /// <param name="stream">A weight file of any supported container: safetensors, a torch checkpoint or GGUF, from the stream's position
    /// on.</param>
    /// <param name="options">A name, for messages too; the family when it is known.</param>
    /// <exception cref="LatentSharpException">The stream fails, or holds no autoencoder; the message names it.</exception>
    public static Autoencoder Open(Stream stream, AutoencoderOptions? options = null)
        => new(AutoencoderOpening.Own(WeightFiles.Open(stream, options?.Name), options ?? new AutoencoderOptions()));

    /// <summary>
    /// Opens an autoencoder from the bytes of a weight file, which are read in place: they must not change as long as it is used. A
    /// <c>byte[]</c> converts to the parameter's type.
    /// </summary>
    /// <param name="bytes">The whole file: safetensors, a torch checkpoint or GGUF.</param>
    /// <param name="options">A name, for messages too; the family when it is known.</param>
    /// <exception cref="LatentSharpException">The bytes hold no autoencoder.</exception>
    public static Autoencoder Open(ReadOnlyMemory<byte> bytes, AutoencoderOptions? options = null)
        => new(AutoencoderOpening.Own(WeightFiles.Open(bytes, options?.Name ?? BytesInMemory.Bytes), options ?? new AutoencoderOptions()));
}
