using System.Diagnostics;
using System.Globalization;
using LatentSharp.Bench.Compare;
using LatentSharp.Bench.Weights;
using LatentSharp.Datasets;

namespace LatentSharp.Bench.Datasets;

/// <summary>
/// How fast a data set is encoded, beside the bare encoder: pictures from files to files against pictures from numbers in memory to numbers
/// in memory.
/// </summary>
/// <param name="autoencoder">What encodes.</param>
/// <param name="pictures">Where the pictures are taken from.</param>
/// <param name="count">How many are encoded.</param>
/// <param name="side">The bucket's side in pixels.</param>
/// <param name="oneThread">Whether one thread alone encodes the pictures too.</param>
internal sealed class DatasetRates(Autoencoder autoencoder, string pictures, int count, int side, bool oneThread)
{
    // Of a bare encoder that takes no time: as the other cases of the bench have it.
    private const double AtLeastSeconds = 3;

    /// <summary>Reads the options and measures.</summary>
    /// <exception cref="BenchException">An option is unknown or its value is not one.</exception>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        string? weights = null, folder = null;
        int count = 24, side = 512, rounds = 3;
        bool oneThread = true;
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            switch (name)
            {
                case "--ae": weights = BenchOptions.Value(arguments, ref i); break;
                case "--pictures": folder = BenchOptions.Value(arguments, ref i); break;
                case "--count": count = BenchOptions.Count(name, BenchOptions.Value(arguments, ref i)); break;
                case "--size": side = BenchOptions.Count(name, BenchOptions.Value(arguments, ref i)); break;
                case "--repetitions": rounds = BenchOptions.Count(name, BenchOptions.Value(arguments, ref i)); break;
                case "--all-threads": oneThread = false; break;
                default: throw new BenchException($"unknown option {name}; ./bench --help lists the options", isUsage: true);
            }
        }
        Console.WriteLine(Machine.Current);
        using Autoencoder autoencoder = Autoencoder.Open(weights ?? BenchFiles.Ensure(BenchModel.Flux1));
        var rates = new DatasetRates(autoencoder, folder ?? Path.Combine(Repository.Root, "assets/photos"), count, side, oneThread);
        for (int round = 0; round < rounds; round++) rates.Print();
        return 0;
    }

    // The bare encoder before and after: a machine's pace changes within the minutes that many pictures take.
    private void Print()
    {
        int threads = Environment.ProcessorCount;
        double before = Bare(threads), whole = Encoded(threads), bare = (before + Bare(threads)) / 2;
        Console.Write(string.Create(CultureInfo.InvariantCulture,
            $"{autoencoder.Name}, {count} pictures to {side}x{side}: bare encoder {bare:0.000}/s ({before:0.000} before), "
            + $"data set {whole:0.000}/s ({whole / bare:P1} of it)"));
        if (oneThread)
        {
            double alone = Encoded(1);
            Console.Write(string.Create(CultureInfo.InvariantCulture,
                $"; one thread {alone:0.000}/s, {threads} threads {whole / alone:0.00} times that"));
        }
        Console.WriteLine();
    }

    // One picture after the other on all threads, from numbers to numbers.
    private double Bare(int threads)
    {
        ImageTensor picture = Prepared();
        var options = new EncodeOptions { Compute = new ComputeOptions { Threads = threads } };
        autoencoder.Encode(picture, options);
        var watch = Stopwatch.StartNew();
        int done = 0;
        do
        {
            autoencoder.Encode(picture, options);
            done++;
        }
        while (watch.Elapsed.TotalSeconds < AtLeastSeconds || done < 3);
        return done / watch.Elapsed.TotalSeconds;
    }

    private ImageTensor Prepared()
    {
        string first = Directory.EnumerateFiles(pictures).Where(IsPicture).Order(StringComparer.Ordinal).First();
        ImageTensor photo = PictureFile.Load(first).Image;
        var picture = new ImageTensor(1, side, side);
        for (int c = 0; c < ImageTensor.Channels; c++)
            for (int y = 0; y < side; y++)
                for (int x = 0; x < side; x++)
                    picture.Plane(0, c)[y * side + x] = photo.Plane(0, c)[y % photo.Height * photo.Width + x % photo.Width];
        return picture;
    }

    // From files to files; every picture has a name of its own, so that each is encoded.
    private double Encoded(int threads)
    {
        string folder = Directory.CreateTempSubdirectory("latent-bench-").FullName;
        try
        {
            string[] files = [.. Directory.EnumerateFiles(pictures).Where(IsPicture).Order(StringComparer.Ordinal)];
            string source = Directory.CreateDirectory(Path.Combine(folder, "set")).FullName;
            for (int i = 0; i < count; i++)
                File.Copy(files[i % files.Length], Path.Combine(source, $"{i:D5}{Path.GetExtension(files[i % files.Length])}"));
            var options = new LatentDatasetOptions
            {
                Format = "kohya", Buckets = "fixed", Resolution = (side, side), Compute = new ComputeOptions { Threads = threads },
            };
            var watch = Stopwatch.StartNew();
            if (Count(LatentDataset.EncodeAsync(source, Path.Combine(folder, "out"), autoencoder, options)).GetAwaiter().GetResult() != count)
                throw new BenchException("not every picture was encoded");
            return count / watch.Elapsed.TotalSeconds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsPicture(string file) => PictureFormat.FromExtension(file) is not null;

    private static async Task<int> Count(IAsyncEnumerable<DatasetItem> given)
    {
        int encoded = 0;
        await foreach (DatasetItem picture in given.ConfigureAwait(false))
            if (picture is { Error: null, WasThere: false }) encoded++;
        return encoded;
    }
}
