using LatentSharp.Imaging.Sheets;
using LatentSharp.Quality.Reports;

namespace LatentSharp.Tests.Quality;

/// <summary>What comparisons conclude from their figures.</summary>
public sealed class ComparisonTests
{
    [Fact]
    public void Detail_that_is_lost_counts_as_much_as_detail_that_is_redrawn()
    {
        // Half of the power is gone, and all that is left is the original's own; or all power is there, and a tenth of it is redrawn.
        ComparedAutoencoder soft = Compared([("detail_coherence", 1), ("detail_loss", 10 * Math.Log10(2))]),
            redrawn = Compared([("detail_coherence", 0.9), ("detail_loss", 0)]);
        Assert.Equal(0.5, soft.OwnDetail(), 1e-12);
        Assert.Equal(0.9, redrawn.OwnDetail(), 1e-12);
        Assert.Equal(1, Compared([("detail_coherence", 0.9), ("detail_loss", -3)]).OwnDetail());
        Assert.True(double.IsNaN(Compared([]).OwnDetail()));
    }

    [Fact]
    public void Pictures_that_come_back_unchanged_have_an_infinite_psnr()
    {
        Assert.True(double.IsPositiveInfinity(Compared([], 0, 0).Mean("psnr")));
        Assert.True(double.IsNaN(Compared([], 0, 1).Mean("psnr")));
        Assert.True(double.IsNaN(Compared([], 0, 0).Mean("ssim")));
    }

    [Fact]
    public void Claims_end_with_what_the_rows_say()
    {
        ClaimRow[] rows = [Row("as it is", 4, 30, 2), Row("8 of 16 channels", 2, 22, 6), Row("16 levels a value", 1, 29, 2.5),
            Row("latent grid twice as coarse", 1, 18, 8)];
        string[] said = [.. ClaimsExperiment.Conclusions(rows)];
        Assert.Equal("mini: 30.0 dB as it is. Least is lost with 16 levels a value (-1.0 dB, colour error +0.5 at 1 bits a pixel), most with latent "
            + "grid twice as coarse (-12.0 dB, colour error +6.0 at 1).", said[0]);
        Assert.Equal("mini: of the ways to a quarter of the bits the best is 16 levels a value (-1.0 dB, colour error +0.5), the worst latent grid "
            + "twice as coarse (-12.0 dB, colour error +6.0).", said[1]);
        Assert.Equal(2, said.Length);

        static ClaimRow Row(string variant, double bits, double psnr, double deltaE) => new()
        {
            Autoencoder = "mini",
            Variant = variant,
            Bits = bits,
            Psnr = psnr,
            DeltaE = deltaE,
            Cast = 0,
            Warp = 0,
            EdgeEnergy = 1,
            DetailLossDb = 0,
            DetailCoherence = 1,
            Grid = 0,
            Seconds = 0,
            First = new ImageTensor(1, 8, 8),
        };
    }

    [Fact]
    public void A_row_that_is_not_full_ends_in_the_ground_of_the_sheet()
    {
        ImageTensor sheet =
            SideBySide.RenderRows([.. Enumerable.Range(0, 3).Select(i => new SheetPanel($"{i}", new ImageTensor(1, 32, 32)))], 2);
        int last = sheet.Height * sheet.Width - 1;
        // The corner of the sheet, where the fourth panel would be, is as the corner beside the first.
        for (int c = 0; c < 3; c++) Assert.Equal(sheet.Plane(0, c)[0], sheet.Plane(0, c)[last]);
        Assert.Equal(sheet.Plane(0, 0)[0], sheet.Plane(0, 0)[(sheet.Height - 40) * sheet.Width + sheet.Width - 60]);
    }

    private static ComparedAutoencoder Compared((string Key, double Mean)[] means, params double[] deltaE)
        => new(new AutoencoderIdentity
        {
            Name = "x",
            Family = "",
            Space = "",
            SpaceTitle = "",
            Channels = 4,
            Factor = 8,
            Parameters = 0,
            Digest = "",
            Notes = [],
        }, [.. means.Select(m => new MetricSummary(m.Key, m.Mean, m.Mean, m.Mean, m.Mean, m.Mean, m.Mean, 1))],
            new CostSummary(0, 0, 0, 0, 0), [], deltaE.Length == 0 ? [1] : deltaE, 0, 0);
}
