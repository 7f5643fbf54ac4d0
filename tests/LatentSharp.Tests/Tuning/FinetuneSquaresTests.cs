using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;

namespace LatentSharp.Tests.Tuning;

/// <summary>The squares that <c>latent finetune</c> cuts out where nobody says how large.</summary>
[Collection(CommandsCollection.Name)]
public sealed class FinetuneSquaresTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData(4, 1, 256, null)]
    [InlineData(4, 2, 128, null)]
    [InlineData(2, 3, 128, null)]
    [InlineData(4, 1, 128, "45MB")]
    public void They_are_as_large_as_pictures_and_memory_allow(int large, int small, int expected, string? memory)
    {
        Directory.CreateDirectory(place.File("set"));
        for (int i = 0; i < large + small; i++)
            PictureFile.Save(place.File($"set/{i}.png"), i < large ? Pictures.Scene(256, 264, i + 1) : Pictures.Scene(136, 128, i + 1));
        string[] budget = memory is null ? [] : ["--memory", memory];
        string said = place.Latent(["finetune", "embedded", "--images", "set", "-o", "out.safetensors", "--part", "last:1", "--batch", "1",
            "--steps", "1", "--rate", "1e-9", .. budget]).Expect(3).Error;
        Assert.Contains($"squares of {expected}, 1 is held back", said, StringComparison.Ordinal);
        string left = $"1 of {large + small} pictures is smaller than the squares of 256 and is left out; --crop 128 takes more of them";
        Assert.Equal(expected == 256, said.Contains(left, StringComparison.Ordinal));
    }
}
