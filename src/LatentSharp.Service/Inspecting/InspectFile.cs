using LatentSharp.Autoencoders.Library;
using LatentSharp.Latents;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;
using LatentSharp.Service.ModelFolders;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Inspecting;

/// <summary>Says what a file is.</summary>
public static class InspectFile
{
    /// <summary>Files up to this many bytes are read whole without being asked.</summary>
    internal const long DigestUnasked = 64_000_000;

    /// <summary>Looks at a weight file, a diffusers folder, a latent file, a picture, or an autoencoder by name.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to look at.</param>
    /// <param name="cancellationToken">Ends the computing of digests.</param>
    /// <exception cref="LatentSharpException">There is no such thing, it cannot be read, or it is damaged.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static InspectResult Run(AutoencoderLibrary library, InspectRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        string path = request.File;
        if (path.Length == 0) throw new LatentSharpException(ErrorKind.Usage, "", "an empty name stands for nothing.", "Name a file.");
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            if (BuiltInPipelines.Find(library, path, cancellationToken) is { } brought) return Show(brought, request, cancellationToken);
            if (Named(library, path) is { } entry) return Show(entry, request, cancellationToken);
            using InputFiles inputs = InputFiles.Find(InputSelection.Of(path), InputKind.Files);
            if (inputs.All is not [{ } only])
                throw new LatentSharpException(ErrorKind.Usage, path, "this stands for several files; one is expected.", "Name one of them.");
            path = only.Path;
        }
        return OfPath(path, request, cancellationToken);
    }

    /// <summary>What an autoencoder is and where it lies.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="nameOrPath">Which one; null for the default.</param>
    /// <param name="cancellationToken">Ends the computing of digests.</param>
    /// <exception cref="LatentSharpException">There is no such autoencoder, or it is damaged.</exception>
    public static InspectResult Show(AutoencoderLibrary library, string? nameOrPath, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        return Show(library.Find(nameOrPath), new InspectRequest { File = "" }, cancellationToken);
    }

    private static InspectResult Show(LibraryEntry entry, InspectRequest request, CancellationToken cancellationToken)
    {
        InspectResult result;
        if (entry.Path is not null)
        {
            result = OfPath(entry.Path, request, cancellationToken);
        }
        else
        {
            using Autoencoder autoencoder = entry.Open();
            result = InspectedWeights.Of(new InspectResult { File = entry.Name, Notes = [] }, autoencoder.Weights, "safetensors",
                entry.Open, request, cancellationToken);
        }
        return result with { Listed = ListedAutoencoder.Of(entry) };
    }

    // Its transformer, which is most of it, and where the rest lies.
    private static InspectResult Show(PipelineFacts brought, InspectRequest request, CancellationToken cancellationToken)
    {
        InspectResult found = OfPath(brought.PathOf("diffusion-model")!, request, cancellationToken);
        string others = string.Join(", ", brought.Parts.Skip(1).Select(p => $"{p.Title} ({p.Path})"));
        return found with { Notes = [$"the transformer of {brought.Name}, {brought.Title}, which the program brings along with {others}"] };
    }

    // A name of the library that is not a file at the same time.
    private static LibraryEntry? Named(AutoencoderLibrary library, string name)
    {
        try
        {
            return library.Find(name);
        }
        catch (LatentSharpException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    private static InspectResult OfPath(string path, InspectRequest request, CancellationToken cancellationToken)
    {
        var result = new InspectResult { File = path, Notes = [] };
        if (File.Exists(path))
        {
            long bytes = Length(path);
            result = result with
            {
                Bytes = bytes,
                Sha256 = bytes <= DigestUnasked || request.Digest ? FileDigest.Sha256(path, null, cancellationToken) : null
            };
            if (!FileContent.IsSafetensors(path) && InspectedPicture.TryOf(result, path) is { } picture) return picture;
        }
        using WeightFile weights = WeightFiles.Open(path);
        InspectResult full = LatentFile.KindOf(weights) != LatentFileKind.None ? InspectedLatent.Of(result, weights)
            : TensorImageFile.Is(weights) ? InspectedLatent.OfImages(result, weights)
            : InspectedWeights.Of(result, weights, weights.Format, () => Autoencoder.Open(weights.Path), request, cancellationToken);
        if (!request.Tensors) return full;
        return full with
        {
            TensorsListed =
                [.. weights.Tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal)
                    .Select(t => new TensorFacts(t.Name, t.Type.Name(), [.. t.Shape.Dimensions]))],
        };
    }

    // Of a link that is what it leads to.
    private static long Length(string path)
    {
        using FileStream stream = RegularFile.OpenRead(path);
        return stream.Length;
    }
}
