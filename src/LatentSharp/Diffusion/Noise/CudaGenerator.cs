using LatentSharp.Latents;

namespace LatentSharp.Diffusion.Noise;

/// <summary>
/// Normal noise as <c>torch.randn</c> draws it on a CUDA device: Philox4x32-10 with one counter for each thread of the device's grid. Its
/// numbers depend on the size of that grid as soon as there are more numbers than threads. The generator "NV" of AUTOMATIC1111's program,
/// which is "cuda" in stable-diffusion.cpp, is the one with a thread for every number.
/// </summary>
/// <remarks>Computed in double from the constants in float32; a device differs by up to 1e-6. Not for several threads at once.</remarks>
public sealed class CudaGenerator
{
    private const float TwoToMinus32 = 2.3283064365386963e-10f, TwoPiTwoToMinus32 = 1.4629180792671596e-9f;

    private readonly uint low, high;
    private readonly int threads;
    private ulong offset;

    /// <summary>The generator of a seed, of which all 64 bits count.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="threads">Threads of the device's largest grid, 256 times the blocks that fit: 196,608 on an RTX 4090. By default a
    /// thread for every number ("NV").</param>
    public CudaGenerator(ulong seed, int threads = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        (low, high, this.threads) = ((uint)seed, (uint)(seed >> 32), threads);
    }

    /// <summary>Fills <paramref name="noise"/> as one call of <c>torch.randn</c>.</summary>
    public void Fill(Span<float> noise)
    {
        // Each thread makes four numbers of a counter before it goes on to the next; a call uses up as many counters as its busiest thread.
        int perThread = noise.Length <= threads ? 1 : (noise.Length - 1) / threads + 1;
        for (int thread = 0; thread < Math.Min(threads, noise.Length); thread++)
            for (int k = 0; k < perThread; k += 4)
            {
                ulong counter = offset + (ulong)(k / 4);
                (uint a, uint b, uint c, uint d) = GaussianNoise.Philox((uint)counter, (uint)(counter >> 32), (uint)thread, 0, low, high);
                (float x0, float x1) = BoxMuller(a, b);
                (float x2, float x3) = BoxMuller(c, d);
                ReadOnlySpan<float> four = [x0, x1, x2, x3];
                for (int j = 0; j < 4 && k + j < perThread; j++)
                    if ((long)(k + j) * threads + thread is var i && i < noise.Length) noise[(int)i] = four[j];
            }
        offset += (ulong)((perThread + 3) / 4);
    }

    private static (float, float) BoxMuller(uint x, uint y)
    {
        double u = x * (double)TwoToMinus32 + TwoToMinus32 / 2, v = y * (double)TwoPiTwoToMinus32 + TwoPiTwoToMinus32 / 2;
        double radius = Math.Sqrt(-2 * Math.Log(u));
        (double sin, double cos) = Math.SinCos(v);
        return ((float)(radius * sin), (float)(radius * cos));
    }
}
