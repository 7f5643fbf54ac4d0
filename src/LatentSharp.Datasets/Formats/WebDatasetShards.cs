using System.Formats.Tar;
using System.Globalization;
using System.Text.Json;
using LatentSharp.Weights;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// Shards of WebDataset: tar files (USTAR) in which the members of a sample follow one another, <c>KEY.json</c>, <c>KEY.npy</c> and, with a
/// caption, <c>KEY.txt</c>; a key has no dot. The same samples always give the same bytes.
/// </summary>
/// <param name="folder">Where they are written: <c>00000.tar</c>, <c>00001.tar</c>, each whole or absent.</param>
/// <param name="perShard">Samples in a shard.</param>
internal sealed class WebDatasetShards(string folder, int perShard)
{
    // As WebDataset's own writer has them.
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const string Owner = "bigdata";

    /// <summary>Writes all samples.</summary>
    /// <param name="samples">The latents, with captions where there are any, in their order.</param>
    /// <returns>The names of the shards and the samples in each.</returns>
    public IReadOnlyList<(string Name, int Samples)> Write(IEnumerable<(PictureLatent Latent, byte[]? Caption)> samples)
    {
        var shards = new List<(string, int)>();
        using IEnumerator<(PictureLatent Latent, byte[]? Caption)> next = samples.GetEnumerator();
        bool more = next.MoveNext();
        while (more)
        {
            int first = shards.Count * perShard, count = 0;
            string name = string.Create(CultureInfo.InvariantCulture, $"{shards.Count:D5}.tar");
            AtomicFile.Write(Path.Combine(folder, name), stream =>
            {
                using var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true);
                for (; more && count < perShard; more = next.MoveNext())
                    Add(tar, first + count++, next.Current.Latent, next.Current.Caption);
            });
            shards.Add((name, count));
        }
        return shards;
    }

    private static void Add(TarWriter tar, int index, PictureLatent latent, byte[]? caption)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{index:D8}");
        Member("json", About(latent));
        Latent values = latent.Latent;
        Member("npy", NumpyArray.Of(values.Values, values.Channels, values.Height, values.Width).ToFile());
        if (latent.Mirrored is { } mirrored)
            Member("mirrored.npy", NumpyArray.Of(mirrored.Values, mirrored.Channels, mirrored.Height, mirrored.Width).ToFile());
        if (caption is not null) Member("txt", caption);

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
