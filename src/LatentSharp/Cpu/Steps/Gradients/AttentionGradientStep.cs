using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Cpu.Steps.Gradients;

/// <summary>
/// The gradient of attention to one of its inputs. The weights are computed again: for queries row by row, for keys and values column by
/// column, from the largest product and the sum of each row, which are gathered first; for what is added to the products dS is the
/// result.
/// </summary>
internal sealed unsafe class AttentionGradientStep(AttentionGradient node) : Step(node.Name, $"Attention gradient ({node.Part})")
{
    // Of a query and a head: the largest product, 1 / the sum of the exponentials, the sum of dy times the result.
    private const int Facts = 3;

    private readonly int heads = node.Form.Heads;
    private readonly int queries = checked((int)node.Query.Shape.Positions), keys = checked((int)node.Key.Shape.Positions);
    private readonly int wide = node.Query.Shape.Channels / node.Form.Heads, deep = node.Value.Shape.Channels / node.Form.Heads;
    private readonly float scale = (float)node.Scale;

    public override long SharedBytes(KernelSet kernels) => (long)queries * heads * Facts * sizeof(float);

    public override long PrivateBytes(KernelSet kernels) => (long)keys * sizeof(float);

    public override void Run(RunState run)
    {
        run.Crew.For(queries, (q, worker) =>
        {
            for (int head = 0; head < heads; head++) Query(run, q, head, (float*)run.PrivateOf(worker));
        }, run.Within);
        if (node.Part is AttentionPart.Query or AttentionPart.Bias) return;
        run.Crew.For(keys, (k, _) =>
        {
            for (int head = 0; head < heads; head++) Key(run, k, head);
        }, run.Within);
    }

    private float* FactsOf(RunState run, int q, int head) => (float*)run.Shared + ((nint)q * heads + head) * Facts;

    private int Seen(int q) => node.Form.Causal ? Math.Min(keys, q + 1) : keys;

    private float Product(RunState run, float* query, float* key, int q, int k, int head)
    {
        float product = scale * run.Kernels.Dot(query, key, wide);
        return node.Bias is null ? product : product + Reads[5].In(run).At(head, q)[k];
    }

    private void Query(RunState run, int q, int head, float* products)
    {
        FeatureView dy = Reads[0].In(run), key = Reads[3].In(run), value = Reads[4].In(run);
        float* query = Reads[2].In(run).At(q) + head * wide, given = dy.At(q) + head * deep, facts = FactsOf(run, q, head);
        int seen = Seen(q);
        float largest = float.NegativeInfinity, sum = 0;
        for (int k = 0; k < seen; k++)
            largest = MathF.Max(largest, products[k] = Product(run, query, key.At(k) + head * wide, q, k, head));
        for (int k = 0; k < seen; k++) sum += products[k] = MathF.Exp(products[k] - largest);
        float along = run.Kernels.Dot(given, Reads[1].In(run).At(q) + head * deep, deep);
        (facts[0], facts[1], facts[2]) = (largest, 1 / sum, along);
        if (node.Part == AttentionPart.Bias)
        {
            float* slopes = Result.In(run).At(head, q);
            new Span<float>(slopes + seen, keys - seen).Clear();
            for (int k = 0; k < seen; k++)
                slopes[k] = products[k] / sum * (run.Kernels.Dot(given, value.At(k) + head * deep, deep) - along);
        }
        if (node.Part != AttentionPart.Query) return;
        float* result = Result.In(run).At(q) + head * wide;
        new Span<float>(result, wide).Clear();
        for (int k = 0; k < seen; k++)
        {
            float slope = scale * products[k] / sum * (run.Kernels.Dot(given, value.At(k) + head * deep, deep) - along);
            run.Kernels.AddScaled(result, slope, key.At(k) + head * wide, wide);
        }
    }

    private void Key(RunState run, int k, int head)
    {
        FeatureView dy = Reads[0].In(run), queries = Reads[2].In(run), result = Result.In(run);
        float* key = Reads[3].In(run).At(k) + head * wide, value = Reads[4].In(run).At(k) + head * deep;
        int width = node.Part == AttentionPart.Key ? wide : deep;
        float* target = result.At(k) + head * width;
        new Span<float>(target, width).Clear();
        for (int q = node.Form.Causal ? k : 0; q < this.queries; q++)
        {
            float* query = queries.At(q) + head * wide, given = dy.At(q) + head * deep, facts = FactsOf(run, q, head);
            float weight = MathF.Exp(Product(run, query, key, q, k, head) - facts[0]) * facts[1];
            if (node.Part == AttentionPart.Value) run.Kernels.AddScaled(target, weight, given, deep);
            else run.Kernels.AddScaled(target, scale * weight * (run.Kernels.Dot(given, value, deep) - facts[2]), query, wide);
        }
    }
}
