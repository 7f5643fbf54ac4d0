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
        new WrittenNetwork(recipe.Network.Channels, recipe.Network.Multipliers, recipe.Network.Blocks, recipe.Network.LatentChannels,
            recipe.Network.Type.Name().ToLowerInvariant()),
        recipe.Teacher, recipe.Part.Word, recipe.Loss, recipe.Kl, recipe.Steps, recipe.Rate, OptimiserWords.Of(recipe.Optimiser),
        recipe.Crop, recipe.Batch, recipe.Seed);
}

/// <summary>The hyper-parameters of a network, under the keys of a recipe.</summary>
/// <param name="Channels">See <see cref="AutoencoderDesign.Channels"/>.</param>
/// <param name="Multipliers">See <see cref="AutoencoderDesign.Multipliers"/>.</param>
/// <param name="Blocks">See <see cref="AutoencoderDesign.Blocks"/>.</param>
/// <param name="Latent">See <see cref="AutoencoderDesign.LatentChannels"/>.</param>
/// <param name="Type">See <see cref="AutoencoderDesign.Type"/>.</param>
public sealed record WrittenNetwork(int Channels, IReadOnlyList<int> Multipliers, int Blocks, int Latent, string Type);
