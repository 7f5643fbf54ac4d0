using System.Diagnostics;
using System.Reflection;
using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Surface;

/// <summary>What a debugger and an interpolated string show says shape and space.</summary>
public sealed class DebuggerViewTests
{
    [Fact]
    public void Values_say_what_they_are()
    {
        Assert.Equal("image [1, 3, 512, 768] in [-1, 1]", new ImageTensor(1, 512, 768).ToString());
        var latent = new Latent(LatentSpace.Flux1, new float[16 * 6], 1, 2, 3);
        Assert.Equal("latent [1, 16, 2, 3] in FLUX.1 (flux1, 16 channels, 1/8)", latent.ToString());
        Assert.EndsWith(", of a picture of 20 x 16", new Latent(LatentSpace.Flux1, new float[16 * 6], 1, 2, 3) { PictureSize = (16, 20) }.ToString());
        var memory = new MemoryWeights("numbers");
        memory.Add("a", new float[6], 2, 3);
        Assert.Equal("a F32 [2, 3]", memory.Tensors["a"].ToString());
        Assert.Equal("numbers: 1 tensor", memory.ToString());
        Assert.Contains("pixels", Autoencoder.Pixels.ToString());
    }

    [Theory]
    [InlineData(typeof(ImageTensor))]
    [InlineData(typeof(Latent))]
    [InlineData(typeof(LatentSpace))]
    [InlineData(typeof(Autoencoder))]
    [InlineData(typeof(TensorInfo))]
    [InlineData(typeof(WeightSource))]
    [InlineData(typeof(Node))]
    [InlineData(typeof(NetworkGraph))]
    public void Debuggers_show_it(Type type)
    {
        Assert.Equal("{ToString(),nq}", type.GetCustomAttribute<DebuggerDisplayAttribute>()!.Value);
        Assert.NotEqual(typeof(object), type.GetMethod("ToString", Type.EmptyTypes)!.DeclaringType);
    }
}
