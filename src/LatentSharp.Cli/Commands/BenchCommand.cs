using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using LatentSharp.Cpu;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent bench</c></summary>
internal sealed class BenchCommand : LatentCommand
{
    private readonly Option<PictureSize> size = PictureSize.Option(new PictureSize(512, 512));
    private readonly Option<string?> ae = ChosenAutoencoder.Option();
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<int> repeat = SharedOptions.WholeNumber(new("--repeat") { Description = "How often each is run; the median counts.", HelpName = "N", DefaultValueFactory = _ => 3 }, 100);

    internal BenchCommand() : base("bench", "Time encoding and decoding on this machine.", "latent bench", "latent bench --ae ae.safetensors --size 1024x1024 --threads 4")
    {
        Add(size);
        Add(ae);
        Add(memory);
        Add(repeat);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        PictureSize picture = arguments.GetValue(size);
        int times = arguments.GetValue(repeat);
        ComputeOptions compute = SharedOptions.Compute(arguments, memory);
        using ChosenAutoencoder chosen = ChosenAutoencoder.Open(arguments.GetValue(ae), report);
        Autoencoder autoencoder = chosen.Autoencoder;
        Fits(picture, autoencoder, compute);
        report.Line($"{picture.Width} x {picture.Height} with {chosen.Description}, {times} times after one to warm up");


        var timings = new List<Timing>();
        if (autoencoder.CanEncode)
        {
            ImageTensor image = Gradient(picture);
            timings.Add(Measure("encode", autoencoder.PlanEncode(picture.Height, picture.Width, compute), times, () => autoencoder.Encode(image, new EncodeOptions { Compute = compute }, null, cancellationToken), cancellationToken));
        }
        if (autoencoder.CanDecode)
        {
            CpuPlan plan = autoencoder.PlanDecode(picture.Height, picture.Width, compute);
            LatentSpace space = autoencoder.Space;
            int height = (picture.Height + space.Factor - 1) / space.Factor, width = (picture.Width + space.Factor - 1) / space.Factor;
            var latent = new Latent(space, new float[space.Channels * height * width], 1, height, width);
            timings.Add(Measure("decode", plan, times, () => autoencoder.Decode(latent, new DecodeOptions { Compute = compute }, null, cancellationToken), cancellationToken));
        }
        foreach (Timing t in timings)
            report.Line(string.Create(CultureInfo.InvariantCulture, $"{t.Name}  {t.Median:0.000} s   {picture.Width * (double)picture.Height / 1e6 / t.Median:0.00} Mpixel/s   {2 * t.Plan.MultiplyAdds / 1e9 / t.Median:#,0} GFLOP/s in direct-convolution terms   planned peak {t.Plan.PeakBytes / 1e6:#,0} MB   {t.Plan.Threads} threads, {t.Plan.Simd}"));
        report.Object(json =>
        {
            chosen.Write(json);
            JsonParts.Size(json, "picture", (picture.Height, picture.Width));
            foreach (Timing t in timings)
            {
                json.WriteStartObject(t.Name);
                json.WriteNumber("median_seconds", Math.Round(t.Median, 4));
                json.WriteStartArray("seconds");
                foreach (double s in t.Seconds) json.WriteNumberValue(Math.Round(s, 4));
                json.WriteEndArray();
                json.WriteNumber("multiply_adds", t.Plan.MultiplyAdds);
                json.WriteNumber("peak_bytes", t.Plan.PeakBytes);
                json.WriteNumber("threads", t.Plan.Threads);
                json.WriteString("simd", t.Plan.Simd.ToString());
                json.WriteEndObject();
            }
        });
    }

    /// <summary>Refuses a picture that the library would refuse as well, but before that picture is made.</summary>
    private static void Fits(PictureSize picture, Autoencoder autoencoder, ComputeOptions compute)
    {
        long values = (long)ImageTensor.Channels * picture.Height * picture.Width, available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, peak = 0;
        if (autoencoder.CanEncode) peak = autoencoder.PlanEncode(picture.Height, picture.Width, compute).PeakBytes;
        if (autoencoder.CanDecode) peak = Math.Max(peak, autoencoder.PlanDecode(picture.Height, picture.Width, compute).PeakBytes);
        if (peak <= available && values <= Array.MaxLength) return;
        throw new LatentSharpException(ErrorKind.BadInput, $"--size {picture.Width}x{picture.Height}", string.Create(CultureInfo.InvariantCulture, $"{peak / 1e9:#,0.0} GB of working memory are needed; this machine has {available / 1e9:0.0} GB."), "Use a smaller picture.");
    }

    private static Timing Measure(string name, CpuPlan plan, int times, Action work, CancellationToken cancellationToken)
    {
        work();
        var seconds = new double[times];
        for (int i = 0; i < times; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var watch = Stopwatch.StartNew();
            work();
            seconds[i] = watch.Elapsed.TotalSeconds;
        }
        return new Timing(name, plan, seconds);
    }

    /// <summary>A picture that is not constant; what it shows does not change the time.</summary>
    private static ImageTensor Gradient(PictureSize size)
    {
        var image = new ImageTensor(1, size.Height, size.Width);
        for (int c = 0; c < ImageTensor.Channels; c++)
        {
            Span<float> plane = image.Plane(0, c);
            for (int i = 0; i < plane.Length; i++) plane[i] = i % size.Width * 2f / size.Width - 1f;
        }
        return image;
    }

    private sealed record Timing(string Name, CpuPlan Plan, double[] Seconds)
    {
        internal double Median { get; } = Seconds.Order().ElementAt(Seconds.Length / 2);
    }
}
