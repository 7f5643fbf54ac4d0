using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Models;
using LatentSharp.Models.Flux;
using LatentSharp.Models.Vision;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>
/// FLUX.1 Redux: what SigLIP sees in a picture becomes text tokens (black-forest-labs/flux 802fb47, modules/image_embedders.py:
/// ReduxImageEncoder).
/// </summary>
internal sealed class FluxRedux
{
    private readonly WeightSource adapter, encoder;
    private readonly SiglipShapes shapes;
    private readonly int? heads;

    /// <summary>Opens both; nothing is computed.</summary>
    /// <param name="adapter">The file of the adapter.</param>
    /// <param name="encoder">A file with SigLIP's image encoder.</param>
    /// <param name="configuration">What shapes do not show; null for what lies beside the encoder.</param>
    /// <exception cref="LatentSharpException">A file is not what it has to be, or the two do not fit.</exception>
    public FluxRedux(WeightFile adapter, WeightFile encoder, string? configuration)
    {
        (this.adapter, this.encoder) = (adapter, SiglipVisionModel.Weights(encoder));
        shapes = SiglipShapes.From(this.encoder);
        // A configuration that only lies in the same folder may be another network's.
        heads = configuration is not null || shapes.Heads is null ? NetworkConfiguration.Beside(configuration, encoder).Heads : null;
        int width = ReduxEmbedder.Width(adapter);
        if (width != shapes.Width)
            throw new LatentSharpException(ErrorKind.Mismatch, encoder.Name,
                $"it sees {shapes.Width} features; the adapter {adapter.Name} takes {width}.",
                "The one of FLUX.1 Redux has 1,152: sigclip_vision_patch14_384.safetensors.");
        Context = ReduxEmbedder.Context(adapter);
    }

    /// <summary>The side in pixels of the pictures that it sees.</summary>
    public int Side => shapes.Side;

    /// <summary>Tokens of a picture.</summary>
    public int Tokens => shapes.Tokens;

    /// <summary>Features of a token.</summary>
    public int Context { get; }

    /// <summary>The tokens of a picture, [<see cref="Tokens"/>, <see cref="Context"/>].</summary>
    /// <param name="picture">Of its side, in [-1, 1].</param>
    /// <param name="compute">How it is computed.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LatentSharpException">The picture has another size, or the values are not finite.</exception>
    public float[] Encode(ImageTensor picture, ComputeOptions compute, IProgress<StepProgress>? progress,
        CancellationToken cancellationToken)
    {
        if (picture.Batch != 1)
            throw new LatentSharpException(ErrorKind.BadInput, "picture", $"one picture is seen at a time; these are {picture.Batch}.");
        float[] seen = Run(SiglipVisionModel.Of(encoder, picture.Height, picture.Width, heads), picture.Values);
        float[] tokens = Run(ReduxEmbedder.Of(adapter, Tokens), seen);
        return tokens.All(float.IsFinite) ? tokens : throw new LatentSharpException(ErrorKind.BadInput,
            seen.All(float.IsFinite) ? adapter.Name : encoder.Name, "it gives values that are not finite.",
            Remedy.Inspect(adapter.Name, "The file is damaged; get it anew."));

        float[] Run(NetworkGraph graph, float[] given)
        {
            var found = new float[graph.Outputs[0].Shape.Count];
            DefaultDevice.Compile(graph, compute with { KeepWeights = false }).Run(given, found, progress, cancellationToken);
            return found;
        }
    }
}
