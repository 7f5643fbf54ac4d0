using System.Collections.Immutable;
using LatentSharp.Diffusion.Discrete;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Models;
using LatentSharp.Models.Flux;
using LatentSharp.Models.Pixel;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Running;

/// <summary>A network with the loss that was asked for, and what it is given beside the tensors of the file.</summary>
/// <param name="Loss">Network and loss.</param>
/// <param name="Signal">For a loss of noise, what is left of the picture at each time; else null.</param>
/// <param name="Lora">The LoRA whose tensors are trained, or null where the network's own are.</param>
internal sealed record LossNetwork(LossGraph Loss, ImmutableArray<float>? Signal = null, FluxLoraGradients? Lora = null)
{
    private const string Time = "timestep";

    /// <summary>Opens what a request names.</summary>
    /// <param name="request">The request.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="open">Is given what has to stay open.</param>
    public static LossNetwork Of(GradientRequest request, NamedTensors inputs, List<IDisposable> open)
    {
        if (request.Loras.Count > 0 && request.Loss != LossKind.Flow)
            throw new LatentSharpException(ErrorKind.Usage, "lora", "LoRAs are applied to transformers, whose loss is flow.");
        if (request.Loras.Count > 1)
            throw new LatentSharpException(ErrorKind.Usage, "lora", "gradients are those of one LoRA; give one.");
        switch (request.Loss)
        {
            case LossKind.Flow:
                return Flow(request, inputs, open);
            case LossKind.Epsilon:
                WeightFile unet = Opened(request.Network, open);
                (_, int height, int width) = inputs.Picture("x0");
                var settings = UNet2DSettings.Of(request.Configuration, unet);
                return new LossNetwork(LossGraphs.Epsilon(UNet2D.Of(UNet2DWeights.From(unet), settings, height, width)),
                    new DiscreteSchedule().Signal);
            default:
                var autoencoder = Autoencoder.Open(request.Network);
                open.Add(autoencoder);
                return new LossNetwork(AutoencoderLoss(autoencoder, request.Loss, inputs));
        }
    }

    /// <summary>The values of an input for one item, or null where the file has them.</summary>
    public float[]? Made(Input input, NamedTensors inputs, int item)
    {
        if (Signal is not { } signal || input.Name is not (LossGraphs.Signal or LossGraphs.Deviation)) return null;
        float[] times = inputs.Read(Time);
        float time = times[times.Length == 1 ? 0 : item];
        if (!(time >= 0 && time < signal.Length && time == MathF.Floor(time)))
            throw inputs.Refuse($"{Time} {item} is {time}; times are whole numbers from 0 to {signal.Length - 1}.");
        return [MathF.Sqrt(input.Name == LossGraphs.Signal ? signal[(int)time] : 1 - signal[(int)time])];
    }

    private static WeightFile Opened(string path, List<IDisposable> open)
    {
        WeightFile file = WeightFiles.Open(path);
        open.Add(file);
        return file;
    }

    private static LossNetwork Flow(GradientRequest request, NamedTensors inputs, List<IDisposable> open)
    {
        WeightFile file = Opened(request.Network, open);
        WeightSource weights = FluxWeights.From(file);
        FluxLoraGradients? gradients = null;
        if (request.Loras is [var lora])
        {
            var opened = new LoraFile(Opened(lora.Path, open), lora.Strength);
            gradients = new FluxLoraGradients(weights, opened);
            weights = FluxLora.Apply(weights, opened).Weights;
        }
        FluxShapes shapes = FluxShapes.From(weights);
        var tokens = new FluxTokens(inputs.Tokens("x0", shapes.InChannels), inputs.Tokens("txt", shapes.Context));
        NetworkGraph network = FluxTransformer.Of(weights, tokens, NetworkConfiguration.Of(request.Configuration, file).Axes);
        return new LossNetwork(LossGraphs.Flow(network), Lora: gradients);
    }

    private static LossGraph AutoencoderLoss(Autoencoder autoencoder, LossKind kind, NamedTensors inputs)
    {
        LatentSpace space = autoencoder.ModelSpace;
        if (kind is LossKind.Roundtrip or LossKind.Kl)
        {
            (_, int height, int width) = inputs.Picture(NamedAutoencoder.Image);
            inputs.RequireChannels(NamedAutoencoder.Image, 3);
            if (kind == LossKind.Kl && !autoencoder.HasPosterior)
                throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Family.Title, "it has no posterior to sample from.",
                    "Use the loss roundtrip.");
            int step = space.Factor / space.Patch;
            if (height % step != 0 || width % step != 0)
                throw inputs.Refuse($"{NamedAutoencoder.Image} is {width}x{height}; its sides have to be multiples of {step}.");
            NetworkGraph encoder = autoencoder.EncoderGraph(height, width), decoder = autoencoder.DecoderGraph(height, width);
            return kind == LossKind.Kl ? LossGraphs.KL(encoder, decoder) : LossGraphs.RoundTrip(encoder, decoder);
        }
        if (space.Patch != 1)
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Family.Title,
                "its latents have several positions in one, for which there is no loss of a half.", "Use roundtrip or kl.");
        Func<Node, Node, Node> loss = kind == LossKind.L1 ? Losses.L1 : Losses.MeanSquare;
        float[] scales = [.. Enumerable.Range(0, space.Channels).Select(space.ScaleOf)],
            shifts = [.. Enumerable.Range(0, space.Channels).Select(space.ShiftOf)];
        if (inputs.Has("z"))
        {
            (_, int height, int width) = inputs.Picture("z");
            inputs.RequireChannels("z", space.Channels);
            NetworkGraph decoder = autoencoder.DecoderGraph(height * space.Factor, width * space.Factor);
            return LossGraphs.Target(decoder, "z", "target", loss, z => z.Times(Constants.Row("scale", [.. scales.Select(s => 1 / s)]), "z.scaled")
                .Plus(Constants.Row("shift", shifts), "z.shifted"));
        }
        (_, int rows, int columns) = inputs.Picture(NamedAutoencoder.Image);
        inputs.RequireChannels(NamedAutoencoder.Image, 3);
        return LossGraphs.Target(autoencoder.EncoderGraph(rows, columns), NamedAutoencoder.Image, "target_latent", loss,
            behind: mean => mean.Channels(0, space.Channels).Plus(Constants.Row("shift", [.. shifts.Select(s => -s)]), "z.shifted")
                .Times(Constants.Row("scale", scales), "z.scaled"));
    }
}
