using static LatentSharp.Diffusion.Samplers.SamplerStep;

namespace LatentSharp.Diffusion.Samplers;

/// <summary>
/// UniPC (Zhao et al., 2023), multistep, predicting the picture. One evaluation a step: that at a predicted latent corrects it, and
/// predicts the next. The process that it counts in is a matter of the program.
/// </summary>
internal static class UniPC
{
    /// <summary>Where it stops instead of at 0.</summary>
    public const float LastSigma = 0.001f;

    /// <summary>
    /// As diffusers: second order, in the flow itself, whose picture counts 1 - sigma and whose noise sigma.
    /// </summary>
    public static readonly Process Diffusers = new(2, sigma => 1 - sigma, _ => 1, double.ExpM1);

    /// <summary>
    /// As ComfyUI: third order, in a variance-preserving process, whose picture counts alpha = 1 / sqrt(1 + sigma^2) and whose noise sigma
    /// alpha. A latent there is alpha times the one here.
    /// </summary>
    /// <param name="b">B(h) as a function of -h.</param>
    public static Process Comfy(Func<double, double> b) => new(3, Preserving, Preserving, b);

    // History: the corrected latent of the step before (of the process), then the pictures of earlier steps, newest first. X of a state is
    // the predicted latent.
    public static float[] Step(SamplerStep s, Process process)
    {
        float[] picture = s.Denoise(), corrected = Sum((process.Scale(s.Sigma), s.X));
        if (s.Index > 0)
        {
            int order = Order(s, s.Index, process);
            corrected = Update(s, s.Index, order, s.History[0], [.. s.History.Skip(1)], picture, process);
        }
        float[][] pictures = [picture, .. s.History.Skip(1).Take(process.Order - 1)];
        s.KeepAll([corrected, .. pictures]);
        float[] predicted = Update(s, s.Index + 1, Order(s, s.Index + 1, process), corrected, pictures, null, process);
        return Sum((1 / process.Scale(s.Next), predicted));
    }

    // Rises 1, 2, 3 and falls again at the end.
    private static int Order(SamplerStep s, int to, Process process)
        => Math.Min(Math.Min(Math.Max(1, Math.Min(process.Order, s.Steps - 1)), to), s.Steps + 1 - to);

    // The latent at sigma number `to` from that before it: predicted, or corrected where the picture at `to` is known.
    private static float[] Update(SamplerStep s, int to, int order, float[] from, float[][] pictures, float[]? target,
        Process process)
    {
        double Lambda(int index) => Math.Log(process.Alpha(s.SigmaAt(index)) / process.Noise(s.SigmaAt(index)));
        double h = Lambda(to) - Lambda(to - 1), hh = -h, phi = double.ExpM1(hh), bh = process.B(hh);
        double alpha = process.Alpha(s.SigmaAt(to));

        var r = new double[order];
        r[order - 1] = 1;
        for (int k = 1; k < order; k++) r[k - 1] = (Lambda(to - 1 - k) - Lambda(to - 1)) / h;
        int unknowns = target is null ? order - 1 : order;
        double[] rho = Weights(r.AsSpan(0, order), hh, phi, bh, unknowns);

        var terms = new List<(double, float[])> { (process.Noise(s.SigmaAt(to)) / process.Noise(s.SigmaAt(to - 1)), from) };
        double ofNewest = -alpha * phi, ofTarget = 0;
        for (int k = 1; k < order; k++)
        {
            double weight = -alpha * bh * rho[k - 1] / r[k - 1];
            terms.Add((weight, pictures[k]));
            ofNewest -= weight;
        }
        if (target is not null)
        {
            ofTarget = -alpha * bh * rho[order - 1];
            terms.Add((ofTarget, target));
        }
        terms.Add((ofNewest - ofTarget, pictures[0]));
        return Sum([.. terms]);
    }

    // The predictor solves for one order less than the corrector; the smallest system of each is fixed at 1/2.
    private static double[] Weights(ReadOnlySpan<double> r, double hh, double phi, double bh, int unknowns)
    {
        if (unknowns == 0) return [];
        bool predictor = unknowns < r.Length;
        if ((predictor && r.Length == 2) || (!predictor && r.Length == 1)) return [0.5];
        var rows = new double[unknowns, unknowns + 1];
        double term = phi / hh - 1, factorial = 1;
        for (int i = 0; i < unknowns; i++)
        {
            for (int k = 0; k < unknowns; k++) rows[i, k] = Math.Pow(r[k], i);
            rows[i, unknowns] = term * factorial / bh;
            factorial *= i + 2;
            term = term / hh - 1 / factorial;
        }
        return Solve(rows, unknowns);
    }

    // Elimination with pivots; at most three unknowns.
    private static double[] Solve(double[,] a, int n)
    {
        for (int column = 0; column < n; column++)
        {
            int pivot = column;
            for (int row = column + 1; row < n; row++)
                if (Math.Abs(a[row, column]) > Math.Abs(a[pivot, column])) pivot = row;
            for (int k = 0; k <= n; k++) (a[column, k], a[pivot, k]) = (a[pivot, k], a[column, k]);
            for (int row = 0; row < n; row++)
            {
                if (row == column) continue;
                double factor = a[row, column] / a[column, column];
                for (int k = column; k <= n; k++) a[row, k] -= factor * a[column, k];
            }
        }
        var x = new double[n];
        for (int i = 0; i < n; i++) x[i] = a[i, n] / a[i, i];
        return x;
    }

    private static double Preserving(double sigma) => 1 / Math.Sqrt(1 + sigma * sigma);

    /// <summary>What it counts in.</summary>
    /// <param name="Order">The highest order.</param>
    /// <param name="Alpha">How much the picture counts at a sigma.</param>
    /// <param name="Scale">A latent of the process over the one here. The noise counts sigma times this.</param>
    /// <param name="B">B(h) as a function of -h.</param>
    public sealed record Process(int Order, Func<double, double> Alpha, Func<double, double> Scale, Func<double, double> B)
    {
        /// <summary>How much the noise counts at a sigma.</summary>
        public double Noise(double sigma) => sigma * Scale(sigma);
    }
}
