namespace LatentSharp.Cpu.Kernels;

/// <summary>
/// The two passes of linear attention with ReLU, in double: there are many products, and all keys are positive. A group is a head: query,
/// key and value next to each other.
/// </summary>
/// <param name="head">Channels of a query.</param>
internal readonly unsafe struct LinearAttention(int head)
{
    /// <summary>Doubles of a group: for each key channel the products with all value channels, then the sum of the keys.</summary>
    public int GroupSize => head * (head + 1);

    /// <summary>Gathers the products of keys with values, and the keys, of a group over all positions.</summary>
    public void Gather(in FeatureView source, int group, double* products)
    {
        new Span<double>(products, GroupSize).Clear();
        for (int position = 0; position < source.Height * source.Width; position++)
        {
            float* key = source.At(position) + (group * 3 + 1) * head, value = key + head;
            for (int k = 0; k < head; k++)
            {
                if (!(key[k] > 0)) continue;
                double* row = products + k * (head + 1);
                for (int v = 0; v < head; v++) row[v] += (double)key[k] * value[v];
                row[head] += key[k];
            }
        }
    }

    /// <summary>Multiplies the queries of a position with what was gathered for each group.</summary>
    public void Apply(float* source, float* result, int groups, double* products)
    {
        Span<double> sums = stackalloc double[head + 1];
        for (int group = 0; group < groups; group++)
        {
            float* query = source + group * 3 * head, to = result + group * head;
            sums.Clear();
            for (int q = 0; q < head; q++)
            {
                if (!(query[q] > 0)) continue;
                double* row = products + (nint)group * GroupSize + q * (head + 1);
                for (int v = 0; v <= head; v++) sums[v] += query[q] * row[v];
            }
            for (int v = 0; v < head; v++) to[v] = (float)(sums[v] / (sums[head] + Graph.ReluLinearAttention.Epsilon));
        }
    }
}
