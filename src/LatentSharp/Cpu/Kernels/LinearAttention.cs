namespace LatentSharp.Cpu.Kernels;

/// <summary>
/// The passes of linear attention with ReLU and of its gradient, in double: there are many products, and all keys are positive. A group
/// is a head: query, key and value next to each other.
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

    /// <summary>The gradients to the queries of a group, and to what was gathered for it, in the same order.</summary>
    public void ToQueries(in FeatureView dy, in FeatureView source, in FeatureView result, int group, double* products, double* back)
    {
        new Span<double>(back, GroupSize).Clear();
        Span<double> sums = stackalloc double[head + 1], slopes = stackalloc double[head + 1];
        for (int position = 0; position < source.Height * source.Width; position++)
        {
            float* query = source.At(position) + group * 3 * head, to = result.At(position) + group * 3 * head;
            float* given = dy.At(position) + group * head;
            sums.Clear();
            for (int q = 0; q < head; q++)
            {
                if (!(query[q] > 0)) continue;
                double* row = products + q * (head + 1);
                for (int v = 0; v <= head; v++) sums[v] += query[q] * row[v];
            }
            // y = sums / whole: the last slope is that of the divisor.
            double whole = sums[head] + Graph.ReluLinearAttention.Epsilon, along = 0;
            for (int v = 0; v < head; v++)
            {
                slopes[v] = given[v] / whole;
                along += slopes[v] * sums[v];
            }
            slopes[head] = -along / whole;
            for (int q = 0; q < head; q++)
            {
                to[q] = 0;
                if (!(query[q] > 0)) continue;
                double* row = products + q * (head + 1), backRow = back + q * (head + 1);
                double sum = 0;
                for (int v = 0; v <= head; v++)
                {
                    sum += slopes[v] * row[v];
                    backRow[v] += query[q] * slopes[v];
                }
                to[q] = (float)sum;
            }
        }
    }

    /// <summary>The gradients to the keys and values of a group, from those to what was gathered.</summary>
    public void ToKeysAndValues(in FeatureView source, in FeatureView result, int group, double* back)
    {
        Span<double> sums = stackalloc double[head];
        for (int position = 0; position < source.Height * source.Width; position++)
        {
            float* key = source.At(position) + (group * 3 + 1) * head, value = key + head;
            float* toKey = result.At(position) + (group * 3 + 1) * head, toValue = toKey + head;
            sums.Clear();
            for (int k = 0; k < head; k++)
            {
                toKey[k] = 0;
                if (!(key[k] > 0)) continue;
                double* row = back + k * (head + 1);
                double sum = row[head];
                for (int v = 0; v < head; v++)
                {
                    sum += row[v] * value[v];
                    sums[v] += key[k] * row[v];
                }
                toKey[k] = (float)sum;
            }
            for (int v = 0; v < head; v++) toValue[v] = (float)sums[v];
        }
    }
}
