using System.Formats.Tar;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// Shards of WebDataset: tar files (USTAR) in which the members of a sample follow one another, <c>KEY.json</c>, <c>KEY.npy</c> and, with a
/// caption, <c>KEY.txt</c>, with <c>KEY.logvar.npy</c> and <c>KEY.mirrored.npy</c> where they were asked for; a key has no dot. The same
/// samples always give the same bytes.
/// </summary>
internal sealed class WebDatasetShards : Packing
{
    // As WebDataset's own writer has them.
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const string Owner = "bigdata";

    /// <summary>The format. NumPy knows no bfloat16.</summary>
    public static TrainerFormat Format { get; } = new PackedFormat("webdataset", new WebDatasetShards(), ElementType.F32, ElementType.F16);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Write(PackedSamples samples)
    {
        var shards = new List<string>();
        using IEnumerator<PackedSample> next = samples.All.GetEnumerator();
        bool more = next.MoveNext();
        while (more)
        {
            int first = shards.Count * samples.ShardSize, count = 0;
            string name = string.Create(CultureInfo.InvariantCulture, $"{shards.Count:D5}.tar");
            AtomicFile.Write(Path.Combine(samples.Folder, name), stream =>
            {
                using var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true);
                for (; more && count < samples.ShardSize; more = next.MoveNext())
                    Add(tar, first + count++, next.Current.Load(), next.Current.Caption, samples.Type);
            });
            shards.Add(name);
        }
        return shards;
    }

    private static void Add(TarWriter tar, int index, PictureLatent latent, string? caption, ElementType type)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{index:D8}");
        Member("json", About(latent));
        Latent values = latent.Latent;
        Array("npy", values.Values);
        if (values.LogVariance is { } variance) Array("logvar.npy", variance);
        if (latent.Mirrored is { } mirrored)
        {
            Array("mirrored.npy", mirrored.Values);
            if (mirrored.LogVariance is { } other) Array("mirrored_logvar.npy", other);
        }
        if (caption is not null) Member("txt", Encoding.UTF8.GetBytes(caption));

        void Array(string extension, float[] numbers)
            => Member(extension, new NumpyArray(type, [values.Channels, values.Height, values.Width], StoredValues.Of(type,
                numbers)).ToFile());

        void Member(string extension, byte[] content) => tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{key}.{extension}")
        {
            DataStream = new MemoryStream(content), Mode = Mode, ModificationTime = DateTimeOffset.UnixEpoch,
            UserName = Owner, GroupName = Owner,
        });
    }

    private static byte[] About(PictureLatent picture)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("name", picture.Name);
            json.WriteString("space", picture.Latent.Space.Id);
            Pair("picture", picture.Placement.Picture.Width, picture.Placement.Picture.Height);
            Pair("bucket", picture.Placement.Bucket.Width, picture.Placement.Bucket.Height);
            Pair("resized", picture.Placement.Resized.Width, picture.Placement.Resized.Height);
            Pair("crop", picture.Placement.Left, picture.Placement.Top);
            json.WriteEndObject();

            void Pair(string name, int one, int other)
            {
                json.WriteStartArray(name);
                json.WriteNumberValue(one);
                json.WriteNumberValue(other);
                json.WriteEndArray();
            }
        }
        return stream.ToArray();
    }
}
