using System.Globalization;

namespace LatentSharp.Bench.Compare;

/// <summary>Whose engine a worker runs.</summary>
internal enum Side
{
    /// <summary>LatentSharp's CPU engine.</summary>
    Ours,
    /// <summary>ONNX Runtime's CPU provider.</summary>
    Onnx,
    /// <summary>PyTorch, beside trainings.</summary>
    Torch,
}

/// <summary>What a worker process is told.</summary>
/// <param name="Side">Whose engine.</param>
/// <param name="Case">The case by name.</param>
/// <param name="Weights">The weight file.</param>
/// <param name="Compute">How our engine runs: memory budget, weights kept between runs. ONNX Runtime keeps its own and plans its own
/// memory.</param>
internal sealed record WorkerOptions(Side Side, string Case, string Weights, ComputeOptions Compute)
{
    /// <summary>The word that makes the program a worker.</summary>
    public const string Command = "worker";

    public IEnumerable<string> ToArguments()
        => [Command, Side.ToString(), Case, Weights, Compute.Threads.ToString(CultureInfo.InvariantCulture),
            Compute.MemoryBudget?.ToString(CultureInfo.InvariantCulture) ?? "-", Compute.KeepWeights.ToString(),
            Compute.Precision.ToString()];

    public static WorkerOptions Parse(ReadOnlySpan<string> arguments)
        => new(Enum.Parse<Side>(arguments[1]), arguments[2], arguments[3], new ComputeOptions
        {
            Threads = int.Parse(arguments[4], CultureInfo.InvariantCulture),
            MemoryBudget = arguments[5] == "-" ? null : long.Parse(arguments[5], CultureInfo.InvariantCulture),
            KeepWeights = bool.Parse(arguments[6]),
            Precision = Enum.Parse<Precision>(arguments[7]),
        });
}

/// <summary>What the user asks for.</summary>
internal sealed record BenchOptions
{
    public const string Usage = """
        usage: ./bench [options]          LatentSharp beside ONNX Runtime's CPU provider, on this machine, with the same weights
               ./bench steps [options]    where LatentSharp's time goes: every step of the plan
                                          (--cases --repetitions --threads --memory --keep-weights)
               ./bench schedule [options] how long a run would take on 1 to 64 cores, by a simulation of the schedule with the
                                          measured times of its units (--cases)
               ./bench kernels [...]      micro-benchmarks of the kernels (BenchmarkDotNet; its options follow)
               ./bench dataset [...]      how fast a data set is encoded, from files to files, beside the bare encoder
                                          (--ae FILE --pictures FOLDER --count N --size PIXELS --repetitions N
                                          --all-threads: not on one thread besides)
               ./bench weights NAME FILE  writes a file of the size and layout of a published one, with values by formula:
                                          flux1-schnell (23.8 GB), flux1-dev, t5xxl (9.5 GB), clip-l
               ./bench table              writes the table in README.md anew from benchmarks/*/results.json

          --cases A,B,...     only these: {0}
          --repetitions N     timed runs of each side after one untimed run (default 3)
          --threads N         threads of each side (default: every core)
          --memory SIZE       memory budget of LatentSharp's engine, as in 1.5GB or 800MB
          --keep-weights      weights that LatentSharp has packed and transformed stay between runs
          --precision P       fp32 (default) or int8: the numbers that LatentSharp computes FLUX.1's blocks with
          --ours              only LatentSharp, no peer
          --peer              only the peer
          --json FILE         writes the figures to FILE
          --write             keeps the figures in benchmarks/PROCESSOR/results.json and writes README.md's table anew

        The first run of each side warms it up and is listed apart; the figure is the median of the runs that follow,
        taken in turns (A B A B ...). Inside the time: one picture from numbers in memory to numbers in memory.
        Outside: making and opening the weight file, preparing the network.
        A call of less than 0.1 s is repeated for so long; its figure is the mean.
        """;

    public IReadOnlyList<BenchCase> Cases { get; init; } = BenchCase.All;
    public int Repetitions { get; init; } = 3;
    public int Threads { get; init; } = Environment.ProcessorCount;
    public long? Memory { get; init; }
    public bool KeepWeights { get; init; }
    public Precision Precision { get; init; }
    public bool WithOurs { get; init; } = true;
    public bool WithPeer { get; init; } = true;
    public string? JsonPath { get; init; }
    public bool Keep { get; init; }

    /// <summary>How our engine runs.</summary>
    public ComputeOptions Compute => new() { Threads = Threads, MemoryBudget = Memory, KeepWeights = KeepWeights, Precision = Precision };

    /// <exception cref="BenchException">An option is unknown or its value is not one.</exception>
    public static BenchOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new BenchOptions();
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            options = name switch
            {
                "--ours" => options with { WithPeer = false },
                "--peer" => options with { WithOurs = false },
                "--keep-weights" => options with { KeepWeights = true },
                "--write" => options with { Keep = true },
                "--cases" => options with { Cases = [.. Value(arguments, ref i).Split(',').Select(FindCase)] },
                "--repetitions" => options with { Repetitions = Count(name, Value(arguments, ref i)) },
                "--threads" => options with { Threads = Count(name, Value(arguments, ref i)) },
                "--memory" => options with { Memory = Size(Value(arguments, ref i)) },
                "--precision" => options with { Precision = Numbers(Value(arguments, ref i)) },
                "--json" => options with { JsonPath = Value(arguments, ref i) },
                _ => throw new BenchException($"unknown option {name}; ./bench --help lists the options", isUsage: true),
            };
        }
        return options;
    }

    internal static string Value(ReadOnlySpan<string> arguments, ref int i)
        => i + 1 < arguments.Length ? arguments[++i] : throw new BenchException($"{arguments[i]} needs a value", isUsage: true);

    internal static int Count(string option, string text)
        => int.TryParse(text, CultureInfo.InvariantCulture, out int value) && value > 0 ? value
        : throw new BenchException($"{option} takes a positive number, not {text}", isUsage: true);

    private static Precision Numbers(string text) => text switch
    {
        "fp32" => Precision.Float32,
        "int8" => Precision.Int8,
        _ => throw new BenchException($"--precision is fp32 or int8, not {text}", isUsage: true),
    };

    private static BenchCase FindCase(string name)
        => BenchCase.All.FirstOrDefault(c => c.Name == name)
        ?? throw new BenchException($"there is no case {name}; there are {string.Join(' ', BenchCase.All.Select(c => c.Name))}", isUsage: true);

    private static long Size(string text)
    {
        (string suffix, double unit)[] units = [("GiB", 1L << 30), ("MiB", 1L << 20), ("GB", 1e9), ("MB", 1e6), ("G", 1L << 30),
            ("M", 1L << 20), ("", 1)];
        foreach ((string suffix, double unit) in units)
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text[..^suffix.Length], CultureInfo.InvariantCulture, out double value) && value > 0)
                return (long)(value * unit);
        throw new BenchException($"--memory takes a size such as 1.5GB or 800MiB, not {text}", isUsage: true);
    }
}
