namespace LatentSharp.Service.Running;

/// <summary>What a network has given.</summary>
/// <param name="Kind">Which of the networks that can be computed.</param>
/// <param name="Network">What it is, for people.</param>
/// <param name="Output">The file with the results.</param>
/// <param name="Items">How many of each input there were.</param>
/// <param name="Outputs">The tensors in the file.</param>
/// <param name="UnusedInputs">Tensors of the input that this network does not take.</param>
/// <param name="UnknownLoraTensors">Tensors of the LoRAs that belong to no module of the network.</param>
/// <param name="Seconds">The time that computing took.</param>
public sealed record RunResult(NetworkKind Kind, string Network, string Output, int Items, IReadOnlyList<RunTensor> Outputs,
    IReadOnlyList<string> UnusedInputs, IReadOnlyList<string> UnknownLoraTensors, double Seconds)
{
    /// <summary>Working memory that the plan needs.</summary>
    public long PeakBytes { get; init; }
}

/// <summary>A tensor that was written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its dimensions.</param>
public sealed record RunTensor(string Name, IReadOnlyList<long> Shape);
