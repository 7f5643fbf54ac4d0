using LatentSharp.Weights;

namespace LatentSharp.Models.Flux;

/// <summary>The gradient of a tensor of a LoRA.</summary>
/// <param name="Tensor">The tensor, as its file has it.</param>
/// <param name="Values">Its gradient, in the stored order.</param>
internal readonly record struct LoraGradient(TensorInfo Tensor, float[] Values);

/// <summary>
/// The gradients of the two matrices of every module of a LoRA, W + s up down, from those of the matrices that it changes:
/// d up = s dW down^T, d down = s up^T dW, s being the strength times alpha / rank.
/// </summary>
internal sealed class FluxLoraGradients
{
    private readonly LoraFile lora;
    private readonly IReadOnlyList<LoraModule> modules;
    private readonly double? scale;

    /// <param name="weights">The transformer under BFL's names.</param>
    /// <param name="lora">The LoRA.</param>
    /// <exception cref="LatentSharpException">It is no LoRA of FLUX.1, or a module is more than a product of two matrices.</exception>
    public FluxLoraGradients(WeightSource weights, LoraFile lora)
    {
        ArgumentNullException.ThrowIfNull(lora);
        this.lora = lora;
        modules = FluxLora.Read(lora.File, new LoraTargets(weights, FluxShapes.From(weights)), [], []);
        scale = FluxLora.ScaleOfFile(lora.File);
        if (modules.FirstOrDefault(m => !m.IsProduct) is { } other)
            throw new LatentSharpException(ErrorKind.BadInput, lora.File.Name,
                $"{other.Stem} is no product of two matrices (it holds {string.Join(", ", other.Tensors.Keys)}); only those have gradients here.");
    }

    /// <summary>The names of the matrices that it changes.</summary>
    public IEnumerable<string> Changed => modules.Select(m => m.Target.Tensor).Distinct();

    /// <summary>The gradients.</summary>
    /// <param name="gradientOf">The gradient of a matrix of the transformer, by its name.</param>
    public IEnumerable<LoraGradient> Of(Func<string, float[]> gradientOf)
    {
        ArgumentNullException.ThrowIfNull(gradientOf);
        foreach (LoraModule module in modules)
        {
            float[] whole = gradientOf(module.Target.Tensor), up = module.Read(LoraRole.Up), down = module.Read(LoraRole.Down);
            int rank = module.Rank, columns = module.Columns, rows = module.Target.Rows;
            double s = lora.Strength * module.Scale(rank, scale);
            double[] ofUp = new double[up.Length], ofDown = new double[down.Length];
            for (int row = 0; row < rows; row++)
                for (int r = 0; r < rank; r++)
                {
                    ReadOnlySpan<float> gradient = whole.AsSpan(module.Target.RowOf(row) * columns, columns);
                    double sum = 0, factor = s * up[row * rank + r];
                    for (int c = 0; c < columns; c++)
                    {
                        sum += (double)gradient[c] * down[r * columns + c];
                        ofDown[r * columns + c] += factor * gradient[c];
                    }
                    ofUp[row * rank + r] = s * sum;
                }
            yield return new LoraGradient(module.Tensors[LoraRole.Down], Array.ConvertAll(ofDown, v => (float)v));
            yield return new LoraGradient(module.Tensors[LoraRole.Up], Array.ConvertAll(ofUp, v => (float)v));
        }
    }
}
