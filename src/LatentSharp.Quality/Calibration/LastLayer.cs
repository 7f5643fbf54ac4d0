using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;

namespace LatentSharp.Quality.Calibration;

/// <summary>The convolution at the end of a decoder: [3, C, 3, 3] and a bias, from features to pixels in the network's own range.</summary>
internal sealed class LastLayer
{
    private LastLayer(string weightName, string biasName, float[] weight, float[] bias, int channels)
        => (WeightName, BiasName, Weight, Bias, Channels) = (weightName, biasName, weight, bias, channels);

    public string WeightName { get; }

    public string BiasName { get; }

    /// <summary>[3, C, 3, 3], row-major.</summary>
    public float[] Weight { get; }

    /// <summary>[3].</summary>
    public float[] Bias { get; }

    /// <summary>C.</summary>
    public int Channels { get; }

    /// <summary>Reads it from an autoencoder.</summary>
    /// <exception cref="LatentSharpException">The decoder does not end in a 3x3 convolution to three channels with a bias.</exception>
    public static LastLayer Of(Autoencoder autoencoder)
    {
        Conv2d convolution = End(autoencoder.DecoderGraph(8 * autoencoder.Space.Factor, 8 * autoencoder.Space.Factor), autoencoder.Name);
        return new LastLayer(convolution.Weight.Name, convolution.Bias!.Name, convolution.Weight.Read(), convolution.Bias.Read(),
            convolution.Source.Shape.Channels);
    }

    /// <summary>The same layer with the colours that it gives sent through p' = matrix p + offset, exactly.</summary>
    /// <param name="matrix">[3, 3], row-major, in the network's own range.</param>
    /// <param name="offset">[3].</param>
    public LastLayer Through(double[] matrix, double[] offset)
    {
        int inner = Channels * 9;
        float[] weight = new float[Weight.Length], bias = new float[3];
        for (int o = 0; o < 3; o++)
        {
            for (int i = 0; i < inner; i++)
                weight[o * inner + i] =
                    (float)(matrix[3 * o] * Weight[i] + matrix[3 * o + 1] * Weight[inner + i] + matrix[3 * o + 2] * Weight[2 * inner + i]);
            bias[o] = (float)(matrix[3 * o] * Bias[0] + matrix[3 * o + 1] * Bias[1] + matrix[3 * o + 2] * Bias[2] + offset[o]);
        }
        return new LastLayer(WeightName, BiasName, weight, bias, Channels);
    }

    /// <summary>The same layer with something added to its weights.</summary>
    /// <param name="change">For each of the three outputs C*9 weights and a bias.</param>
    public LastLayer Plus(double[][] change)
    {
        int inner = Channels * 9;
        float[] weight = (float[])Weight.Clone(), bias = (float[])Bias.Clone();
        for (int o = 0; o < 3; o++)
        {
            for (int i = 0; i < inner; i++) weight[o * inner + i] += (float)change[o][i];
            bias[o] += (float)change[o][inner];
        }
        return new LastLayer(WeightName, BiasName, weight, bias, Channels);
    }

    /// <summary>The features that the layer reads when a latent is decoded: [C, H, W].</summary>
    public static (float[] Features, int Height, int Width) Features(Autoencoder autoencoder, Latent latent, ComputeOptions? compute,
        CancellationToken cancellationToken)
    {
        int height = latent.Height * autoencoder.Space.Factor, width = latent.Width * autoencoder.Space.Factor;
        Conv2d end = End(autoencoder.DecoderGraph(height, width), autoencoder.Name);
        Plan plan = DefaultDevice.Compile(new NetworkGraph("decoder features", end.Source), compute);
        float[] model = new float[plan.Inputs[0].Shape.Count], features = new float[plan.Outputs[0].Shape.Count];
        autoencoder.ModelSpace.ToModel(latent.Values, model, latent.Height, latent.Width);
        plan.Run(model, features, null, cancellationToken);
        return (features, height, width);
    }

    private static Conv2d End(NetworkGraph decoder, string name)
        => decoder.Outputs[0].Source is Conv2d { KernelHeight: 3, KernelWidth: 3, Stride: 1, Groups: 1, Bias: not null } c
        && c.Shape.Channels == 3 ? c
            : throw new LatentSharpException(ErrorKind.BadInput, name,
                "the decoder does not end in a 3x3 convolution to three channels, which recalibration changes.",
                "Recalibrate a FLUX, Stable Diffusion or TAESD autoencoder.");
}
