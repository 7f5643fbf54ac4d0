using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning.Rules;

/// <summary>A group normalisation with the function behind it, in one pass.</summary>
internal sealed record FusedNormActivation(GroupNorm Norm, Activation Function) : Fused
{
    public override Node Result => Function;

    public override IEnumerable<Node> Reads => [Norm.Source];

    public override Node? Summed => Norm.Source;

    public override void Lower(Lowering plan, int index) => plan.Steps.Add(new PointwiseStep(Function.Name, $"GroupNorm {Function.Kind}")
    {
        Reads = [plan[Norm.Source]], Result = plan.InPlaceOr(Function, Norm.Source, index), Function = Function.Kind,
        Norm = plan.NormOf(Norm),
    });
}

/// <summary>A function behind a group normalisation that nobody else reads is applied while the normalisation writes.</summary>
internal static class NormActivationRule
{
    public static Fused? Match(Node node, Users users)
        => node is Activation { Source: GroupNorm norm } function && users.HasOne(norm) ? new FusedNormActivation(norm, function) : null;
}
