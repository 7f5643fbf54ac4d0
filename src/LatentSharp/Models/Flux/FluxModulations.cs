using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Flux;

/// <summary>
/// What time, guidance and pooled text do to the streams of a FLUX.1 transformer: a shift, a scale and a gate for every half of a block,
/// each a linear function of one vector. These are 27 % of the weights for a single row of input. They do not depend on the picture, so
/// that those of all steps can be made in one pass (<see cref="Of(WeightSource, int)"/>), which reads the weights once for a whole run, and
/// be given to the transformer as one row (<see cref="Given"/>). The other way is to compute them in the transformer
/// (<see cref="Of(Node)"/>), as the reference does.
/// </summary>
internal sealed class FluxModulations
{
    /// <summary>The output of the small network, and the input of a transformer that is given a row of it.</summary>
    public const string Name = "modulation";

    private const int TimeChannels = 256, OfHalf = 3, OfLast = 2;
    private const float TimeFactor = 1000;

    private readonly Func<WeightScope, int, Node[]> parts;

    private FluxModulations(Func<WeightScope, int, Node[]> parts) => this.parts = parts;

    /// <summary>The parts of a modulation: shift, scale, gate, and again for the second half of a double block.</summary>
    /// <param name="w">The linear layer that makes it.</param>
    /// <param name="count">How many parts: 6, 3, or 2 of the last, which has no gate.</param>
    public Node[] this[WeightScope w, int count] => parts(w, count);

    /// <summary>Modulations that the transformer computes.</summary>
    /// <param name="vector">[1, hidden]: <see cref="Vector"/>.</param>
    public static FluxModulations Of(Node vector)
        => new((w, count) => vector.Linear(w, count * vector.Shape.Channels).Chunk(count));

    /// <summary>Modulations that the transformer is given: the input <see cref="Name"/>, one row of what the small network makes.</summary>
    public static FluxModulations Given(FluxShapes s)
    {
        Node row = Build.Sequence(Name, 1, Channels(s));
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        int at = 0;
        foreach ((string name, int count) in Layers(s))
        {
            places[name] = at;
            at += count * s.Hidden;
        }
        return new((w, count) => [.. Enumerable.Range(0, count).Select(i => row.Channels(places[w.Path] + i * s.Hidden, s.Hidden))]);
    }

    /// <summary>
    /// The small network that makes the modulations of several evaluations: from <c>timesteps</c> [rows, 1], <c>guidance</c> [rows, 1]
    /// unless it is schnell, and <c>y</c> [rows, features] to <see cref="Name"/> [rows, <see cref="Channels"/>].
    /// </summary>
    /// <param name="weights">The weights under BFL's names.</param>
    /// <param name="rows">How many evaluations.</param>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Of(WeightSource weights, int rows)
    {
        FluxShapes s = FluxShapes.From(weights);
        var w = new WeightScope(weights);
        Node vector = Vector(w, s, rows);
        Node[] all = [.. Layers(s).Select(l => vector.Linear(new WeightScope(weights, l.Name), l.Count * s.Hidden))];
        return new NetworkGraph($"modulations of {s.Variant}, {rows} evaluations",
            new Output(Name, Build.Concat("modulations", all), Layout.ChannelsLast));
    }

    /// <summary>Values of a row: 1,056,768 in FLUX.1.</summary>
    public static int Channels(FluxShapes s) => Layers(s).Sum(l => l.Count) * s.Hidden;

    /// <summary>Time, guidance and pooled text as one vector, after the SiLU with which every modulation begins.</summary>
    /// <param name="w">The root of the names.</param>
    /// <param name="s">The hyper-parameters.</param>
    /// <param name="rows">How many.</param>
    public static Node Vector(WeightScope w, FluxShapes s, int rows = 1)
    {
        Node vec = Embed(Time("timesteps"), w["time_in"]);
        if (s.Guidance) vec = vec.Plus(Embed(Time("guidance"), w["guidance_in"]), "vec.guidance");
        return vec.Plus(Embed(Build.Sequence("y", rows, s.Vector), w["vector_in"]), "vec").SiLU();

        Node Time(string name) => Build.Sequence(name, rows, 1).SinusoidalEmbedding(TimeChannels, TimeFactor);

        Node Embed(Node x, WeightScope at) => x.Linear(at["in_layer"], s.Hidden).SiLU().Linear(at["out_layer"], s.Hidden);
    }

    // Every modulation and its number of parts, in the order in which they stand in a row.
    private static IEnumerable<(string Name, int Count)> Layers(FluxShapes s)
    {
        for (int i = 0; i < s.DoubleBlocks; i++)
            foreach (string stream in new[] { "img_mod", "txt_mod" }) yield return ($"double_blocks.{i}.{stream}.lin", 2 * OfHalf);
        for (int i = 0; i < s.SingleBlocks; i++) yield return ($"single_blocks.{i}.modulation.lin", OfHalf);
        yield return ("final_layer.adaLN_modulation.1", OfLast);
    }
}
