using System.Collections.Immutable;
using LatentSharp.Graph;
using LatentSharp.Graph.Onnx;

namespace LatentSharp.Tests.Onnx;

public sealed class OnnxExporterTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("latentsharp-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void WeightsInMemoryGoToASideFile()
    {
        OnnxExport export = OnnxExporter.Write(SmallNetworks.All["convolution"](), Path.Combine(folder, "model.onnx"));
        Assert.Equal((0, 2), (export.TensorsInPlace, export.TensorsCopied));
        Assert.Equal(Path.Combine(folder, "model.onnx.data"), export.SideFile);
        Assert.Equal(["model.onnx", "model.onnx.data"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void ANetworkWithoutWeightsHasNoSideFileAndRemovesAnOldOne()
    {
        string path = Path.Combine(folder, "model.onnx");
        File.WriteAllText(path + ".data", "old");
        Assert.Null(OnnxExporter.Write(SmallNetworks.All["relu"](), path).SideFile);
        Assert.Equal(["model.onnx"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void AnUnknownOperationIsNamedAndNothingIsLeftBehind()
    {
        Node x = SmallNetworks.All["convolution"]().Outputs[0].Source;
        var graph = new NetworkGraph("unknown", new Invented("here", [x], x.Shape));
        var error = Assert.Throws<LatentSharpException>(() => OnnxExporter.Write(graph, Path.Combine(folder, "model.onnx")));
        Assert.Contains("Invented", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void AMissingFolderIsNamed()
    {
        var error = Assert.Throws<LatentSharpException>(
            () => OnnxExporter.Write(SmallNetworks.All["relu"](), Path.Combine(folder, "absent", "model.onnx")));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains("absent", error.Message, StringComparison.Ordinal);
    }

    private sealed class Invented(string name, ImmutableArray<Node> inputs, FeatureShape shape) : Node(name, inputs, shape)
    {
        public override Node WithInputs(ImmutableArray<Node> inputs) => new Invented(Name, inputs, Shape);
    }
}
