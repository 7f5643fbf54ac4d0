using System.Collections.Immutable;
using LatentSharp.Autoencoders;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Latents;
using LatentSharp.Weights;

namespace LatentSharp.Tuning;

/// <summary>
/// The loss of an autoencoder and its gradients as graphs, one for each size of pictures, and what is needed to run them.
/// </summary>
/// <param name="original">The autoencoder before the training: it encodes for the decoder.</param>
/// <param name="trained">The same with the weights that change.</param>
/// <param name="names">The tensors that are trained.</param>
/// <param name="options">What is trained, and the loss.</param>
internal sealed class TrainingGraphs(Autoencoder original, Autoencoder trained, HashSet<string> names, TrainerOptions options) : IDisposable
{
    private const string Latent = "z", Picture = "picture", Wanted = "wanted", Taught = "taught", Noise = "noise";

    private readonly PlanCache plans = new();
    private PlanSession? session;
    private Dictionary<string, float[]> outputs = [];

    /// <summary>The loss of a picture and its gradients, which stay good until the next.</summary>
    public readonly record struct Found(double Loss, IEnumerable<KeyValuePair<string, float[]>> Gradients);

    private int Factor => original.Space.Factor;

    private bool NeedsEncoder => options.Part.MovesLatents;

    /// <summary>Refuses what has no gradient, before the first step.</summary>
    public void RequireGradients() => Backward(8 * Factor, 8 * Factor);

    /// <summary>The plan for a size.</summary>
    public Plan Plan(int height, int width)
    {
        if (height <= 0 || width <= 0 || height % Factor != 0 || width % Factor != 0)
            throw new LatentSharpException(ErrorKind.BadInput, original.Name,
                $"pictures to train with have sides that are multiples of {Factor}; this one is {width}x{height}.", "Crop it.");
        ComputeOptions compute = options.Compute!;
        return plans.Get(new PlanCache.Key("training", height, width, compute), () => Fitting(height, width, compute));
    }

    /// <summary>Both ways for a size, whatever the budget: what the forward pass gives is kept, or computed again.</summary>
    public (Plan Kept, Plan Again) Both(int height, int width)
    {
        ComputeOptions free = options.Compute! with { MemoryBudget = null };
        return (DefaultDevice.Compile(Backward(height, width), free), DefaultDevice.Compile(Backward(height, width, frugal: true), free));
    }

    // Kept where the budget allows it: computing again takes a third more time.
    private Plan Fitting(int height, int width, ComputeOptions compute)
    {
        long room = MemoryBudget.Of(compute).Bytes - compute.TakenBytes;
        Plan kept = DefaultDevice.Compile(Backward(height, width), compute with { MemoryBudget = null });
        return kept.PeakBytes <= room ? kept : DefaultDevice.Compile(Backward(height, width, frugal: true), compute);
    }

    /// <summary>Computes the loss of a picture and its gradients.</summary>
    /// <param name="example">The picture.</param>
    /// <param name="draw">Tells which noise is drawn, where a posterior is sampled.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    public Found Differentiate(TrainingExample example, ulong draw, CancellationToken cancellationToken)
    {
        Plan plan = Plan(example.Picture.Height, example.Picture.Width);
        Dictionary<string, ReadOnlyMemory<float>> inputs = Inputs(example, plan.Graph, draw, cancellationToken);
        if (session?.Plan != plan)
        {
            session?.Dispose();
            session = plan.Start();
            outputs = plan.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
        }
        session.Run(inputs, outputs.ToDictionary(o => o.Key, o => o.Value.AsMemory()), cancellationToken: cancellationToken);
        return new Found(outputs[LossGraph.LossName][0], outputs.Where(o => o.Key != LossGraph.LossName));
    }

    /// <summary>The first operation of the network whose result on a picture is no finite number; null where there is none.</summary>
    public string? FirstNotFinite(TrainingExample example)
    {
        NetworkGraph forward = new("forward", new Output("loss", Loss(example.Picture.Height, example.Picture.Width).Loss));
        Node[] layers = [.. forward.Nodes.Where(n => n.Weights.Any() && n is Conv2d or Linear or GroupNorm or Attention)];
        return FiniteResults.FirstOther(layers, Inputs(example, forward, 0, default), options.Compute!);
    }

    public void Dispose()
    {
        session?.Dispose();
        trained.Dispose();
    }

    private NetworkGraph Backward(int height, int width, bool frugal = false)
    {
        (NetworkGraph graph, ImmutableArray<WeightRef> found) = Loss(height, width).Backward(w => names.Contains(w.Name), frugal);
        // What no result depends on is not trained: the log-variance of an encoder has no part in the mean.
        return found.Length > 0 ? graph
            : throw new LatentSharpException(ErrorKind.BadInput, original.Name, "the loss depends on none of the tensors that are to be trained.");
    }

    private LossGraph Loss(int height, int width)
    {
        if (options.Teacher is not null) return Student(height, width);
        NetworkGraph decoder = trained.DecoderGraph(height, width);
        if (!NeedsEncoder) return LossGraphs.Target(decoder, Latent, Wanted, Compared, behind: Unit) with { Asked = [] };
        Node moments = Encoded(height, width), latent = moments.Channels(0, decoder.Inputs[0].Shape.Channels);
        Node? divergence = null;
        if (options.Divergence > 0 && original.HasPosterior)
        {
            Node mean = latent, variance = Losses.Clamped(moments.Chunk(2)[1]);
            latent = Losses.Sample(mean, variance, new Input(Noise, mean.Shape));
            divergence = Losses.Affine(Losses.KL(mean, variance), (float)(options.Divergence / mean.Shape.Count), 0);
        }
        Node decoded = Unit(NetworkGraph.Over(decoder.Outputs[0], decoder.Inputs[0], latent));
        Node loss = Compared(decoded, new Input(Wanted, decoded.Shape));
        return new LossGraph("round trip", divergence is null ? loss : loss.Plus(divergence, LossGraph.LossName), [], []);
    }

    // The halves learn beside each other: the decoder from the teacher's latents, the encoder to give them.
    private LossGraph Student(int height, int width)
    {
        List<Node> terms = [];
        Node? latent = null;
        if (options.Part != TrainedPart.Encoder)
        {
            NetworkGraph decoder = trained.DecoderGraph(height, width);
            latent = new Input(Latent, decoder.Inputs[0].Shape, decoder.Inputs[0].Layout);
            Node decoded = Unit(NetworkGraph.Over(decoder.Outputs[0], decoder.Inputs[0], latent));
            terms.Add(Compared(decoded, new Input(Wanted, decoded.Shape)));
            if (options.TaughtWeight > 0)
                terms.Add(Losses.Affine(Compared(decoded, new Input(Taught, decoded.Shape)), (float)options.TaughtWeight, 0));
        }
        if (NeedsEncoder)
        {
            Node mean = Encoded(height, width).Channels(0, original.ModelSpace.ModelChannels);
            Node distance = Losses.MeanSquare(mean, latent ?? new Input(Latent, mean.Shape));
            // The square of a scale, or of the mean one: the distance is that in diffusion space.
            float scale = original.ModelSpace.Scale.Average();
            terms.Add(Losses.Affine(distance, (float)(options.LatentWeight * scale * scale), 0));
        }
        return new LossGraph("student", terms.Aggregate((sum, term) => sum.Plus(term, LossGraph.LossName)), [], []);
    }

    // What the encoder makes of the input "picture".
    private Node Encoded(int height, int width)
    {
        NetworkGraph encoder = trained.EncoderGraph(height, width);
        var picture = new Input(Picture, encoder.Inputs[0].Shape, encoder.Inputs[0].Layout);
        return NetworkGraph.Over(encoder.Outputs[0], encoder.Inputs[0], picture);
    }

    private Node Compared(Node found, Node wanted)
    {
        LossNode loss = options.Loss(new LossNode(found), new LossNode(wanted))
            ?? throw new ArgumentException("the loss gave null");
        return loss.Node.Shape.Count == 1 ? loss.Node
            : throw new ArgumentException($"a loss is one value; this one gives {loss}. End it with Mean().");
    }

    // A picture in [0, 1], without its opacity.
    private Node Unit(Node picture)
    {
        picture = picture.Channels(0, ImageTensor.Channels);
        return original.UnitPixels ? picture : Losses.Affine(picture, 0.5f, 0.5f);
    }

    private Dictionary<string, ReadOnlyMemory<float>> Inputs(TrainingExample example, NetworkGraph graph, ulong draw,
        CancellationToken cancellationToken)
    {
        ImageTensor picture = example.Picture;
        if (picture.Batch != 1) throw new ArgumentException($"an example is one picture; this tensor holds {picture.Batch}", nameof(example));
        PictureCheck.Image(picture);
        var inputs = new Dictionary<string, ReadOnlyMemory<float>>();
        Latent? latent = graph.Inputs.Any(i => i.Name is Latent or Taught) ? LatentOf(example, cancellationToken) : null;
        foreach (Input input in graph.Inputs)
            inputs[input.Name] = input.Name switch
            {
                Latent => ModelLatent(latent!, input),
                Taught => Pixels(options.Teacher!.Decode(latent!, new DecodeOptions { Compute = options.Compute },
                    cancellationToken: cancellationToken), input, unit: true),
                Noise => Drawn(input, draw),
                Wanted => Pixels(picture, input, unit: true),
                _ => Pixels(picture, input, original.UnitPixels),
            };
        return inputs;
    }

    private static float[] Pixels(ImageTensor picture, Input input, bool unit)
    {
        var pixels = new float[input.Shape.Count];
        ReflectionPadding.Pad(picture, 0, pixels, picture.Height, picture.Width);
        if (unit) PixelRange.ToUnit(pixels.AsSpan(0, ImageTensor.Channels * picture.Height * picture.Width));
        return pixels;
    }

    private static float[] Drawn(Input input, ulong draw)
    {
        var noise = new float[input.Shape.Count];
        GaussianNoise.Fill(noise, draw);
        return noise;
    }

    private Latent LatentOf(TrainingExample example, CancellationToken cancellationToken)
    {
        var encode = new EncodeOptions { Compute = options.Compute };
        Latent latent = example.Latent ?? (options.Teacher ?? original).Encode(example.Picture, encode,
            cancellationToken: cancellationToken);
        if (latent.Space != original.Space) throw new LatentSpaceMismatchException(original.Name, original.Space, latent.Space,
            AutoencoderFamily.Fitting(latent.Space));
        if (latent.Batch != 1 || latent.Height * Factor != example.Picture.Height || latent.Width * Factor != example.Picture.Width)
            throw new LatentSharpException(ErrorKind.Mismatch, original.Name,
                $"the latent is of a picture of {latent.Width * Factor}x{latent.Height * Factor}; its picture is "
                    + $"{example.Picture.Width}x{example.Picture.Height}.");
        return latent;
    }

    private float[] ModelLatent(Latent latent, Input input)
    {
        var model = new float[input.Shape.Count];
        original.ModelSpace.ToModel(latent.Values, model, latent.Height, latent.Width);
        return model;
    }
}
