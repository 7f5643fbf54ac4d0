using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tuning;

/// <summary>
/// How different two pictures look (LPIPS 0.1, richzhang/PerceptualSimilarity 082bb24): the distance of what a network that knows
/// photographs sees in them, weighted by people's judgements. Its files are published and not part of this library: the layers of VGG16 or
/// AlexNet as torchvision has them (<c>features.N.weight</c>), and the weights of the judgements
/// (<c>linN.model.1.weight</c>, the repository's <c>lpips/weights/v0.1/vgg.pth</c> or <c>alex.pth</c>).
/// </summary>
/// <example><code>
/// Lpips lpips = Lpips.Open("vgg16-397923af.pth", "vgg.pth");
/// var options = new TrainerOptions { Loss = (x, y) =&gt; PictureLosses.L1(x, y) + 0.1f * lpips.Of(x, y) };
/// </code></example>
public sealed class Lpips
{
    /// <summary>The fewest pixels each way: smaller pictures leave nothing of the last layers.</summary>
    public const int LeastSide = 32;

    /// <summary>What has to be fetched, for people.</summary>
    internal const string Fetch = "It takes two: vgg16-397923af.pth or alexnet-owt-7be5be79.pth as torchvision publishes them, and vgg.pth or "
        + "alex.pth from lpips/weights/v0.1 of richzhang/PerceptualSimilarity.";

    // The mean and deviation of the pictures that the networks were trained with, for pictures from -1 to 1.
    private static readonly float[] Shift = [-0.030f, -0.088f, -0.188f], Scale = [0.458f, 0.448f, 0.450f];

    // Numbers are those of torchvision's layers.
    private static readonly Kind[] Kinds =
    [
        new("VGG16", 2,
        [
            [new(0, 64), new(2, 64)], [new(5, 128), new(7, 128)], [new(10, 256), new(12, 256), new(14, 256)],
            [new(17, 512), new(19, 512), new(21, 512)], [new(24, 512), new(26, 512), new(28, 512)],
        ]),
        new("AlexNet", 3, [[new(0, 64, 11, 4, 2)], [new(3, 192, 5)], [new(6, 384)], [new(8, 256)], [new(10, 256)]], Pools: 3),
    ];

    private readonly Kind kind;
    private readonly Dictionary<int, (WeightRef Weight, WeightRef Bias)> layers = [];
    private readonly WeightRef[] judgements;

    private Lpips(Kind kind, IReadOnlyList<WeightSource> sources)
    {
        this.kind = kind;
        int inputs = ImageTensor.Channels;
        foreach (Layer layer in kind.Stages.SelectMany(s => s))
        {
            layers[layer.Number] = (Take(sources, [$"features.{layer.Number}.weight"], $".{layer.Number}.weight", layer.Channels, inputs, layer.Size,
                layer.Size), Take(sources, [$"features.{layer.Number}.bias"], $".{layer.Number}.bias", layer.Channels));
            inputs = layer.Channels;
        }
        judgements = [.. kind.Stages.Select((stage, i)
            => Take(sources, [$"lin{i}.model.1.weight", $"lins.{i}.model.1.weight"], null, 1, stage[^1].Channels, 1, 1))];
    }

    /// <summary>The network: VGG16 or AlexNet.</summary>
    public string Network => kind.Name;

    /// <summary>Reads the weights: 59 MB of VGG16, 10 MB of AlexNet.</summary>
    /// <param name="files">The files, of any kind that is read here, in any order; one that holds both will do.</param>
    /// <exception cref="LatentSharpException">A file is missing or damaged, or a tensor is.</exception>
    public static Lpips Open(params IReadOnlyList<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var opened = new List<WeightFile>();
        try
        {
            foreach (string file in files) opened.Add(WeightFiles.Open(file));
            string name = string.Join(", ", files);
            // The first layers tell the networks apart.
            TensorInfo first = opened.SelectMany(f => f.Tensors.Values).FirstOrDefault(t => Named(t.Name, "features.0.weight", ".0.weight"))
                ?? throw Missing(name, "the first layer of VGG16 or AlexNet (features.0.weight)");
            Kind kind = Kinds.FirstOrDefault(k => k.First.Matches(first.Shape))
                ?? throw new LatentSharpException(ErrorKind.Mismatch, name,
                    $"LPIPS sees with VGG16 or AlexNet, whose first layer is [64, 3, 3, 3] or [64, 3, 11, 11]; found {first}.", Fetch);
            return new Lpips(kind, opened);
        }
        finally
        {
            foreach (WeightFile file in opened) file.Dispose();
        }
    }

    /// <summary>The distance of two pictures with values from 0 to 1: one value, 0 for equal pictures.</summary>
    /// <exception cref="LatentSharpException">They are smaller than <see cref="LeastSide"/>.</exception>
    public LossNode Of(LossNode x, LossNode y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (Math.Min(x.Height, x.Width) < LeastSide)
            throw new LatentSharpException(ErrorKind.BadInput, "lpips",
                $"it compares pictures of {LeastSide} pixels each way at least; these are {x.Width}x{x.Height}.", "Take larger squares.");
        Node[] found = Seen(x.Node), wanted = Seen(y.Node);
        Node[] terms = [.. found.Select((node, i) =>
        {
            Node square = Losses.Map(Losses.Difference(node, wanted[i]), new(PointFunctionKind.Square));
            return Losses.Mean(new Conv2d($"lpips.lin{i}", square, judgements[i], null, new Window(1, 1, 1, default, 1)));
        })];
        return new LossNode(terms.Aggregate((sum, term) => sum.Plus(term, "lpips")));
    }

    // What each stage sees, every position brought to length 1. Where nothing is seen all is 0; its gradient is stopped by the ReLU.
    private Node[] Seen(Node picture)
    {
        float[] scales = [.. Scale.Select(s => 2 / s)], shifts = [.. Shift.Zip(Scale, (shift, scale) => -(1 + shift) / scale)];
        Node x = picture.Times(Constants.Row("lpips.scale", scales), "lpips.scaled").Plus(Constants.Row("lpips.shift", shifts), "lpips.shifted");
        var seen = new List<Node>();
        foreach (Layer[] stage in kind.Stages)
        {
            if (seen.Count > 0 && seen.Count < kind.Pools) x = new MaxPool($"lpips.pool{seen.Count}", x, kind.PoolSize, 2);
            foreach (Layer layer in stage)
            {
                (WeightRef weight, WeightRef bias) = layers[layer.Number];
                var window = new Window(layer.Size, layer.Size, layer.Stride, Padding.All(layer.Padding ?? layer.Size / 2), 1);
                x = new Conv2d($"lpips.{layer.Number}", x, weight, bias, window).ReLU();
            }
            int channels = x.Shape.Channels;
            seen.Add(new L2Norm($"lpips.unit{seen.Count}", x, Constants.Same("unit", (float)(1 / Math.Sqrt(channels)), channels)));
        }
        return [.. seen];
    }

    // torchvision's own name, or that within the whole of lpips' network: net.slice1.0.weight.
    private static bool Named(string name, string whole, string? within)
        => name == whole || within is not null && name.StartsWith("net.slice", StringComparison.Ordinal) && name.EndsWith(within, StringComparison.Ordinal);

    private static WeightRef Take(IReadOnlyList<WeightSource> sources, string[] names, string? within, params long[] shape)
    {
        foreach (WeightSource source in sources)
            foreach (TensorInfo tensor in source.Tensors.Values)
            {
                if (!names.Any(n => Named(tensor.Name, n, within))) continue;
                return tensor.Shape == new Shape(shape) ? Constants.Tensor(tensor.Name, source.Read(tensor), shape)
                    : throw new LatentSharpException(ErrorKind.Mismatch, source.Name,
                        $"{tensor.Name} is {tensor.Shape}; {new Shape(shape)} was expected.", Fetch);
            }
        throw Missing(string.Join(", ", sources.Select(s => s.Name)), names[0]);
    }

    private static LatentSharpException Missing(string where, string what)
        => new(ErrorKind.NotFound, where.Length == 0 ? "lpips" : where, $"{what} is not there.", Fetch);

    private sealed record Kind(string Name, int PoolSize, Layer[][] Stages, int Pools = 5)
    {
        public Layer First => Stages[0][0];
    }

    // Padding is by default half of the size.
    private sealed record Layer(int Number, int Channels, int Size = 3, int Stride = 1, int? Padding = null)
    {
        public bool Matches(Shape shape) => shape == new Shape(Channels, ImageTensor.Channels, Size, Size);
    }
}
