using System.Text.Json;

namespace LatentSharp.Tests.CommandLine;

/// <summary><c>latent ae</c> from outside.</summary>
[Collection(CommandsCollection.Name)]
public sealed class AeTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void At_first_there_are_those_that_need_no_file()
    {
        JsonElement list = place.Latent("ae", "list", "--json").Expect(0).Json;
        Assert.Equal(["embedded", "pixels"],
            list.GetProperty("autoencoders").EnumerateArray().Select(e => e.GetProperty("name").GetString()));
        JsonElement only = list.GetProperty("autoencoders")[0];
        Assert.Equal("embedded", only.GetProperty("name").GetString());
        Assert.True(only.GetProperty("default").GetBoolean());
        Assert.Equal(JsonValueKind.Null, only.GetProperty("path").ValueKind);
        Assert.Equal(place.Home, list.GetProperty("home").GetString());
        Assert.False(Directory.Exists(place.Home), "listing creates nothing");
    }

    [Fact]
    public void A_missing_flux_autoencoder_is_answered_with_what_it_is_and_where_it_is_published()
    {
        Workplace.Outcome outcome = place.Latent("ae", "default", "ae.safetensors").Expect(4);
        Assert.Contains(place.File("ae.safetensors"), outcome.Error, StringComparison.Ordinal);
        Assert.Contains(place.Home, outcome.Error, StringComparison.Ordinal);
        Assert.Contains("335,304,388 bytes", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("afc8e28272cd15db3919bacdb6918ce9c1ed22e96cb12c4d5ed0fba823529e38", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("Apache-2.0", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("black-forest-labs/FLUX.1-schnell", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing is downloaded", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unwritable_home_is_said_and_nothing_is_left()
    {
        File.WriteAllText(place.Home, "a file where the folder should be");
        Directory.CreateDirectory(place.File("models"));
        Workplace.Outcome outcome = place.Latent("ae", "add-folder", "models").Expect(3);
        Assert.Contains("LATENTSHARP_HOME", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(["home"], place.Files);
    }
}
