using LatentSharp.Weights;

namespace LatentSharp.Models.Flux;

/// <summary>All tensors of a LoRA file for one module.</summary>
/// <param name="File">The file.</param>
/// <param name="Stem">The module, as the file calls it.</param>
/// <param name="Target">What it changes.</param>
/// <param name="Tensors">Its tensors.</param>
internal sealed record LoraModule(WeightSource File, string Stem, LoraTarget Target, Dictionary<LoraRole, TensorInfo> Tensors)
{
    // 2^-23, which keeps DoRA from dividing by 0.
    private const double Tiny = 1.1920929e-07;

    public bool Has(LoraRole role) => Tensors.ContainsKey(role);

    public float[] Read(LoraRole role) => File.Read(Tensors[role]);

    /// <summary>A low-rank product, and nothing that makes more of it.</summary>
    public bool IsProduct => Has(LoraRole.Down) && Has(LoraRole.Up) && !Has(LoraRole.DoraScale);

    /// <summary>Rows of the down matrix.</summary>
    public int Rank => (int)Tensors[LoraRole.Down].Shape[0];

    /// <summary>Columns of the down matrix: inputs of the module.</summary>
    public int Columns => (int)(Tensors[LoraRole.Down].Shape.ElementCount / Rank);

    /// <summary>alpha / rank; 1 where there is no alpha, or what the file says of all modules.</summary>
    public double Scale(int rank, double? ofFile) => Has(LoraRole.Alpha) ? Read(LoraRole.Alpha)[0] / (double)rank : ofFile ?? 1;

    /// <summary>up * down with its scale, as [rows, columns].</summary>
    public double[] Product(double scale)
    {
        double[] product = Multiply(Matrix(LoraRole.Up), Matrix(LoraRole.Down)).Values;
        for (int i = 0; i < product.Length; i++) product[i] *= scale;
        return product;
    }

    /// <summary>What is added to the matrix at full strength, in the order of the file's rows.</summary>
    /// <param name="original">The matrix as it is, in the same order.</param>
    /// <param name="rows">Rows of it.</param>
    /// <param name="columns">Columns of it.</param>
    /// <param name="ofFile">alpha / rank of the whole file.</param>
    public double[] Change(ReadOnlySpan<float> original, int rows, int columns, double? ofFile)
    {
        if (Has(LoraRole.DoraScale)) return Dora(original, rows, columns, Product(Scale(Rank, ofFile)));
        if (Has(LoraRole.Diff)) return [.. Read(LoraRole.Diff).Select(v => (double)v)];
        if (Has(LoraRole.HadaW1A)) return Loha(ofFile);
        return Lokr(ofFile);
    }

    // The rows of the result have the lengths that are given, or its columns.
    private double[] Dora(ReadOnlySpan<float> original, int rows, int columns, double[] change)
    {
        float[] lengths = Read(LoraRole.DoraScale);
        bool byRow = Tensors[LoraRole.DoraScale].Shape[0] == rows && lengths.Length == rows;
        if (!byRow && lengths.Length != columns)
            throw new LatentSharpException(ErrorKind.BadInput, File.Name,
                $"{Stem}.dora_scale has {lengths.Length} values; the module has {rows} rows and {columns} columns.");
        for (int i = 0; i < change.Length; i++) change[i] += original[i];
        var squares = new double[byRow ? rows : columns];
        for (int i = 0; i < change.Length; i++)
        {
            double value = byRow ? original[i] : change[i];
            squares[byRow ? i / columns : i % columns] += value * value;
        }
        for (int i = 0; i < change.Length; i++)
        {
            int k = byRow ? i / columns : i % columns;
            change[i] = change[i] * lengths[k] / (Math.Sqrt(squares[k]) + Tiny) - original[i];
        }
        return change;
    }

    private double[] Loha(double? ofFile)
    {
        double[] product = Multiply(Matrix(LoraRole.HadaW1A), Matrix(LoraRole.HadaW1B)).Values,
            second = Multiply(Matrix(LoraRole.HadaW2A), Matrix(LoraRole.HadaW2B)).Values;
        if (product.Length != second.Length) throw new LatentSharpException(ErrorKind.BadInput, File.Name, $"the two products of {Stem} have different sizes.");
        double scale = Scale((int)Tensors[LoraRole.HadaW1B].Shape[0], ofFile);
        for (int i = 0; i < product.Length; i++) product[i] *= second[i] * scale;
        return product;
    }

    // kron(w1, w2). alpha counts only where a factor is itself a product: for whole factors LyCORIS writes an alpha that means nothing.
    private double[] Lokr(double? ofFile)
    {
        bool product1 = !Has(LoraRole.LokrW1), product2 = !Has(LoraRole.LokrW2);
        (int rows1, int columns1, double[] w1) = product1 ? Multiply(Matrix(LoraRole.LokrW1A), Matrix(LoraRole.LokrW1B))
            : Matrix(LoraRole.LokrW1);
        (int rows2, int columns2, double[] w2) = product2 ? Multiply(Matrix(LoraRole.LokrW2A), Matrix(LoraRole.LokrW2B))
            : Matrix(LoraRole.LokrW2);
        double scale = product1 || product2 ? Scale((int)Tensors[product2 ? LoraRole.LokrW2B : LoraRole.LokrW1B].Shape[0], ofFile) : 1;
        var product = new double[checked(rows1 * rows2 * columns1 * columns2)];
        for (int i = 0, at = 0; i < rows1 * rows2; i++)
            for (int j = 0; j < columns1 * columns2; j++)
                product[at++] = scale * w1[i / rows2 * columns1 + j / columns2] * w2[i % rows2 * columns2 + j % columns2];
        return product;
    }

    private (int Rows, int Columns, double[] Values) Matrix(LoraRole role)
    {
        if (!Tensors.TryGetValue(role, out TensorInfo? tensor) || tensor.Shape.Rank == 0 || tensor.Shape[0] == 0)
            throw new LatentSharpException(ErrorKind.BadInput, File.Name, $"the module {Stem} is incomplete: its {role} is missing.");
        return ((int)tensor.Shape[0], (int)(tensor.Shape.ElementCount / tensor.Shape[0]), [.. File.Read(tensor).Select(v => (double)v)]);
    }

    private (int Rows, int Columns, double[] Values) Multiply((int Rows, int Columns, double[] Values) left,
        (int Rows, int Columns, double[] Values) right)
    {
        if (left.Columns != right.Rows)
            throw new LatentSharpException(ErrorKind.BadInput, File.Name,
                $"the matrices of {Stem} do not fit each other: {left.Columns} columns and {right.Rows} rows.");
        var product = new double[checked(left.Rows * right.Columns)];
        for (int i = 0; i < left.Rows; i++)
            for (int k = 0; k < left.Columns; k++)
            {
                double factor = left.Values[i * left.Columns + k];
                for (int j = 0; j < right.Columns; j++) product[i * right.Columns + j] += factor * right.Values[k * right.Columns + j];
            }
        return (left.Rows, right.Columns, product);
    }
}
