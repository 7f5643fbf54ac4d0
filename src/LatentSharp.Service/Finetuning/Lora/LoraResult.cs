using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Finetuning.Lora;

/// <summary>A trained LoRA.</summary>
/// <param name="Model">What it is for.</param>
/// <param name="Output">The new file.</param>
/// <param name="Rank">The rank of what is added to each matrix.</param>
/// <param name="Parameters">How many numbers were trained.</param>
/// <param name="Pictures">Pictures that were learned from.</param>
/// <param name="HeldBack">Pictures that were measured with, and not learned from.</param>
/// <param name="Steps">Steps that were made.</param>
/// <param name="BestStep">The step whose result was written.</param>
/// <param name="Ended">Why it ended.</param>
/// <param name="Before">The loss of the pictures held back, before.</param>
/// <param name="After">The same with what was written.</param>
/// <param name="Course">What was measured on the way.</param>
/// <param name="Seconds">How long this run took.</param>
/// <param name="Unreadable">Pictures that could not be used.</param>
/// <param name="Notes">What else is worth knowing.</param>
public sealed record LoraResult(string Model, string Output, int Rank, long Parameters, int Pictures, int HeldBack, long Steps,
    long BestStep, FinetuneEnd Ended, double Before, double After, IReadOnlyList<LoraMeasurement> Course, double Seconds,
    IReadOnlyList<UnusedPicture> Unreadable, IReadOnlyList<string> Notes);

/// <summary>What was measured after a step.</summary>
/// <param name="Step">The step.</param>
/// <param name="Loss">The mean loss of the steps since the measurement before; null before the first step.</param>
/// <param name="HeldBack">The loss of the pictures held back, at times and with noise that stay the same.</param>
/// <param name="IsBest">Whether it was the best so far, by the running mean.</param>
public sealed record LoraMeasurement(long Step, double? Loss, double HeldBack, bool IsBest);

/// <summary>What a run has to find again beside its weights, in the notes of its state.</summary>
/// <param name="Course">What was measured.</param>
/// <param name="Seconds">How long it took so far.</param>
public sealed record LoraNotes(IReadOnlyList<LoraMeasurement> Course, double Seconds);

/// <summary>How a LoRA was trained, as its metadata say it.</summary>
/// <param name="Rank">The rank.</param>
/// <param name="Steps">Steps that were planned.</param>
/// <param name="Step">The step whose result it is.</param>
/// <param name="Rate">The highest rate.</param>
/// <param name="Side">Sides of the pictures.</param>
/// <param name="Batch">Pictures in a step.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Pictures">Pictures that were learned from.</param>
/// <param name="HeldBack">Pictures held back.</param>
public sealed record LoraRecipe(int Rank, long Steps, long Step, double Rate, int Side, int Batch, ulong Seed, int Pictures, int HeldBack);
