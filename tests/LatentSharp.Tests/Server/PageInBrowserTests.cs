using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Server;

/// <summary>The page in Chromium, where it is there: its five uses from drop to result on a desktop and a phone, and axe over each
/// state.</summary>
public sealed class PageInBrowserTests(ServerFixture server, ITestOutputHelper output) : IClassFixture<ServerFixture>
{
    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    [Fact]
    public void Each_use_goes_from_drop_to_result()
    {
        string? browser = Browsers.FirstOrDefault(File.Exists);
        if (browser is null) Assert.Skip("needs Chromium: apt-get install chromium");
        if (!Directory.Exists(Repository.Path("tests/page/node_modules/playwright-core")))
            Assert.Skip("needs playwright-core and axe-core: npm ci in tests/page");
        using var place = new Workplace();
        File.WriteAllBytes(place.File("picture.png"), SamplePicture.Png(192, 160));
        File.WriteAllBytes(place.File("second.png"), SamplePicture.Png(160, 160));
        File.WriteAllBytes(place.File("small.png"), SamplePicture.Png(64, 64));
        File.WriteAllText(place.File("text.txt"), "no picture");
        Workplace.Outcome outcome = place.Run("node", Repository.Path("tests/page/drive.mjs"), server.Address.ToString(), browser, place.Folder);
        output.WriteLine(outcome.Output + outcome.Error);
        Assert.DoesNotContain("FAILED", outcome.Output, StringComparison.Ordinal);
        outcome.Expect(0);
    }
}
