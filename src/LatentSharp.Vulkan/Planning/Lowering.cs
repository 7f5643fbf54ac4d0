using System.Collections.Immutable;
using LatentSharp.Graph;
using LatentSharp.Vulkan.Cards;
using LatentSharp.Vulkan.Kernels;
using LatentSharp.Vulkan.Memory;

namespace LatentSharp.Vulkan.Planning;

/// <summary>
/// Turns a network into commands: which nodes are computed together, which kernels do it, over which bands. Places in memory are decided
/// afterwards, when it is known what lives when.
/// </summary>
internal sealed partial class Lowering
{
    private const uint PointThreads = 256;

    private readonly NetworkGraph graph;
    private readonly CardLimits limits;
    private readonly bool hasHalves, isFast;
    private readonly Dictionary<Node, Node[]> users;
    private readonly Dictionary<Node, Place> places = [];
    private readonly Dictionary<Storage, int> pending = [];
    private readonly Dictionary<object, WeightStorage> weights = [];
    private readonly List<Storage> tensors = [];
    private readonly List<Command> commands = [];
    private readonly List<IReadOnlyList<Node>> steps = [];
    private readonly HashSet<Node> enlarged = [];

    /// <summary>Lowers a graph.</summary>
    /// <param name="graph">In operations that <see cref="VulkanOperations"/> knows.</param>
    /// <param name="limits">Of the card.</param>
    /// <param name="precision">The numbers.</param>
    /// <exception cref="LatentSharpException">Something exceeds what the card can do however it is cut.</exception>
    public Lowering(NetworkGraph graph, CardLimits limits, Precision precision)
    {
        (this.graph, this.limits) = (graph, limits);
        (hasHalves, isFast) = (precision == Precision.Float16, precision == Precision.Float32Fast);
        var lists = graph.Nodes.ToDictionary(n => n, _ => new List<Node>());
        foreach (Node node in graph.Nodes)
            foreach (Node input in node.Inputs) lists[input].Add(node);
        users = lists.ToDictionary(l => l.Key, l => l.Value.ToArray());
        foreach (Node node in graph.Nodes)
            if (!places.ContainsKey(node) && !enlarged.Contains(node)) Lower(node);
        EndOverflows();
    }

    /// <summary>What is done, in order.</summary>
    public IReadOnlyList<Command> Commands => commands;

    /// <summary>For each step the nodes that it computes together, the one whose result it gives last.</summary>
    public IReadOnlyList<IReadOnlyList<Node>> Steps => steps;

    /// <summary>The tensors.</summary>
    public IReadOnlyCollection<Storage> Tensors => tensors;

    /// <summary>The weights.</summary>
    public IReadOnlyCollection<WeightStorage> Weights => weights.Values;

    /// <summary>Where the result of a node lies.</summary>
    /// <param name="Storage">In which storage.</param>
    /// <param name="Offset">From which byte on.</param>
    private readonly record struct Place(Storage Storage, long Offset)
    {
        /// <summary>Bytes of a value there.</summary>
        public long ValueBytes => Storage.ValueBytes;

        /// <summary>The constant by which a kernel knows that values have 16 bits there.</summary>
        public uint IsHalf => Storage.ValueBytes == sizeof(ushort) ? 1u : 0;
    }

    private void Lower(Node node)
    {
        switch (node)
        {
            case Input n: LowerInput(n); break;
            case Output n: LowerOutput(n); break;
            case Conv2d { Groups: > 1 } n: LowerGrouped(n); break;
            case Conv2d n when TakesWinograd(n, enlarged.Contains(n.Source)): LowerWinograd(n, enlarged.Contains(n.Source)); break;
            case Conv2d n: LowerProduct(n, n.Source); break;
            case Linear n: LowerProduct(n, n.Source); break;
            case GroupNorm n: LowerGroupNorm(n); break;
            case Slice { Axis: Axis.Tokens } n: View(n, n.Source, n.First * n.Shape.Channels * (long)sizeof(float)); break;
            case Upsample2x n when users[n].Length > 0 && users[n].All(u => u is Conv2d { Groups: 1 }): Enlarge(n); break;
            default: VulkanOperations.Lower(this, node); break;
        }
    }

    private void LowerInput(Input input)
    {
        Place place = New(input);
        commands.Add(new Upload
        {
            Step = Step(input), Input = graph.Inputs.IndexOf(input), Uses = [Whole(0, place, input, writes: true)],
            Work = input.Shape.Count,
        });
    }

    private void LowerOutput(Output output)
    {
        Place place = places[output.Source];
        commands.Add(new Download
        {
            Step = Step(output), Output = graph.Outputs.IndexOf(output), Uses = [Whole(0, place, output, writes: false)],
            Work = output.Shape.Count,
        });
        places[output] = place;
        Release([output]);
    }

    // Part of another result: whoever uses it uses that.
    private void View(Node node, Node source, long offset)
    {
        Place place = places[source];
        places[node] = place with { Offset = place.Offset + offset };
        pending[place.Storage] += users[node].Length - 1;
    }

    // The convolutions behind it read every position of the source twice each way.
    private void Enlarge(Upsample2x node)
    {
        enlarged.Add(node);
        pending[places[node.Source].Storage] += users[node].Length - 1;
    }

    /// <summary>A place of its own for the result of a node.</summary>
    private Place New(Node node)
    {
        int value = ValueBytes(node);
        var storage = new Storage(node.ToString(), node.Shape.Count * value, value);
        tensors.Add(storage);
        pending[storage] = users[node].Length;
        return places[node] = new Place(storage, 0);
    }

    /// <summary>Memory that a step needs for itself.</summary>
    private Storage Scratch(string name, long bytes)
    {
        var storage = new Storage(name, bytes);
        tensors.Add(storage);
        return storage;
    }

    /// <summary>
    /// A place for the result of nodes that are computed together: that of what one of them reads for the last time, where each value is
    /// read before it is written; else a new one.
    /// </summary>
    private Place InPlaceOr(IReadOnlyList<Node> together, params ReadOnlySpan<Node> candidates)
    {
        Node last = together[^1];
        foreach (Node candidate in candidates)
        {
            Place place = places[candidate];
            int here = together.SelectMany(n => n.Inputs).Count(i => !together.Contains(i) && PlaceOf(i).Storage == place.Storage);
            if (candidate.Shape != last.Shape || place.Offset != 0 || place.ValueBytes != ValueBytes(last)
                || place.Storage.Bytes != last.Shape.Count * place.ValueBytes || pending[place.Storage] != here) continue;
            pending[place.Storage] += users[last].Length;
            return places[last] = place;
        }
        return New(last);
    }

    private Place PlaceOf(Node node) => enlarged.Contains(node) ? places[node.Inputs[0]] : places[node];

    /// <summary>What the nodes of a step read has been read once more.</summary>
    private void Release(IReadOnlyList<Node> together)
    {
        foreach (Node node in together)
        {
            foreach (Node input in node.Inputs)
                if (!together.Contains(input)) pending[PlaceOf(input).Storage]--;
            if (node != together[^1]) places[node] = places[together[^1]];
        }
    }

    private int Step(params IReadOnlyList<Node> together)
    {
        steps.Add(together);
        return steps.Count - 1;
    }

    private Node? OnlyUser(Node node) => users[node] is [var only] ? only : null;

    /// <summary>Weights in a form, each once.</summary>
    private WeightStorage Weight(object key, string name, Func<WeightForm> form)
    {
        if (!weights.TryGetValue(key, out WeightStorage? known)) weights[key] = known = new WeightStorage(name, form());
        return known;
    }

    private static Use Whole(uint slot, Place place, Node node, bool writes)
        => new(slot, place.Storage, place.Offset, node.Shape.Count * place.ValueBytes, writes);

    private static Use Whole(uint slot, Storage storage, bool writes = false) => new(slot, storage, 0, storage.Bytes, writes);

    private static Use Rows(uint slot, Place place, long first, long count, long rowBytes, bool writes)
        => new(slot, place.Storage, place.Offset + first * rowBytes, count * rowBytes, writes);

    private void Emit(int step, Kernel kernel, long groups, long work, uint[] words, params ReadOnlySpan<Use> uses)
    {
        foreach (Use use in uses)
        {
            if (use.Length + limits.Alignment <= limits.BufferRange) continue;
            throw new LatentSharpException(ErrorKind.BadInput, graph.Name,
                $"{steps[step][^1].Name} ({kernel.Shader}) has to see {use.Length:N0} bytes of {use.Storage.Name} at once; "
                    + $"this card shows {limits.BufferRange:N0}.",
                "Take a smaller picture, or compute on the device cpu.");
        }
        commands.Add(new Dispatch
        {
            Step = step, Kernel = kernel, Groups = groups, Work = Math.Max(1, work), Words = words, Uses = [.. uses],
        });
    }

    /// <summary>
    /// Cuts rows into bands such that no kernel sees more than the card shows at once, takes too long, or needs too many workgroups.
    /// </summary>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="rowBytes">Bytes of a row, of the largest thing that is read or written by rows.</param>
    /// <param name="work">Multiply-adds of a row.</param>
    /// <param name="groups">Workgroups of a band.</param>
    /// <param name="unit">Bands begin at multiples of it.</param>
    /// <param name="extra">Rows that a band reads beside its own.</param>
    /// <param name="most">As many rows as a band may have at most.</param>
    private IEnumerable<(long First, long Count)> Bands(long rows, long rowBytes, long work, Func<long, long> groups, long unit = 1,
        long extra = 0, long most = long.MaxValue)
    {
        most = Math.Min(Math.Min(rows, most), Math.Max(unit, (limits.BufferRange - limits.Alignment) / Math.Max(1, rowBytes) - extra));
        most = Math.Min(most, Math.Max(unit, limits.DispatchWork / Math.Max(1, work)));
        long all = (long)limits.Groups * limits.Groups;
        while (groups(most) > all && most > unit) most = Math.Max(unit, most / 2);
        if (most < rows) most = Math.Max(unit, most / unit * unit);
        for (long first = 0; first < rows; first += most) yield return (first, Math.Min(most, rows - first));
    }

    private static long Divided(long a, long b) => (a + b - 1) / b;

    private static Kernel Of(string shader, params ReadOnlySpan<uint> constants) => new(shader, constants.ToImmutableArray());

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);
}
