using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning.Rules;

/// <summary>
/// What a linear layer takes over from its neighbours: residual + gate * factor * function(product + bias) of a row that is normalised and
/// modulated first.
/// </summary>
internal sealed record FusedProduct(Linear Linear, Node Written) : Fused
{
    /// <summary>The node whose result is in memory and is multiplied.</summary>
    public required Node Source { get; init; }

    /// <summary>
    /// The normalisation of whole rows that is applied while reading: a <see cref="LayerNorm"/> or <see cref="RmsNorm"/>, or null.
    /// </summary>
    public Node? Norm { get; init; }

    /// <summary>The modulation that is applied while reading, or null.</summary>
    public Modulate? Modulation { get; init; }

    /// <summary>The function that is applied while writing, or null.</summary>
    public ActivationKind? Function { get; init; }

    /// <summary>What the result of the function is multiplied by, value by value, or null.</summary>
    public Node? Factor { get; init; }

    /// <summary>The row that every position is multiplied by, or null.</summary>
    public Node? Gate { get; init; }

    /// <summary>What is added, or null.</summary>
    public Node? Residual { get; init; }

    public override Node Result => Written;

    public override IEnumerable<Node> Reads
        => new[] { Source, Modulation?.Scale, Modulation?.Shift, Factor, Gate, Residual }.OfType<Node>();

    private string Description(bool inBytes) => string.Join(" ", new[]
    {
        Norm?.Operation, Modulation?.Operation, inBytes ? ProductStep.InBytes : "Linear",
        Function?.ToString(), Factor is null ? null : "Multiply", Gate is null ? null
        : "Gate", Residual is null ? null : "Add",
    }.Where(s => s is not null));

    public override void Lower(Lowering plan, int index)
    {
        // What is added or multiplied by lies where the result goes; X must not.
        Node? place = Residual ?? Factor;
        PlanTensor[] reads = [.. Reads.Select(n => plan[n])];
        bool inBytes = plan.InBytes(Linear);
        plan.Steps.Add(new ProductStep(Linear, Description(inBytes), plan.Kernels.Matrix, inBytes)
        {
            Result = place is null || Lowering.Root(place) == Lowering.Root(Source) ? plan.New(Written, index)
                : plan.InPlaceOr(Written, place, index),
            Reads = reads,
            Source = plan[Source],
            Norm = RowNormalisation.Of(Norm),
            Scale = Of(Modulation?.Scale),
            Shift = Of(Modulation?.Shift),
            Function = Function,
            Factor = Of(Factor),
            Gate = Of(Gate),
            Residual = Of(Residual),
            MultiplyAdds = Linear.MultiplyAdds,
        });

        PlanTensor? Of(Node? node) => node is null ? null : plan[node];
    }
}

/// <summary>
/// A normalisation of rows and a modulation in front of a linear layer are applied while its rows are packed; a function, the other half of
/// a gated unit, a gate and a residual while its sums are written.
/// </summary>
internal static class ProductRule
{
    public static Fused? Match(Node node, Users users)
    {
        Node at = node;
        Node? residual = null, gate = null, factor = null;
        ActivationKind? function = null;
        if (at is Gate gated && users.HasOne(gated.Change) && LeadsToProduct(gated.Change, users))
        {
            (residual, gate, at) = (gated.Source, gated.Factor, gated.Change);
        }
        else if (at is Add { IsRow: false } add)
        {
            if (users.HasOne(add.Right) && LeadsToProduct(add.Right, users)) (residual, at) = (add.Left, add.Right);
            else if (users.HasOne(add.Left) && LeadsToProduct(add.Left, users)) (residual, at) = (add.Right, add.Left);
        }
        if (at is Multiply product)
        {
            if (product.IsRow && gate is null && users.HasOne(product.Left)) (gate, at) = (product.Right, product.Left);
            else if (!product.IsRow && users.HasOne(product.Left) && LeadsToProduct(product.Left, users))
                (factor, at) = (product.Right, product.Left);
        }
        if (at is Activation activation && users.HasOne(activation.Source)) (function, at) = (activation.Kind, activation.Source);
        if (at is not Linear linear) return null;
        (Node source, Node? norm, Modulate? modulation) = Before(linear, users);
        return new FusedProduct(linear, node)
        {
            Source = source, Norm = norm, Modulation = modulation, Function = function, Factor = factor, Gate = gate, Residual = residual,
        };
    }

    private static bool LeadsToProduct(Node node, Users users) => node switch
    {
        Linear => true,
        Activation a => users.HasOne(a.Source) && a.Source is Linear,
        Multiply m => users.HasOne(m.Left) && m.Left is not Multiply && LeadsToProduct(m.Left, users),
        _ => false,
    };

    // Applying a normalisation again for every product is cheap beside the product; writing it to memory is what is spared. Few rows are
    // not packed at all.
    private static (Node Source, Node? Norm, Modulate? Modulation) Before(Linear linear, Users users)
    {
        Node source = linear.Source;
        if (source.Shape.Positions <= MatrixProduct.FewRows) return (source, null, null);
        Modulate? modulation = source is Modulate m && OnlyProducts(m, users) ? m : null;
        Node inner = modulation?.Source ?? source;
        bool fits = inner switch
        {
            LayerNorm n => modulation is null || n.Weight is null,
            RmsNorm n => n.GroupChannels == n.Shape.Channels && modulation is null,
            _ => false,
        };
        Node? norm = fits && (modulation is null ? OnlyProducts(inner, users) : users.HasOne(inner)) ? inner : null;
        return (norm?.Inputs[0] ?? inner, norm, modulation);
    }

    private static bool OnlyProducts(Node node, Users users) => users[node].All(u => u is Linear);
}
