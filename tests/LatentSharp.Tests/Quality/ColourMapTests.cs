using LatentSharp.Quality.Metrics;
using LatentSharp.Tests.Diagnosing;

namespace LatentSharp.Tests.Quality;

/// <summary>Maps of colours are found again from what they did to a picture.</summary>
public sealed class ColourMapTests
{
    private readonly ImageTensor scene = Pictures.Scene(192, 192, 9);

    [Theory]
    [InlineData(0.4)]
    [InlineData(1)]
    public void A_change_of_saturation_is_found_again(double factor)
    {
        CellColours cells = CellColours.Of(PicturePlanes.Of(scene), PicturePlanes.Of(PlantedDefect.Saturated(scene, factor)));
        ColourMap map = ColourMap.Fit(cells, cells.Whole);
        foreach (int cell in (int[])[40, 200, 400])
        {
            (double r, double g, double b) = (cells.Reference[0][cell], cells.Reference[1][cell], cells.Reference[2][cell]);
            double grey = 0.299 * r + 0.587 * g + 0.114 * b;
            foreach ((int channel, double value) in ((int, double)[])[(0, r), (1, g), (2, b)])
                Assert.Equal(grey + factor * (value - grey), map.Of(channel, r, g, b), 1.0);
        }
    }

    [Fact]
    public void What_is_cut_off_takes_no_part()
    {
        // A gain of two sends half of the picture to black or white.
        ImageTensor burnt = PlantedDefect.Levels(scene, v => 128 + 2 * (v - 128));
        CellColours cells = CellColours.Of(PicturePlanes.Of(scene), PicturePlanes.Of(burnt));
        ColourMap map = ColourMap.Fit(cells, cells.Whole);
        for (int channel = 0; channel < 3; channel++) Assert.Equal(128 + 2 * 20, map.Of(channel, 148, 148, 148), 3.0);
    }

    [Fact]
    public void Too_few_cells_leave_colours_alone()
        => Assert.Same(ColourMap.Identity, ColourMap.Fit(CellColours.Of(PicturePlanes.Of(scene), PicturePlanes.Of(scene)), [1, 2, 3]));
}
