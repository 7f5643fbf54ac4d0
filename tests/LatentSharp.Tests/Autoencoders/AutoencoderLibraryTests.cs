using LatentSharp.Autoencoders.Library;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>Names of autoencoders: registered files, registered folders, the home, the default.</summary>
public sealed class AutoencoderLibraryTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("latent-library-").FullName;

    private string Home => Path.Combine(root, "home");

    public void Dispose() => Directory.Delete(root, recursive: true);

    private AutoencoderLibrary Library() => new(Home, [EmbeddedAutoencoder.BuiltIn]);

    [Fact]
    public void A_library_without_the_embedded_one_says_what_to_reference_or_name()
    {
        var library = new AutoencoderLibrary(Home);
        Assert.Null(library.DefaultName);
        Assert.Equal(["pixels"], library.List().Select(e => e.Name));
        foreach (string? named in (string?[])[null, "", "embedded"])
        {
            LatentSharpException error = Assert.Throws<LatentSharpException>(() => library.Find(named));
            Assert.Equal(ErrorKind.NotFound, error.Kind);
            Assert.Contains("LatentSharp.Embedded", error.Message, StringComparison.Ordinal);
        }
        Assert.Same(Autoencoder.Pixels, library.Find("pixels").Open());
    }

    [Fact]
    public void Programs_that_register_at_the_same_time_lose_nothing()
    {
        string file = Touch("ae.safetensors");
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Library().Register($"ae{i}", file));
        Assert.Equal(40, Library().List().Count(e => e.Source == LibrarySource.Registered));
    }

    [Theory]
    [InlineData("""{"files":{"a":null}}""")]
    [InlineData("""{"default":""}""")]
    [InlineData("""{"default":null}""")]
    [InlineData("""{"default":5}""")]
    [InlineData("""{"folders":[null]}""")]
    [InlineData("""{"folders":[""]}""")]
    [InlineData("""{"files":{"":"/x"}}""")]
    [InlineData("[]")]
    public void A_list_that_makes_no_sense_is_refused_by_name(string json)
    {
        File.WriteAllText(Touch("home/library.json"), json);
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => Library().Find(null));
        Assert.Equal((ErrorKind.BadInput, Path.Combine(Home, "library.json")), (error.Kind, error.Where));
    }

    [Fact]
    public void Nothing_named_is_the_embedded_one()
    {
        LibraryEntry entry = Library().Find(null);
        Assert.Equal((AutoencoderLibrary.EmbeddedName, null, LibrarySource.Embedded, true),
            (entry.Name, entry.Path, entry.Source, entry.IsDefault));
        Assert.True(entry.Exists);
    }

    [Fact]
    public void A_registered_name_survives_reopening_and_ignores_case()
    {
        string file = Touch("models/ae.safetensors");
        Library().Register("Flux1", file);
        LibraryEntry entry = Library().Find("flux1");
        Assert.Equal((file, LibrarySource.Registered), (entry.Path, entry.Source));
    }

    [Fact]
    public void A_folder_is_searched_two_levels_deep_with_and_without_extension()
    {
        string file = Touch("vae/flux/ae.safetensors");
        Touch("vae/readme.txt");
        var library = Library();
        library.RegisterFolder(Path.Combine(root, "vae"));
        Assert.Equal(file, library.Find("ae").Path);
        Assert.Equal(file, library.Find("ae.safetensors").Path);
        Assert.Equal(["embedded", "pixels", "ae"], library.List().Select(e => e.Name));
    }

    [Fact]
    public void Files_in_the_home_need_no_registration()
    {
        string file = Touch("home/sdxl_vae.safetensors");
        Touch("home/program/cache/other.safetensors");
        Assert.Equal(file, Library().Find("sdxl_vae").Path);
        Assert.Equal(["embedded", "pixels", "sdxl_vae"], Library().List().Select(e => e.Name));
    }

    [Fact]
    public void A_diffusers_folder_is_one_autoencoder_named_after_the_folder()
    {
        Touch("vae/mine/config.json");
        Touch("vae/mine/diffusion_pytorch_model.safetensors");
        var library = Library();
        library.RegisterFolder(Path.Combine(root, "vae"));
        Assert.Equal(Path.Combine(root, "vae", "mine"), library.Find("mine").Path);
        Assert.Equal(3, library.List().Count);
    }

    [Fact]
    public void A_pair_of_files_is_one_autoencoder()
    {
        Touch("vae/taef1_encoder.safetensors");
        string decoder = Touch("vae/taef1_decoder.safetensors");
        Touch("vae/other_encoder.safetensors");
        var library = Library();
        library.RegisterFolder(Path.Combine(root, "vae"));
        Assert.Equal(decoder, library.Find("taef1").Path);
        Assert.Equal(decoder, library.Find("taef1_decoder").Path);
        Assert.Equal(["embedded", "pixels", "other_encoder", "taef1"], library.List().Select(e => e.Name));
    }

    [Fact]
    public void Registered_names_come_before_folders()
    {
        string first = Touch("a/ae.safetensors");
        Touch("b/ae.safetensors");
        var library = Library();
        library.RegisterFolder(Path.Combine(root, "b"));
        library.Register("ae", first);
        Assert.Equal(first, library.Find("ae").Path);
        Assert.Equal(3, library.List().Count);
    }

    [Fact]
    public void The_default_can_be_chosen_and_goes_back_when_it_is_removed()
    {
        string file = Touch("a/ae.safetensors");
        var library = Library();
        library.Register("mine", file);
        library.SetDefault("mine");
        Assert.Equal(file, Library().Find(null).Path);
        library.Remove("mine");
        Assert.Equal(LibrarySource.Embedded, Library().Find(null).Source);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public void A_file_that_moved_away_is_said_with_its_old_place()
    {
        string file = Touch("a/ae.safetensors");
        var library = Library();
        library.Register("mine", file);
        File.Delete(file);
        var e = Assert.Throws<LatentSharpException>(() => library.Find("mine"));
        Assert.Equal(ErrorKind.NotFound, e.Kind);
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_name_lists_the_places_that_were_searched()
    {
        Touch("vae/other.safetensors");
        var library = Library();
        library.RegisterFolder(Path.Combine(root, "vae"));
        var e = Assert.Throws<LatentSharpException>(() => library.Find("nothing-of-that-name"));
        Assert.Equal(ErrorKind.NotFound, e.Kind);
        Assert.Contains(Home, e.What, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(root, "vae"), e.What, StringComparison.Ordinal);
        Assert.DoesNotContain("sha256", e.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("embedded")]
    [InlineData("Pixels")]
    [InlineData("a/b")]
    public void Some_names_cannot_be_taken(string name)
    {
        string file = Touch("a.safetensors");
        Assert.Equal(ErrorKind.BadInput, Assert.Throws<LatentSharpException>(() => Library().Register(name, file)).Kind);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"files\": [1]}")]
    [InlineData("<html>")]
    public void A_damaged_list_is_refused_by_name(string content)
    {
        Directory.CreateDirectory(Home);
        string list = Path.Combine(Home, "library.json");
        File.WriteAllText(list, content);
        var e = Assert.Throws<LatentSharpException>(() => Library().List());
        Assert.Equal((ErrorKind.BadInput, list), (e.Kind, e.Where));
        // Neither a path nor what the program brings along stands in the list.
        string file = Touch("models/ae.safetensors");
        LibraryEntry found = new AutoencoderLibrary(Home, [EmbeddedAutoencoder.BuiltIn]).Find(file);
        Assert.Equal((file, false), (found.Path, found.IsDefault));
        Assert.Null(new AutoencoderLibrary(Home, [EmbeddedAutoencoder.BuiltIn]).Find("embedded").Path);
        Assert.Equal(list, Assert.Throws<LatentSharpException>(() => Library().Find("a-name")).Where);
    }

    private string Touch(string relative)
    {
        string path = Path.Combine(root, relative.Replace('/', Path.DirectorySeparatorChar));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, []);
        return path;
    }
}
