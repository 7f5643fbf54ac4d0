using System.Globalization;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using Parquet;
using Parquet.Schema;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// Parquet files with a row a latent: its name, its elements as bytes (row-major, little-endian) with their type and dimensions, the
/// sizes of
/// the picture, the caption. There is no column that all programs agree on for latents; these say what they are.
/// </summary>
internal sealed class ParquetShards : Packing
{
    // Rows that are in memory at a time.
    private const int Rows = 64;

    private static readonly DataField Name = new("name", typeof(string), isNullable: false), Caption = new("caption", typeof(string), isNullable: true),
        Space = new("space", typeof(string), isNullable: false), Type = new("dtype", typeof(string), isNullable: false),
        Latent = new("latent", typeof(byte[]), isNullable: false), LogVariance = new("logvar", typeof(byte[]), isNullable: true),
        Mirrored = new("mirrored", typeof(byte[]), isNullable: true), MirroredLogVariance = new("mirrored_logvar", typeof(byte[]), isNullable: true);

    // Numbers of a row, in the order of their columns.
    private static readonly (DataField Field, Func<PictureLatent, int> Value)[] Numbers =
    [
        Number("channels", l => l.Latent.Channels), Number("height", l => l.Latent.Height), Number("width", l => l.Latent.Width),
        Number("crop", l => l.Crop), Number("picture_width", l => l.Placement.Picture.Width), Number("picture_height", l => l.Placement.Picture.Height),
        Number("resized_width", l => l.Placement.Resized.Width), Number("resized_height", l => l.Placement.Resized.Height),
        Number("crop_left", l => l.Placement.Left), Number("crop_top", l => l.Placement.Top),
        Number("bucket_width", l => l.Placement.Bucket.Width), Number("bucket_height", l => l.Placement.Bucket.Height),
    ];

    private static readonly ParquetSchema Schema = new([Name, Caption, Space, Type, .. Numbers.Select(n => n.Field), Latent, LogVariance,
        Mirrored,
        MirroredLogVariance]);

    /// <summary>The format.</summary>
    public static TrainerFormat Format { get; }
        = new PackedFormat("parquet", new ParquetShards(), ElementType.F32, ElementType.F16, ElementType.BF16);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Write(PackedSamples samples)
    {
        int shards = (samples.Count + samples.ShardSize - 1) / samples.ShardSize;
        var names = new List<string>();
        using IEnumerator<PackedSample> next = samples.All.GetEnumerator();
        bool more = next.MoveNext();
        while (more)
        {
            // As the data sets of Hugging Face are called.
            string name = string.Create(CultureInfo.InvariantCulture, $"train-{names.Count:D5}-of-{shards:D5}.parquet");
            AtomicFile.Write(Path.Combine(samples.Folder, name), stream =>
            {
                ParquetWriter writer = ParquetWriter.CreateAsync(Schema, stream,
                    new ParquetOptions { CompressionMethod = CompressionMethod.None })
                    .GetAwaiter().GetResult();
                for (int left = samples.ShardSize; more && left > 0;)
                {
                    var rows = new List<(PackedSample Sample, PictureLatent Latent)>();
                    for (; more && left > 0 && rows.Count < Rows; left--, more = next.MoveNext()) rows.Add((next.Current,
                        next.Current.Load()));
                    WriteGroup(writer, rows, samples);
                }
                writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
            });
            names.Add(name);
        }
        return names;
    }

    private static void WriteGroup(ParquetWriter writer, List<(PackedSample Sample, PictureLatent Latent)> rows, PackedSamples samples)
    {
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        Texts(Name, r => r.Name);
        Texts(Caption, r => r.Caption);
        Texts(Space, _ => samples.Space.Id);
        Texts(Type, _ => samples.Type.Name());
        foreach ((DataField field, Func<PictureLatent, int> value) in Numbers)
            group.WriteAsync<int>(field, rows.Select(r => value(r.Latent)).ToArray()).GetAwaiter().GetResult();
        Values(Latent, l => l.Latent.Values);
        Values(LogVariance, l => l.Latent.LogVariance);
        Values(Mirrored, l => l.Mirrored?.Values);
        Values(MirroredLogVariance, l => l.Mirrored?.LogVariance);
        group.CompleteValidate();

        void Texts(DataField field, Func<PackedSample, string?> text)
            => group.WriteAsync(field, rows.Select(r => text(r.Sample)).ToArray()!).GetAwaiter().GetResult();

        void Values(DataField field, Func<PictureLatent, float[]?> values)
            => group.WriteAsync(field, rows.Select(r => values(r.Latent) is { } v ? StoredValues.Of(samples.Type, v) : null).ToArray()!)
                .GetAwaiter().GetResult();
    }

    private static (DataField, Func<PictureLatent, int>) Number(string name, Func<PictureLatent, int> value)
        => (new DataField(name, typeof(int), isNullable: false), value);
}
