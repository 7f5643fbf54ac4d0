namespace LatentSharp.Service.Planning;

/// <summary>What a picture of a model on pixels takes. Nothing is decoded after it.</summary>
/// <param name="Model">What people call such a model.</param>
/// <param name="File">Its weights.</param>
/// <param name="Picture">The size of the picture.</param>
/// <param name="Sampler">That of its scheduler, <c>ddpm</c> or <c>ddim</c>.</param>
/// <param name="Steps">Steps of the sampler, one evaluation of the network each.</param>
/// <param name="Network">One evaluation.</param>
/// <param name="SecondsPerStep">How long one took now.</param>
/// <param name="Seconds">How long all take by that.</param>
public sealed record PlanPixelsResult(string Model, string File, PixelSize Picture, string Sampler, int Steps, PlannedNetwork Network,
    double SecondsPerStep, double Seconds);
