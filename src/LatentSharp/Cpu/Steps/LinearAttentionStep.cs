using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// ReLU linear attention. For every group the products of keys with values, and the sum of the keys, are gathered over all positions once
/// (in double: there are many, and all keys are positive); then each pixel multiplies its query with them.
/// </summary>
internal sealed unsafe class LinearAttentionStep(ReluLinearAttention node) : Step(node.Name, "ReluLinearAttention")
{
    private readonly int head = node.HeadChannels;
    private readonly int groups = node.Shape.Channels / node.HeadChannels;

    // For each key channel: the products with all value channels, then the sum of the keys.
    public override long SharedBytes(KernelSet kernels) => (long)groups * head * (head + 1) * sizeof(double);

    public override void Run(RunState run)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        run.Crew.For(groups, (group, _) => Gather(source, group, (double*)run.Shared + (nint)group * head * (head + 1)));
        run.Crew.For(result.Height, (y, _) => Apply(source, result, y, (double*)run.Shared));
    }

    private void Gather(in FeatureView source, int group, double* products)
    {
        new Span<double>(products, head * (head + 1)).Clear();
        for (int y = 0; y < source.Height; y++)
            for (int x = 0; x < source.Width; x++)
            {
                float* key = source.At(y, x) + (group * 3 + 1) * head, value = key + head;
                for (int k = 0; k < head; k++)
                {
                    if (!(key[k] > 0)) continue;
                    double* row = products + k * (head + 1);
                    for (int v = 0; v < head; v++) row[v] += (double)key[k] * value[v];
                    row[head] += key[k];
                }
            }
    }

    private void Apply(in FeatureView source, in FeatureView result, int y, double* products)
    {
        Span<double> sums = stackalloc double[head + 1];
        for (int x = 0; x < result.Width; x++)
            for (int group = 0; group < groups; group++)
            {
                float* query = source.At(y, x) + group * 3 * head, to = result.At(y, x) + group * head;
                sums.Clear();
                for (int q = 0; q < head; q++)
                {
                    if (!(query[q] > 0)) continue;
                    double* row = products + ((nint)group * head + q) * (head + 1);
                    for (int v = 0; v <= head; v++) sums[v] += query[q] * row[v];
                }
                for (int v = 0; v < head; v++) to[v] = (float)(sums[v] / (sums[head] + ReluLinearAttention.Epsilon));
            }
    }
}
