using System.Globalization;
using LatentSharp.Datasets.Manifests;
using Parquet;
using Parquet.Schema;

namespace LatentSharp.Datasets.Sources;

/// <summary>
/// The pictures of a Parquet file, one a row: in a column of bytes, <c>image</c> with <c>bytes</c> and <c>path</c> as data sets for
/// training have it, or a plain one. A picture is called by its path where that is one that no other row has, and by its row otherwise.
/// The pictures of one row group are in memory at a time.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class PictureParquet(string path) : PictureSource
{
    // In the order in which they are looked for.
    private static readonly string[] PictureColumns = ["image", "img", "picture", "jpg", "jpeg", "png", "webp", "bytes", "content"];
    private static readonly string[] NameColumns = ["path", "file_name", "filename", "image_path", "name", "key", "__key__", "id"];
    private static readonly string[] CaptionColumns = ["text", "caption", "captions", "prompt", "txt", "description"];

    private HashSet<UInt128>? repeated;

    /// <inheritdoc/>
    public override IEnumerable<string> Names() => Rows(withPictures: false).Select(r => r.Name);

    /// <inheritdoc/>
    public override IEnumerable<SourcePicture> Pictures()
    {
        long modified = File.GetLastWriteTimeUtc(path).Ticks;
        foreach ((string name, byte[]? content, string? caption) in Rows(withPictures: true))
            yield return new ArchivedPicture(name, content ?? [], modified, false, caption is null ? null : CaptionOf(caption));
    }

    private IEnumerable<(string Name, byte[]? Content, string? Caption)> Rows(bool withPictures)
    {
        repeated ??= Repeated(Stored(withPictures: false).Select(r => r.Name).OfType<string>());
        long row = 0;
        foreach ((string? name, byte[]? content, string? caption) in Stored(withPictures))
        {
            string number = string.Create(CultureInfo.InvariantCulture, $"row{row++:D8}");
            yield return (name is null || repeated.Contains(ManifestSegment.HashOf(name)) ? number : name, content, caption);
        }
    }

    private IEnumerable<(string? Name, byte[]? Content, string? Caption)> Stored(bool withPictures)
    {
        using FileStream file = Weights.RegularFile.OpenRead(path);
        ParquetReader reader = Checked(() => ParquetReader.CreateAsync(file).GetAwaiter().GetResult());
        try
        {
            DataField pictures = PictureColumn(reader.Schema);
            DataField? names = TextColumn(reader.Schema, pictures, NameColumns), captions = TextColumn(reader.Schema, pictures,
                CaptionColumns);
            for (int g = 0; g < reader.RowGroupCount; g++)
            {
                int group = g;
                using ParquetRowGroupReader rows = Checked(() => reader.OpenRowGroupReader(group));
                int count = checked((int)rows.RowCount);
                string?[] named = Texts(rows, names, count), said = withPictures ? Texts(rows, captions, count) : new string?[count];
                byte[]?[] content = withPictures ? Column<byte, byte[]>(rows, pictures, count, m => m.ToArray()) : new byte[]?[count];
                for (int i = 0; i < count; i++)
                {
                    yield return (named[i] is { } name ? Safe(name) : null, content[i], said[i]);
                    content[i] = null;
                }
            }
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private string?[] Texts(ParquetRowGroupReader rows, DataField? column, int count)
        => column is null ? new string?[count] : Column<char, string>(rows, column, count, m => m.ToString());

    // Values are those that are there; the definition levels, where a column may lack some, tell the rows that they belong to. The calls
    // that find the type by themselves do so by reflection, which a native program does not have.
    private T?[] Column<TElement, T>(ParquetRowGroupReader rows, DataField column, int count, Func<ReadOnlyMemory<TElement>, T> value)
        where TElement : unmanaged where T : class
        => Checked(() =>
        {
            bool whole = column.MaxDefinitionLevel == 0;
            var stored = new ReadOnlyMemory<TElement>[count];
            int[] levels = new int[whole ? 0 : count];
            Memory<int>? missing = whole ? (Memory<int>?)null : levels.AsMemory();
            rows.ReadRawAsync(column, stored.AsMemory(), missing, null).AsTask().GetAwaiter().GetResult();
            var values = new T?[count];
            int next = 0;
            for (int row = 0; row < count; row++)
                if (whole || levels[row] == column.MaxDefinitionLevel) values[row] = value(stored[next++]);
            return values;
        });

    // What is hidden or would lead out of the data set's folder is no name.
    private static string? Safe(string name)
    {
        string below = PathOfMember(name);
        return below.Length == 0 || below.Split('/').Any(p => p.Length == 0 || p[0] == '.' || p.Any(char.IsControl)) ? null : below;
    }

    private DataField PictureColumn(ParquetSchema schema)
    {
        DataField[] fields = [.. schema.DataFields.Where(f => IsBytes(f) && f.MaxRepetitionLevel == 0)];
        foreach (string known in PictureColumns)
            foreach (DataField field in fields)
                if (Parts(field) is [var one, .. var inside] && one.Equals(known, StringComparison.OrdinalIgnoreCase) && inside is [] or ["bytes"])
                    return field;
        if (fields.Length == 1) return fields[0];
        string there = string.Join(", ", schema.DataFields.Select(f
            => $"{string.Join('.', Parts(f))} ({(IsBytes(f) ? "bytes" : IsText(f) ? "text" : f.ClrType.Name)})").Take(20));
        throw new LatentSharpException(ErrorKind.BadInput, path,
            $"no column with pictures was found; there are {there}.",
            $"Pictures are looked for in a column of bytes called {PictureColumns[0]}, or in the only one of bytes.");
    }

    // Beside the pictures in their own column first.
    private static DataField? TextColumn(ParquetSchema schema, DataField pictures, string[] known)
    {
        DataField[] texts = [.. schema.DataFields.Where(f => IsText(f) && f.MaxRepetitionLevel == 0)];
        string own = Parts(pictures)[0];
        return known.Select(k => Array.Find(texts, f => Parts(f) is [var one, var two] && one == own && Same(two,
            k))).FirstOrDefault(f => f is not null)
            ?? known.Select(k => Array.Find(texts, f => Parts(f) is [var one] && Same(one, k))).FirstOrDefault(f => f is not null);

        static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsBytes(DataField field) => field.ClrType == typeof(byte[]) || field.ClrType == typeof(ReadOnlyMemory<byte>);

    private static bool IsText(DataField field) => field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>);

    private static string[] Parts(DataField field) => [.. field.Path.ToList()];

    private T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        // The library has no kind of its own for what is damaged.
        catch (Exception e) when (e is not (LatentSharpException or OutOfMemoryException or OperationCanceledException))
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the Parquet file is damaged, cut off or of a kind that is not read: {e.Message}",
                "Copy or download it again.", e);
        }
    }
}
