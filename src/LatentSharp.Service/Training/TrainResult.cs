using System.Text.Json.Serialization;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Finetuning;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Training;

/// <summary>A new autoencoder.</summary>
/// <param name="Recipe">The recipe.</param>
/// <param name="Teacher">What it learned from; null where it learned from pictures alone.</param>
/// <param name="Output">The new file.</param>
/// <param name="Part">Which halves it has.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Parameters">How many numbers it has.</param>
/// <param name="Pictures">Pictures that were learned from.</param>
/// <param name="HeldBack">Pictures that were measured with, and not learned from.</param>
/// <param name="Steps">Steps that were made.</param>
/// <param name="BestStep">The step whose result was written.</param>
/// <param name="Ended">Why it ended.</param>
/// <param name="After">The pictures held back, with what was written.</param>
/// <param name="Taught">The pictures held back, with the teacher; null where there is none, or where it lacks a half.</param>
/// <param name="Course">What was measured on the way.</param>
/// <param name="Space">The latent space it speaks.</param>
/// <param name="Seconds">How long this run took.</param>
/// <param name="Unreadable">Pictures that could not be used.</param>
/// <param name="Notes">What else is worth knowing.</param>
public sealed record TrainResult(string Recipe, UsedAutoencoder? Teacher, string Output, string Part, string Loss, long Parameters,
    int Pictures, int HeldBack, long Steps, long BestStep, FinetuneEnd Ended, HeldBackFigures After, HeldBackFigures? Taught,
    IReadOnlyList<FinetuneMeasurement> Course, LearnedSpace Space, double Seconds, IReadOnlyList<UnusedPicture> Unreadable,
    IReadOnlyList<string> Notes);

/// <summary>The latent space that a new autoencoder speaks.</summary>
/// <param name="Id">The space: the teacher's, or one of its own.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Scale">The scale from its own latents to those of diffusion space.</param>
/// <param name="Shift">The shift before it.</param>
/// <param name="LatentDifference">Root mean square of the difference between its latents and the teacher's, of the pictures held back; left out
/// where there is no teacher or no encoder.</param>
public sealed record LearnedSpace(string Id, string Title, IReadOnlyList<float> Scale, IReadOnlyList<float> Shift,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? LatentDifference);
