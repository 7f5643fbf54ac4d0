using System.Text.Json;
using LatentSharp.Datasets.Preprocessing;

namespace LatentSharp.Tests.Datasets;

/// <summary>
/// Where trainers put pictures. Expected numbers: <c>golden/dataset/buckets.json</c>, whose rules were compared with the trainers' own
/// functions on tens of thousands of sizes.
/// </summary>
public sealed class BucketTests
{
    [Fact]
    public void Kohyas_tables_have_the_sizes_of_its_own()
    {
        JsonElement kohya = Buckets("kohya");
        Assert.Equal(Sizes(kohya.GetProperty("bucket_table")), new KohyaBuckets(new Extent(1024, 1024), 256, 2048, 64, false).Table);
        Assert.Equal(Sizes(kohya.GetProperty("bucket_table_512_256_1024_64")), new KohyaBuckets(new Extent(512, 512), 256, 1024, 64, false).Table);
        Assert.Equal(Sizes(kohya.GetProperty("bucket_table_768x1024_300_2000_64")),
            new KohyaBuckets(new Extent(768, 1024), 300, 2000, 64, false).Table);
    }

    [Fact]
    public void Kohya_places_every_example_as_its_own_functions_do()
    {
        var rule = new KohyaBuckets(new Extent(1024, 1024), 256, 2048, 64, false);
        Examples(Buckets("kohya").GetProperty("examples"), rule, (example, placement) =>
        {
            Assert.Equal(example.GetProperty("crop_ltrb").EnumerateArray().Select(v => v.GetDouble()), placement.CropRectangle());
            Assert.Equal(example.GetProperty("interpolation").GetString(), placement.Filter.ToString(), ignoreCase: true);
        });
        Examples(Buckets("kohya_no_upscale").GetProperty("examples"), new KohyaBuckets(new Extent(1024, 1024), 256, 2048, 64, true),
            (example, placement) => Assert.Equal(example.GetProperty("crop_ltrb").EnumerateArray().Select(v => v.GetDouble()), placement.CropRectangle()));
    }

    [Fact]
    public void Ai_toolkit_places_every_example_as_its_own_functions_do_even_a_pixel_too_large()
    {
        JsonElement examples = Buckets("ai_toolkit");
        Examples(examples.GetProperty("examples"), new AiToolkitBuckets(1024, 32));
        Examples(examples.GetProperty("examples_512_16"), new AiToolkitBuckets(512, 16));
        Examples(examples.GetProperty("floating_point_overshoot").GetProperty("examples"), new AiToolkitBuckets(1024, 32));
    }

    [Fact]
    public void Musubi_places_every_example_as_its_own_functions_do()
    {
        JsonElement musubi = Buckets("musubi");
        var rule = new MusubiBuckets(new Extent(1024, 1024), 16, false);
        Assert.Equal(Sizes(musubi.GetProperty("bucket_table")), rule.Table);
        Assert.Equal(Sizes(musubi.GetProperty("default_960x544_table")), new MusubiBuckets(new Extent(960, 544), 16, false).Table);
        Examples(musubi.GetProperty("examples"), rule);
        Examples(musubi.GetProperty("examples_no_upscale"), new MusubiBuckets(new Extent(1024, 1024), 16, true));
    }

    [Fact]
    public void OneTrainer_places_every_example_as_its_own_functions_do()
    {
        JsonElement onetrainer = Buckets("onetrainer");
        var rule = new OneTrainerBuckets(1024, 64);
        Assert.Equal(Sizes(onetrainer.GetProperty("bucket_set_wh")).OrderBy(s => s.Width).ThenBy(s => s.Height),
            rule.Table.OrderBy(s => s.Width).ThenBy(s => s.Height));
        Examples(onetrainer.GetProperty("examples"), rule);
    }

    [Fact]
    public void What_kohya_would_stop_at_is_refused()
    {
        // 48 pixels leave nothing of 64; kohya itself goes on with a side of 0 and crashes.
        LatentSharpException small = Assert.Throws<LatentSharpException>(
            () => new KohyaBuckets(new Extent(512, 512), 256, 1024, 64, true).Place(new Extent(48, 300)));
        Assert.Contains("at least 64", small.Message, StringComparison.Ordinal);
        Assert.Throws<LatentSharpException>(() => new KohyaBuckets(new Extent(1536, 1536), 256, 1024, 64, false));
    }

    private static void Examples(JsonElement examples, BucketRule rule, Action<JsonElement, Placement>? more = null)
    {
        int count = 0;
        foreach (JsonElement example in examples.EnumerateArray())
        {
            count++;
            Extent image = Size(example.GetProperty("image"));
            if (Size(example.GetProperty("bucket")).Area == 0)
            {
                // Where the trainer goes on with a side of 0 and crashes.
                Assert.Throws<LatentSharpException>(() => rule.Place(image));
                continue;
            }
            Placement placement = rule.Place(image);
            Assert.Equal((Size(example.GetProperty("bucket")), Size(example.GetProperty("resized")), Size(example.GetProperty("crop"))),
                (placement.Bucket, placement.Resized, new Extent(placement.Left, placement.Top)));
            more?.Invoke(example, placement);
        }
        Assert.True(count >= 4, $"{count} examples");
    }

    private static JsonElement Buckets(string tool)
        => JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/dataset/buckets.json"))).RootElement.GetProperty(tool);

    private static IEnumerable<Extent> Sizes(JsonElement table) => table.EnumerateArray().Select(Size);

    private static Extent Size(JsonElement pair) => new(pair[0].GetInt32(), pair[1].GetInt32());
}
