using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph.Gradients;

/// <summary>A network with a loss behind it, for one item.</summary>
/// <param name="Name">What it is, for people.</param>
/// <param name="Loss">The loss: one value.</param>
/// <param name="Asked">The results whose gradients are of interest: the network's inputs.</param>
/// <param name="Values">Other results that are of interest, by name.</param>
internal sealed record LossGraph(string Name, Node Loss, ImmutableArray<Node> Asked, ImmutableArray<Output> Values)
{
    /// <summary>The name of the loss among the outputs.</summary>
    public const string LossName = "loss";

    /// <summary>
    /// The graph of the loss and its gradients: an output <c>loss</c>, <c>d.NAME</c> for every result of <see cref="Asked"/>, and for every
    /// trained tensor one under its name. A result that the loss does not depend on has no gradient.
    /// </summary>
    /// <param name="trains">Which tensors are trained.</param>
    /// <param name="frugal">Whether most of the forward pass is computed again: see <see cref="ReversePass.Of"/>.</param>
    /// <exception cref="LatentSharpException">An operation on the way has no gradient.</exception>
    public (NetworkGraph Graph, ImmutableArray<WeightRef> Trained) Backward(Func<WeightRef, bool> trains, bool frugal = false)
    {
        GradientNodes gradients = ReversePass.Of(Loss, Constants.Row("one", 1), trains, Asked, frugal);
        return (new NetworkGraph($"{Name}, gradients", [
            new Output(LossName, Loss, Layout.ChannelsLast), .. Values,
            .. gradients.Weights.Select(g => new Output(g.Weight.Name, g.Value, Layout.ChannelsLast)),
            .. gradients.Results.Select(g => new Output("d." + g.Node.Name, g.Value, LayoutOf(g.Node))),
        ]), [.. gradients.Weights.Select(g => g.Weight)]);

        // What is mixed of inputs lies as they do.
        static Layout LayoutOf(Node node) => node is Input input ? input.Layout : node.Inputs.Select(LayoutOf).FirstOrDefault();
    }
}

/// <summary>The losses that networks are trained with, under the names of inputs by which data come.</summary>
internal static class LossGraphs
{
    /// <summary>The inputs of <see cref="Epsilon"/> that follow from the time: the roots of the shares of picture and noise.</summary>
    public const string Signal = "signal", Deviation = "deviation";

    private const float KLWeight = 1e-6f;

    /// <summary>What a network makes of an input, against a target.</summary>
    /// <param name="network">One input, one output.</param>
    /// <param name="input">What the input is called.</param>
    /// <param name="target">What the target is called, an input too.</param>
    /// <param name="loss">The loss of result and target.</param>
    /// <param name="before">What is done to the input before the network reads it; null for nothing.</param>
    /// <param name="behind">What is done to the network's result before it is compared; null for nothing.</param>
    public static LossGraph Target(NetworkGraph network, string input, string target, Func<Node, Node, Node> loss,
        Func<Node, Node>? before = null, Func<Node, Node>? behind = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(loss);
        var given = new Input(input, network.Inputs[0].Shape, network.Inputs[0].Layout);
        Node result = NetworkGraph.Over(network.Outputs[0], network.Inputs[0], before is null ? given : before(given));
        if (behind is not null) result = behind(result);
        var wanted = new Input(target, result.Shape, network.Outputs[0].Layout);
        return new LossGraph(network.Name, loss(result, wanted), [given, wanted], []);
    }

    /// <summary>The mean square of what decoding the encoder's mean does to a picture.</summary>
    /// <param name="encoder">Picture to moments, or to a latent with as many channels as the decoder reads.</param>
    /// <param name="decoder">Latent to picture.</param>
    public static LossGraph RoundTrip(NetworkGraph encoder, NetworkGraph decoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(decoder);
        Node image = encoder.Inputs[0], mean = encoder.Outputs[0].Source.Channels(0, decoder.Inputs[0].Shape.Channels);
        Node decoded = NetworkGraph.Over(decoder.Outputs[0], decoder.Inputs[0], mean);
        return new LossGraph("round trip", Losses.MeanSquare(decoded, image), [image], []);
    }

    /// <summary>
    /// The mean square of what decoding a sample does to a picture, and 1e-6 of the divergence of the moments. The sample is drawn with the
    /// input <c>noise</c>.
    /// </summary>
    /// <param name="encoder">Picture to moments: means, then logarithms of variances.</param>
    /// <param name="decoder">Latent to picture.</param>
    public static LossGraph KL(NetworkGraph encoder, NetworkGraph decoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(decoder);
        Node image = encoder.Inputs[0];
        Node[] moments = encoder.Outputs[0].Source.Chunk(2);
        Node logvar = Losses.Clamped(moments[1]);
        var noise = new Input("noise", moments[0].Shape);
        Node sample = Losses.Sample(moments[0], logvar, noise);
        Node reconstruction = Losses.MeanSquare(NetworkGraph.Over(decoder.Outputs[0], decoder.Inputs[0], sample), image);
        Node divergence = Losses.KL(moments[0], logvar);
        return new LossGraph("reconstruction and divergence", reconstruction.Plus(Losses.Affine(divergence, KLWeight, 0), "loss"), [image, noise],
            [new Output("reconstruction_loss", reconstruction, Layout.ChannelsLast), new Output("kl", divergence, Layout.ChannelsLast)]);
    }

    /// <summary>
    /// Flow matching: between a latent <c>x0</c> and <c>noise</c>, at the times t of <c>timesteps</c>, a transformer is given
    /// (1 - t) x0 + t noise as <c>img</c> and should answer noise - x0.
    /// </summary>
    /// <param name="network">A transformer of FLUX.1.</param>
    public static LossGraph Flow(NetworkGraph network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Input img = network.Inputs.Single(i => i.Name == "img"), time = network.Inputs.Single(i => i.Name == "timesteps");
        Output output = network.Outputs[0];
        if (output.Shape != img.Shape)
            throw new LatentSharpException(ErrorKind.BadInput, network.Name,
                $"the network answers {output.Shape} to {img.Shape}; a flow loss needs as many tokens and channels as it is given.");
        var x0 = new Input("x0", img.Shape, img.Layout);
        var noise = new Input("noise", img.Shape, img.Layout);
        Node flow = Losses.Difference(noise, x0);
        Node mixed = new Add(img.Name, x0, new Multiply("img.noise", flow, new Spread("img.time", time, FeatureShape.Sequence(1, img.Shape.Channels))));
        Node result = NetworkGraph.Over(output, img, mixed);
        return new LossGraph(network.Name, Losses.MeanSquare(result, flow), [mixed, .. network.Inputs.Where(i => i != img), x0, noise], []);
    }

    /// <summary>
    /// The noise that a network sees: it is given signal x0 + spread noise as <c>sample</c> and should answer the noise. What signal and
    /// spread are at the time of an item are inputs of one value, <see cref="Signal"/> and <see cref="Deviation"/>.
    /// </summary>
    /// <param name="network">A UNet on pixels.</param>
    public static LossGraph Epsilon(NetworkGraph network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Input sample = network.Inputs.Single(i => i.Name == "sample");
        if (network.Outputs[0].Shape != sample.Shape)
            throw new LatentSharpException(ErrorKind.BadInput, network.Name,
                $"the network answers {network.Outputs[0].Shape} to {sample.Shape}; a loss of noise needs one answer for each value.");
        var x0 = new Input("x0", sample.Shape);
        var noise = new Input("noise", sample.Shape);
        FeatureShape row = FeatureShape.Sequence(1, sample.Shape.Channels);
        Node mixed = new Add(sample.Name, new Multiply("sample.signal", x0, new Spread("sample.signals", Build.Sequence(Signal, 1, 1), row)),
            new Multiply("sample.noise", noise, new Spread("sample.deviations", Build.Sequence(Deviation, 1, 1), row)));
        Node result = NetworkGraph.Over(network.Outputs[0], sample, mixed);
        return new LossGraph(network.Name, Losses.MeanSquare(result, noise), [mixed, x0, noise], []);
    }
}
