using System.Text.Json.Serialization;
using LatentSharp.Service.Finetuning;
using LatentSharp.Tensors;
using LatentSharp.Tuning;

namespace LatentSharp.Service.Training;

/// <summary>A recipe with everything that was left out of it, as the metadata of its result say it.</summary>
/// <param name="Network">The hyper-parameters.</param>
/// <param name="Teacher">What was learned from; left out where there is none.</param>
/// <param name="Part">Which halves were made.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Kl">The weight of the divergence.</param>
/// <param name="Steps">Steps at most.</param>
/// <param name="Rate">The highest rate, or null for that by size.</param>
/// <param name="Optimiser">The rule.</param>
/// <param name="Crop">Sides of the squares.</param>
/// <param name="Batch">Squares in a step.</param>
/// <param name="Seed">The seed.</param>
public sealed record WrittenRecipe(WrittenNetwork Network, RecipeTeacher? Teacher, string Part, string Loss, double Kl, long Steps,
    double? Rate, string Optimiser, int Crop, int Batch, ulong Seed)
{
    internal static WrittenRecipe Of(TrainRecipe recipe) => new(
        WrittenNetwork.Of(recipe.Network),
        recipe.Teacher, recipe.Part.Word, recipe.Loss, recipe.Kl, recipe.Steps, recipe.Rate, OptimiserWords.Of(recipe.Optimiser),
        recipe.Crop, recipe.Batch, recipe.Seed);
}

/// <summary>The hyper-parameters of a network, under the keys of a recipe.</summary>
/// <param name="Architecture">kl or tiny.</param>
/// <param name="Channels">See <see cref="AutoencoderDesign.Channels"/>.</param>
/// <param name="Multipliers">See <see cref="AutoencoderDesign.Multipliers"/>.</param>
/// <param name="Blocks">See <see cref="AutoencoderDesign.Blocks"/>.</param>
/// <param name="Latent">See <see cref="AutoencoderDesign.LatentChannels"/>.</param>
/// <param name="Type">See <see cref="AutoencoderDesign.Type"/>.</param>
public sealed record WrittenNetwork(string Architecture,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Channels,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<int>? Multipliers,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Blocks, int Latent, string Type)
{
    internal static WrittenNetwork Of(AutoencoderDesign design)
    {
        string type = design.Type.Name().ToLowerInvariant();
        return design.Architecture == AutoencoderArchitecture.Tiny ? new("tiny", null, null, null, design.LatentChannels, type)
            : new("kl", design.Channels, design.Multipliers, design.Blocks, design.LatentChannels, type);
    }
}
