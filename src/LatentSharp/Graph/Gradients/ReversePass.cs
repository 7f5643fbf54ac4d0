using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph.Gradients;

/// <summary>The gradient of a tensor of the weights: a row for each of its outermost elements, in the stored order.</summary>
/// <param name="Weight">The tensor.</param>
/// <param name="Value">Its gradient.</param>
internal readonly record struct GradientOfWeight(WeightRef Weight, Node Value);

/// <summary>The gradient of an input of the network, or of any other result.</summary>
/// <param name="Node">Whose.</param>
/// <param name="Value">Its gradient, of the same shape.</param>
internal readonly record struct GradientOfResult(Node Node, Node Value);

/// <summary>
/// The gradients that were asked for, in the order in which a reverse pass comes to them: the last layer first. What nothing depends on has
/// none.
/// </summary>
/// <param name="Weights">Of weights.</param>
/// <param name="Results">Of inputs and other results.</param>
internal sealed record GradientNodes(ImmutableArray<GradientOfWeight> Weights, ImmutableArray<GradientOfResult> Results);

/// <summary>
/// The reverse pass over a network, as nodes: every node is told the gradient of its result and gives those of its inputs and tensors, by
/// the rules in <see cref="GradientRules"/> or by its expansion. Only what leads to a tensor or an input that was asked for gets one, so
/// frozen parts cost nothing. A result with several readers gets the sum of what they give.
/// </summary>
internal sealed class ReversePass
{
    private readonly Func<WeightRef, bool> trains;
    private readonly HashSet<Node> asked;
    private readonly List<GradientOfResult> results = [];
    private readonly HashSet<Node> needed = [];
    private readonly Dictionary<Node, List<Node>> arrived = [];
    private readonly Dictionary<Node, Node> again = [];
    private readonly List<(WeightRef Weight, List<Node> Parts)> weights = [];
    private readonly Dictionary<(WeightSource, string), List<Node>> partsOf = [];

    private readonly bool frugal;

    private ReversePass(Func<WeightRef, bool> trains, IEnumerable<Node> asked, bool frugal)
        => (this.trains, this.asked, this.frugal) = (w => !Constants.Holds(w) && trains(w), [.. asked], frugal);

    /// <summary>The gradients of weights, inputs and other results.</summary>
    /// <param name="result">What is differentiated.</param>
    /// <param name="gradient">The gradient of that, of its shape: 1 for a loss.</param>
    /// <param name="trains">Which tensors are asked for.</param>
    /// <param name="asked">The inputs and other results that are asked for.</param>
    /// <param name="frugal">Whether of the forward pass only sums are kept, which residual blocks end in: what lies between two of them
    /// is computed again when the reverse pass comes there. The gradients are the same to the bit.</param>
    /// <exception cref="LatentSharpException">An operation on the way has neither a rule nor an expansion.</exception>
    public static GradientNodes Of(Node result, Node gradient, Func<WeightRef, bool> trains, IEnumerable<Node> asked, bool frugal = false)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(gradient);
        if (result.Shape != gradient.Shape) throw new ArgumentException($"{result} and its gradient {gradient} differ in shape", nameof(gradient));
        var pass = new ReversePass(trains, asked, frugal);
        ImmutableArray<Node> nodes = new NetworkGraph("forward", result).Nodes;
        foreach (Node node in nodes) pass.Note(node);
        pass.arrived[result] = [gradient];
        for (int i = nodes.Length - 1; i >= 0; i--) pass.Leave(nodes[i]);
        return new GradientNodes([.. pass.weights.Select(w => new GradientOfWeight(w.Weight, Sum("d." + w.Weight.Name, w.Parts)))],
            [.. pass.results]);
    }

    /// <summary>Gives a result its gradient, or a part of it, if it is asked for.</summary>
    public void Give(Node to, Func<Node> gradient)
    {
        if (!needed.Contains(to)) return;
        if (!arrived.TryGetValue(to, out List<Node>? parts)) arrived[to] = parts = [];
        parts.Add(gradient());
    }

    /// <summary>Gives a tensor its gradient, or a part of it, if it is asked for.</summary>
    public void Give(WeightRef? to, Func<Node> gradient)
    {
        if (to is null || !trains(to)) return;
        if (!partsOf.TryGetValue(to.Key, out List<Node>? parts)) weights.Add((to, partsOf[to.Key] = parts = []));
        parts.Add(gradient());
    }

    /// <summary>
    /// A result for the reverse pass. What costs little is computed again from what is in memory anyway, so that normalised and activated
    /// values are not kept from the forward pass.
    /// </summary>
    public Node Again(Node node)
    {
        if (frugal ? node is Input or Parameter or Add { IsRow: false }
            : node is not (GroupNorm or LayerNorm or RmsNorm or Modulate or Upsample2x or Activation)
                || node is Activation { Kind: var kind } && ActivationGradient.ReadsResult(kind)) return node;
        if (!again.TryGetValue(node, out Node? copy))
            again[node] = copy = node.WithInputs(frugal ? [.. node.Inputs.Select(Again)] : [Again(node.Inputs[0]), .. node.Inputs.Skip(1)]);
        return copy;
    }

    /// <summary>The one result that <paramref name="make"/> gives for a node in this pass.</summary>
    public Node Once(Node node, Func<Node> make) => again.TryGetValue(node, out Node? made) ? made : again[node] = make();

    private void Note(Node node)
    {
        if (asked.Contains(node) || node.Learned.Any(trains) || node.Inputs.Any(needed.Contains)) needed.Add(node);
    }

    private void Leave(Node node)
    {
        if (!needed.Contains(node) || !arrived.Remove(node, out List<Node>? parts)) return;
        Node gradient = Sum("d." + node.Name, parts);
        if (asked.Contains(node)) results.Add(new GradientOfResult(node, gradient));
        if (node is Input) return;
        if (GradientRules.For(node) is { } rule)
        {
            rule(this, node, gradient);
            return;
        }
        Node simpler = node.Expand() ?? throw new LatentSharpException(ErrorKind.BadInput, node.Name,
            $"the operation {node.Operation} has no gradient, and no expansion into operations that have one.",
            "Train only what stands behind it, or give it a rule in GradientRules.");
        var inner = new List<Node>();
        var seen = new HashSet<Node>(node.Inputs);
        Collect(simpler);
        foreach (Node part in inner) Note(part);
        Give(simpler, () => gradient);
        for (int i = inner.Count - 1; i >= 0; i--) Leave(inner[i]);

        void Collect(Node part)
        {
            if (!seen.Add(part)) return;
            foreach (Node input in part.Inputs) Collect(input);
            inner.Add(part);
        }
    }

    private static Node Sum(string name, List<Node> parts)
    {
        if (Join(name, parts) is { } whole) return whole;
        Node sum = parts[0];
        for (int i = 1; i < parts.Count; i++) sum = new Add(name, sum, parts[i]);
        return sum;
    }

    // Parts that fill a result one beside the other need no zeros and no sums.
    private static Concat? Join(string name, List<Node> parts)
    {
        Placed[] places = [.. parts.OfType<Placed>().OrderBy(p => p.First)];
        if (parts.Count < 2 || places.Length < parts.Count || places.Any(p => p.Axis != places[0].Axis)) return null;
        int filled = 0;
        foreach (Placed place in places)
        {
            if (place.First != filled) return null;
            filled += place.Count;
        }
        return filled == places[0].Whole ? new Concat(name, [.. places.Select(p => p.Source)], places[0].Axis) : null;
    }
}
