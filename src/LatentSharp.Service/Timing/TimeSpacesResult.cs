namespace LatentSharp.Service.Timing;

/// <summary>Spaces in which pictures are made, whose cost is to be measured on this machine; no model needs to be here.</summary>
public sealed record TimeSpacesRequest
{
    /// <summary>The size of the picture; its sides are multiples of 64.</summary>
    public PixelSize Size { get; init; } = new(256, 256);

    /// <summary>How often each network is run after one run to warm up.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}

/// <summary>What a picture costs in several spaces on this machine.</summary>
/// <param name="Picture">A picture of which size.</param>
/// <param name="Ways">The models, each with its space.</param>
/// <param name="Threads">How many threads computed.</param>
/// <param name="Simd">The vectors they computed with.</param>
public sealed record TimeSpacesResult(PixelSize Picture, IReadOnlyList<WayToPicture> Ways, int Threads, string Simd);

/// <summary>What a picture costs with a published model. Networks are of full size, their weights those of a formula.</summary>
/// <param name="Space">The space's name.</param>
/// <param name="Model">The model.</param>
/// <param name="Values">Numbers that a step takes noise from.</param>
/// <param name="Parameters">Parameters of the network that takes the noise away.</param>
/// <param name="Steps">Steps that are usual: the defaults of diffusers.</param>
/// <param name="Evaluations">Evaluations of the network in a step: two with true guidance.</param>
/// <param name="Step">One evaluation.</param>
/// <param name="Decode">The decoder; null where the values are the pixels.</param>
/// <param name="TextMultiplyAdds">Multiply-adds of the text encoders, once for a picture; they are not timed.</param>
/// <param name="MultiplyAdds">Multiply-adds of a picture: text, steps, decoder.</param>
/// <param name="Seconds">Seconds of a picture: steps and decoder.</param>
/// <param name="Files">The files that it takes.</param>
/// <param name="FileBytes">Their weights, as they are mostly stored.</param>
/// <param name="Swapped">What can be exchanged for another by itself.</param>
public sealed record WayToPicture(string Space, string Model, long Values, long Parameters, int Steps, int Evaluations, TimedNetwork Step,
    TimedNetwork? Decode, long TextMultiplyAdds, long MultiplyAdds, double Seconds, IReadOnlyList<string> Files, long FileBytes,
    IReadOnlyList<string> Swapped);

/// <summary>A network's cost.</summary>
/// <param name="MultiplyAdds">Multiply-adds.</param>
/// <param name="Seconds">Seconds, the median.</param>
/// <param name="PeakBytes">Planned memory beside weights that stay.</param>
public sealed record TimedNetwork(long MultiplyAdds, double Seconds, long PeakBytes);
