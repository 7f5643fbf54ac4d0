using LatentSharp.Models.Flux;
using LatentSharp.Models.Text;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Planning;

/// <summary>The published networks without their files: names and shapes are those of shared/spec/manifests.</summary>
public class OutlineTests
{
    [Theory]
    [InlineData("flux1-dev")]
    [InlineData("flux1-schnell")]
    public void A_transformer_has_the_names_and_shapes_of_its_file(string model)
        => Same(FluxOutline.Of(model)!, $"{model}-transformer");

    [Fact]
    public void The_text_encoders_have_the_names_and_shapes_of_their_files()
    {
        Same(TextOutline.Clip(), "clip-l-text");
        Same(TextOutline.T5(), "t5xxl-encoder");
    }

    /// <summary>Parameters: shared/spec/flux1-pipeline.md, section 1.</summary>
    [Theory]
    [InlineData("flux1-fill", 11_902_391_360)]
    [InlineData("flux1-control", 11_901_604_928)]
    public void Variants_have_their_number_of_parameters(string model, long parameters)
        => Assert.Equal(parameters, FluxOutline.Of(model)!.Tensors.Values.Sum(t => t.Shape.ElementCount));

    [Fact]
    public void An_outline_has_no_values()
    {
        WeightSource outline = TextOutline.Clip();
        Assert.Throws<InvalidOperationException>(() => outline.Read(outline.Tensors.Values.First()));
    }

    private static void Same(WeightSource outline, string manifest)
    {
        Shared.Require("spec/manifests");
        Assert.Equal(Listed(new NamesOnly(manifest)), Listed(outline));
    }

    private static IEnumerable<string> Listed(WeightSource weights)
        => weights.Tensors.Values.Select(t => $"{t.Name} {t.Shape}").Order(StringComparer.Ordinal);
}
