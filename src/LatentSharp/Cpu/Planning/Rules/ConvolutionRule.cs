using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning.Rules;

/// <summary>What a convolution takes over from its neighbours.</summary>
internal sealed record FusedConvolution(Conv2d Conv) : Fused
{
    /// <summary>The node whose result is in memory and is read.</summary>
    public required Node Source { get; init; }

    /// <summary>The normalisation that is applied while reading, or null.</summary>
    public GroupNorm? Norm { get; init; }

    /// <summary>The function that is applied while reading, or null.</summary>
    public Activation? Before { get; init; }

    /// <summary>The enlargement that is never in memory, or null.</summary>
    public Upsample2x? Enlargement { get; init; }

    /// <summary>The sum that is formed while writing, or null.</summary>
    public Add? Sum { get; init; }

    /// <summary>The other summand.</summary>
    public Node? Residual { get; init; }

    /// <summary>The function that is applied while writing, or null.</summary>
    public Activation? After { get; init; }

    /// <summary>The sizes of the convolution as it is computed.</summary>
    public ConvolutionShape Sizes
        => new(Source.Shape, Conv.Shape, Conv.KernelHeight, Conv.KernelWidth, Conv.Stride, Conv.Padding, Enlargement is not null);

    public override Node Result => (Node?)After ?? (Node?)Sum ?? Conv;

    public override IEnumerable<Node> Reads => Residual is null ? [Source] : [Source, Residual];

    public override Node? Summed => Norm?.Source;

    /// <summary>The nodes, in order of evaluation, in one line.</summary>
    public string Describe(bool winograd) => string.Join(" ", new[]
    {
        Enlargement is null ? null : "Upsample2x", Norm is null ? null : "GroupNorm", Before?.Kind.ToString(),
        winograd ? "Conv2d(Winograd)" : "Conv2d(GEMM)", Sum is null ? null : "Add", After?.Kind.ToString(),
    }.Where(s => s is not null));

    public override void Lower(Lowering plan, int index)
    {
        bool winograd = ConvolutionChoice.UseWinograd(Sizes, plan.Kernels, plan.Fusion.IsExact);
        PlanTensor source = plan[Source];
        PlanTensor? residual = Residual is null ? null : plan[Residual];
        PlanTensor result = Residual is not null && Residual != Source ? plan.InPlaceOr(Result, Residual, index) : plan.New(Result, index);
        if (plan.Fusion.NeedsSums(Result)) result.Sums = plan.NewSums(Result);
        plan.Steps.Add(new ConvolutionStep(Conv.Name, Describe(winograd),
            new Convolution(Sizes, Conv.Weight, Conv.Bias, winograd, plan.Workers))
        {
            Result = result,
            Source = source,
            Residual = residual,
            Reads = residual is null ? [source] : [source, residual],
            Norm = Norm is null ? null : plan.NormOf(Norm),
            Before = Before?.Kind,
            After = After?.Kind,
            MultiplyAdds = Conv.MultiplyAdds,
        });
    }
}

/// <summary>
/// A normalisation, activation or enlargement in front of a convolution is applied while the convolution reads, a sum or activation behind
/// it while it writes.
/// </summary>
internal static class ConvolutionRule
{
    public static Fused? Match(Node node, Users users)
    {
        Activation? after = node as Activation;
        Node summed = after?.Source ?? node;
        if (after is not null && !users.HasOne(summed)) return null;
        if (summed is Add add && Summand(add, users) is (Conv2d inner, Node residual)) return Fuse(inner, after, add, residual, users);
        return summed is Conv2d { Groups: 1 } conv ? Fuse(conv, after, null, null, users) : null;
    }

    private static FusedConvolution Fuse(Conv2d conv, Activation? after, Add? sum, Node? residual, Users users)
    {
        Node source = conv.Source;
        // An activation that some convolution can apply while writing is applied once there, instead of for every reader.
        Activation? before = source is Activation activation && !AppliedWhileWriting(activation, users) ? activation : null;
        source = before?.Source ?? source;
        GroupNorm? norm = source as GroupNorm;
        source = norm?.Source ?? source;
        Upsample2x? enlargement = source as Upsample2x;
        if (enlargement is not null && (norm is not null || !users.HasOne(enlargement))) enlargement = null;
        source = enlargement?.Source ?? source;
        return new FusedConvolution(conv)
        {
            Source = source, Norm = norm, Before = before, Enlargement = enlargement, Sum = sum,
            Residual = residual, After = after
        };
    }

    // Of two summands the convolution with the larger kernel does the adding: it is the one that comes last in a residual block.
    private static (Conv2d, Node)? Summand(Add add, Users users)
    {
        if (add.IsRow) return null;
        Conv2d? left = Candidate(add.Left, users), right = Candidate(add.Right, users);
        if (left is null && right is null) return null;
        bool takeLeft = right is null || (left is not null && left.MultiplyAdds > right.MultiplyAdds);
        return takeLeft ? (left!, add.Right) : (right!, add.Left);
    }

    private static Conv2d? Candidate(Node node, Users users) => node is Conv2d { Groups: 1 } conv && users.HasOne(conv) ? conv : null;

    private static bool AppliedWhileWriting(Activation activation, Users users)
        => users.HasOne(activation.Source)
        && (activation.Source is Conv2d { Groups: 1 } || (activation.Source is Add add && Summand(add, users) is not null));
}
