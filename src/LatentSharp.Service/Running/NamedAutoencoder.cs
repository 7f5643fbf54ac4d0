using LatentSharp.Graph;

namespace LatentSharp.Service.Running;

/// <summary>
/// The two halves of an autoencoder under the names of the references. Pictures are as the network takes them, in [-1, 1], those of TAESD
/// in [0, 1]; no side is continued and no value clamped. <c>latent</c> and <c>z</c> are what diffusion models see, scale and shift applied;
/// <c>sampled</c> is what the network itself takes.
/// </summary>
internal static class NamedAutoencoder
{
    /// <summary>The names under which an encoder's or a decoder's input is found.</summary>
    public const string Image = "image", Latent = "latent", Z = "z", Sampled = "sampled";

    /// <summary>
    /// The encoder: <c>image</c> to <c>moments</c>, <c>mean</c>, <c>logvar</c> where there is a posterior, else <c>encoded</c>, and to
    /// <c>latent</c>.
    /// </summary>
    /// <exception cref="LatentSharpException">There is no encoder, or the picture is none that it takes.</exception>
    public static NamedNetwork Encoder(Autoencoder autoencoder, NamedTensors inputs)
    {
        (_, int height, int width) = inputs.Picture(Image);
        // Where the references round down there is nothing to compute below the factor.
        if (height < autoencoder.Space.Factor || width < autoencoder.Space.Factor)
            throw inputs.Refuse($"{Image} is {width}x{height}; {autoencoder.Family.Title} takes sides of {autoencoder.Space.Factor} and more.");
        NetworkGraph graph = autoencoder.EncoderGraph(height, width);
        inputs.RequireChannels(Image, graph.Inputs[0].Shape.Channels);
        return new EncoderHalf(autoencoder, graph);
    }

    /// <summary>The decoder: <c>z</c>, <c>latent</c> or <c>sampled</c> to <c>decoded</c>.</summary>
    /// <exception cref="LatentSharpException">There is no decoder, or the latent is none of its space.</exception>
    public static NamedNetwork Decoder(Autoencoder autoencoder, NamedTensors inputs)
    {
        string name = Array.Find([Z, Latent, Sampled], inputs.Has) ?? Z;
        (_, int height, int width) = inputs.Picture(name);
        LatentSpace space = autoencoder.Space;
        bool scaled = name != Sampled;
        inputs.RequireChannels(name, scaled ? space.Channels : space.ModelChannels);
        int step = scaled ? space.Factor : space.Factor / space.Patch;
        return new DecoderHalf(autoencoder, autoencoder.DecoderGraph(height * step, width * step), name);
    }

    private sealed class EncoderHalf(Autoencoder autoencoder, NetworkGraph graph) : NamedNetwork(NetworkKind.Encoder, graph)
    {
        public override string Title => $"{autoencoder.Family.Title}, {Graph.Name}";

        public override IEnumerable<NamedResult> Leave(IReadOnlyDictionary<string, float[]> outputs, int items)
        {
            FeatureShape shape = Graph.Outputs[0].Shape;
            float[] all = outputs[Graph.Outputs[0].Name];
            int channels = autoencoder.HasPosterior ? shape.Channels / 2 : shape.Channels;
            float[] model = autoencoder.HasPosterior ? Channels(0) : all;
            if (autoencoder.HasPosterior)
            {
                yield return Result("moments", all, shape.Channels);
                yield return Result("mean", model, channels);
                yield return Result("logvar", Channels(channels), channels);
            }
            else if (!autoencoder.IsScaled) yield return Result("encoded", all, channels);
            LatentSpace space = autoencoder.ModelSpace;
            // A latent of FLUX.2 has two rows and columns of the network's in one.
            if (shape.Height % space.Patch != 0 || shape.Width % space.Patch != 0) yield break;
            (int height, int width, int size) = (shape.Height / space.Patch, shape.Width / space.Patch, channels * (int)shape.Positions);
            var latent = new float[items * size];
            for (int i = 0; i < items; i++)
                space.ToDiffusion(model.AsSpan(i * size, size), latent.AsSpan(i * size, size), height, width);
            yield return new NamedResult(Latent, latent, [items, space.Channels, height, width]);

            float[] Channels(int first)
            {
                int one = channels * (int)shape.Positions;
                var part = new float[items * one];
                for (int i = 0; i < items; i++)
                    all.AsSpan((i * shape.Channels + first) * (int)shape.Positions, one).CopyTo(part.AsSpan(i * one));
                return part;
            }

            NamedResult Result(string name, float[] values, int count) => new(name, values, [items, count, shape.Height, shape.Width]);
        }
    }

    private sealed class DecoderHalf(Autoencoder autoencoder, NetworkGraph graph, string name) : NamedNetwork(NetworkKind.Decoder, graph)
    {
        public override string Title => $"{autoencoder.Family.Title}, {Graph.Name}";

        public override string NameOf(Input input) => name;

        public override void Enter(Input input, ReadOnlySpan<float> given, Span<float> values)
        {
            LatentSpace space = autoencoder.ModelSpace;
            if (name == Sampled) given.CopyTo(values);
            else space.ToModel(given, values, input.Shape.Height / space.Patch, input.Shape.Width / space.Patch);
        }

        public override IEnumerable<NamedResult> Leave(IReadOnlyDictionary<string, float[]> outputs, int items)
        {
            Output output = Graph.Outputs[0];
            yield return new NamedResult("decoded", outputs[output.Name],
                [items, output.Shape.Channels, output.Shape.Height, output.Shape.Width]);
        }
    }
}
