namespace LatentSharp.Tests.CommandLine;

/// <summary>LATENTSHARP_SIMD, which forces a vector width.</summary>
public sealed class InstructionSetTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("scalar", "Scalar")]
    [InlineData("128", "Vector128")]
    public void A_narrower_set_is_used(string forced, string used)
    {
        place.Environment["LATENTSHARP_SIMD"] = forced;
        Assert.Equal(used, place.Latent("plan", "--size", "64x64", "--json").Expect(0).Json.GetProperty("decode").GetProperty("simd")
            .GetString());
    }

    /// <summary>The runtime can be told to do without vectors, which makes this processor one that lacks them.</summary>
    [Theory]
    [InlineData("128", "Vector128")]
    [InlineData("256", "Vector256")]
    [InlineData("512", "Vector512")]
    public void A_set_that_the_processor_lacks_is_refused_before_any_work(string forced, string named)
    {
        Assert.SkipWhen(Workplace.IsOtherProgram, "a native program is compiled for its instruction sets; the runtime's switches do not change them");
        File.Copy(Repository.Path("assets/photos/fur-kitten.png"), place.File("kitten.png"));
        place.Environment["DOTNET_EnableHWIntrinsic"] = "0";
        place.Environment["LATENTSHARP_SIMD"] = forced;
        Workplace.Outcome outcome = place.Latent("encode", "kitten.png").Expect(3);
        Assert.Contains($"{named} was asked for", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("are Scalar", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(["kitten.png"], place.Files);
    }

    [Fact]
    public void What_is_no_set_is_refused_with_the_names_of_those_that_are()
    {
        place.Environment["LATENTSHARP_SIMD"] = "avx9";
        Workplace.Outcome outcome = place.Latent("plan", "--size", "64x64").Expect(3);
        Assert.Contains("expected scalar, 128, 256 or 512", outcome.Error, StringComparison.Ordinal);
    }
}
