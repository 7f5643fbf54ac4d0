using LatentSharp.Bench.Compare;
using LatentSharp.Models.Flux;
using LatentSharp.Models.Text;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Bench.Weights;

/// <summary>
/// Files of the size and the layout of published ones, with the values of <see cref="WeightFormula"/>: what takes memory and time can be
/// measured with them where the published files are not at hand. They are large: <c>flux1-schnell</c> 23.8 GB, <c>t5xxl</c> 9.5 GB.
/// </summary>
internal static class FullSize
{
    /// <summary>Writes the file.</summary>
    /// <param name="name"><c>t5xxl</c>, <c>clip-l</c>, or a transformer that <see cref="FluxOutline"/> knows.</param>
    /// <param name="path">Where it goes.</param>
    /// <exception cref="BenchException">The name is not known.</exception>
    public static void Write(string name, string path)
    {
        WeightSource outline = name switch
        {
            "t5xxl" => TextOutline.T5(),
            "clip-l" => TextOutline.Clip(),
            _ => FluxOutline.Of(name) ?? throw new BenchException($"{name} is not known: t5xxl, clip-l, flux1-schnell, flux1-dev, ..."),
        };
        var weights = new FormulaWeights(name, outline.Tensors.Values.Select(t => (t.Name, t.Shape)));
        SafetensorsWriter.Write(path,
            outline.Tensors.Values.Select(t => SafetensorsEntry.Convert(weights, weights.Tensors[t.Name], t.Name, t.Shape, t.Type)));
    }
}
