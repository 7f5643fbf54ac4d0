using LatentSharp.Bench.Weights;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Benchmarks;

/// <summary>
/// The full-size weights made by formula. Expected numbers: an independent implementation in Python (NumPy),
/// shared/golden/flux-ae-full/flux-full-weights.json.
/// </summary>
public sealed class WeightFormulaTests
{
    [Theory]
    [InlineData(0, 0, 0x9b518c6du, 0.2134261131286621f)]
    [InlineData(1, 0, 0x378339b1u, -0.5663079023361206f)]
    [InlineData(2, 0, 0x3d09c0bfu, -0.5231399536132812f)]
    [InlineData(0, 1, 0x8f2d0819u, 0.1185617446899414f)]
    public void HashesAreThoseOfTheDocumentedFormula(uint i, uint t, uint hash, float unit)
    {
        Assert.Equal(hash, WeightFormula.Hash(i, t));
        Assert.Equal(unit, WeightFormula.Unit(i, t));
    }

    [Fact]
    public void TheFluxAutoencoderHas244TensorsAnd83819683Parameters()
    {
        FormulaWeights weights = BenchFiles.Weights(BenchModel.Flux1);
        Assert.Equal(244, weights.Tensors.Count);
        Assert.Equal(83_819_683, weights.Tensors.Values.Sum(t => t.Shape.ElementCount));
    }

    [Fact]
    public void AllValuesOfTheFluxAutoencoderAreTheDocumentedOnes()
    => Assert.Equal(BenchFiles.Flux1Digest, BenchFiles.Digest(BenchFiles.Weights(BenchModel.Flux1)));

    // 67 tensors and 1,229,443 parameters: taef1_decoder.safetensors of madebyollin/taesd.
    [Fact]
    public void TheTaef1DecoderHas67TensorsAnd1229443Parameters()
    {
        FormulaWeights weights = BenchFiles.Weights(BenchModel.Taef1Decoder);
        Assert.Equal(67, weights.Tensors.Count);
        Assert.Equal(1_229_443, weights.Tensors.Values.Sum(t => t.Shape.ElementCount));
    }

    [Fact]
    public void AnyPartOfATensorIsReadAsInTheWhole()
    {
        FormulaWeights weights = BenchFiles.Weights(BenchModel.Flux1);
        TensorInfo tensor = weights.Tensors["decoder.conv_out.weight"];
        float[] whole = weights.Read(tensor);
        for (int first = 0; first < 40; first++)
        {
            var part = new float[37];
            weights.Read(tensor, first, part);
            Assert.Equal(whole[first..(first + part.Length)], part);
        }
    }
}
