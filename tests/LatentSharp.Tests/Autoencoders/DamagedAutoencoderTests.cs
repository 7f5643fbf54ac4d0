using CsCheck;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// Autoencoders of which tensors were lost, renamed, cut or mixed with those of others: they open, or they are refused with an error that
/// names the file.
/// </summary>
public sealed class DamagedAutoencoderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("latentsharp-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void AnyDamageIsRefusedWithAnErrorToActOn()
    {
        MemoryWeights whole = SmallKL.Create(16, levels: 2), other = SmallKL.Create(4, levels: 3, quant: true);
        string[] names = [.. whole.Tensors.Keys];
        string path = Path.Combine(folder, "damaged.safetensors");
        Gen.Select(Gen.Int[0, names.Length - 1], Gen.Int[0, 4], Gen.Int[0, 3]).Array[1, 3].Sample(damages =>
        {
            var weights = new MemoryWeights(path);
            foreach (TensorInfo tensor in whole.Tensors.Values)
                weights.Add(tensor.Name, whole.Read(tensor), tensor.Shape.Dimensions.AsSpan());
            foreach ((int which, int kind, int axis) in damages) weights = Damage(weights, names[which], kind, axis, other);
            SmallKL.Write(path, weights);
            try
            {
                using Autoencoder autoencoder = Autoencoder.Open(path);
                // What opens has to work.
                if (autoencoder is { CanEncode: true, CanDecode: true })
                    autoencoder.Decode(autoencoder.Encode(EmbeddedAutoencoderTests.Gradient(1, 4, 4)));
            }
            catch (LatentSharpException e)
            {
                Assert.Contains("damaged.safetensors", e.Message, StringComparison.Ordinal);
            }
        }, iter: 200, threads: 1);
    }

    [Fact]
    public void HalvesOfDifferentAutoencodersAreRefused()
    {
        MemoryWeights mixed = SmallKL.Without(SmallKL.Create(16), n => n.StartsWith("decoder.", StringComparison.Ordinal)),
            other = SmallKL.Create(4);
        foreach (TensorInfo tensor in other.Tensors.Values.Where(t => t.Name.StartsWith("decoder.", StringComparison.Ordinal)))
            mixed.Add(tensor.Name, other.Read(tensor), tensor.Shape.Dimensions.AsSpan());
        LatentSharpException error = Assert.Throws<LatentSharpException>(
            () => Autoencoder.Open(SmallKL.Write(Path.Combine(folder, "mixed.safetensors"), mixed)));
        Assert.Contains("one writes 16 channels at 1/8 of the size, the other reads 4 at 1/8", error.Message, StringComparison.Ordinal);
    }

    private static MemoryWeights Damage(MemoryWeights weights, string name, int kind, int axis, MemoryWeights other)
    {
        if (!weights.Tensors.TryGetValue(name, out TensorInfo? tensor)) return weights;
        MemoryWeights rest = SmallKL.Without(weights, n => n == name);
        long[] shape = [.. tensor.Shape.Dimensions];
        switch (kind)
        {
            case 0:
                return rest;
            case 1:
                rest.Add(name + "x", weights.Read(tensor), shape);
                return rest;
            case 2:
                rest.Add(name, weights.Read(tensor), [.. shape, 1]);
                return rest;
            case 3 when shape[axis % shape.Length] > 1:
                long removed = tensor.Shape.ElementCount / shape[axis % shape.Length];
                shape[axis % shape.Length]--;
                rest.Add(name, weights.Read(tensor)[..(int)(tensor.Shape.ElementCount - removed)], shape);
                return rest;
            default:
                if (!other.Tensors.TryGetValue(name, out TensorInfo? foreign)) return rest;
                rest.Add(name, other.Read(foreign), foreign.Shape.Dimensions.AsSpan());
                return rest;
        }
    }
}
