using Microsoft.Extensions.Options;

namespace LatentSharp.Extensions.DependencyInjection;

/// <summary>Names the option that cannot be meant, before a file is opened.</summary>
internal sealed class LatentSharpOptionsCheck : IValidateOptions<LatentSharpOptions>
{
    public ValidateOptionsResult Validate(string? name, LatentSharpOptions options)
    {
        string where = string.IsNullOrEmpty(name) ? "LatentSharp" : $"LatentSharp ({name})";
        var problems = new List<string>();
        if (options.Threads < 0) problems.Add($"{where}: Threads is {options.Threads}; a positive number, or 0 for one on each core, was expected.");
        if (options.MemoryBudget <= 0) problems.Add($"{where}: MemoryBudget is {options.MemoryBudget}; a positive number of bytes was expected.");
        if (options.Family is { } family && AutoencoderFamily.Find(family) is null)
            problems.Add($"{where}: Family is \"{family}\"; expected one of {string.Join(", ", AutoencoderFamily.All.Select(f => f.Id))}.");
        if ((options.Family ?? options.OtherHalf) is not null && options.Autoencoder is null)
            problems.Add($"{where}: Family and OtherHalf say more about a file, but Autoencoder names none.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
