namespace LatentSharp.Service.Generating;

/// <summary>What was made.</summary>
/// <param name="Model">The kind of transformer, or the name of the model that the program brings along.</param>
/// <param name="Pictures">The pictures, in order.</param>
/// <param name="Plan">What it took.</param>
/// <param name="Notes">What was assumed or left out, and other things worth knowing.</param>
public sealed record GenerateResult(string Model, IReadOnlyList<GeneratedPicture> Pictures, GenerationPlan Plan,
    IReadOnlyList<string> Notes);

/// <summary>A picture that was made.</summary>
/// <param name="File">The picture; a raw image holds all of them.</param>
/// <param name="Latent">Its latent; null where none was asked for.</param>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="ResumedAt">The step at which a kept run was taken up; null where it was not.</param>
/// <param name="Seconds">How long it took, without what an earlier run had done.</param>
public sealed record GeneratedPicture(string File, string? Latent, string Prompt, ulong Seed, int Steps, int? ResumedAt, double Seconds);

/// <summary>What a run will take, known before anything heavy is done.</summary>
/// <param name="What">Model, size, steps, sampler, pictures.</param>
/// <param name="Parts">The parts and their sizes.</param>
/// <param name="Work">Multiply-adds and memory.</param>
/// <param name="StepMultiplyAdds">Multiply-adds of one prediction.</param>
/// <param name="StepPeakBytes">Working memory of one step, kept weights included.</param>
/// <param name="DecodePeakBytes">Working memory of decoding.</param>
public sealed record GenerationPlan(string What, string Parts, string Work, long StepMultiplyAdds, long StepPeakBytes,
    long DecodePeakBytes);
