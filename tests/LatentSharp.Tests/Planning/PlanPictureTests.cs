using LatentSharp.Service;
using LatentSharp.Service.Planning;

namespace LatentSharp.Tests.Planning;

/// <summary>What a picture takes, planned for somebody who may have gone meanwhile.</summary>
public sealed class PlanPictureTests
{
    [Fact]
    public void A_plan_that_nobody_waits_for_any_more_ends_before_its_next_network()
    {
        using var gone = new CancellationTokenSource();
        string weights = Repository.Path("assets/models/flux1-mini.safetensors");
        DirectoryInfo home = Directory.CreateTempSubdirectory("latent-plan-");
        try
        {
            // While its autoencoder is opened the client goes.
            var leaving = new BuiltInAutoencoder("leaving", () =>
            {
                gone.Cancel();
                return Autoencoder.Open(weights);
            });
            var library = new AutoencoderLibrary(home.FullName, [leaving]);
            var request = new PlanRequest { Size = new PixelSize(64, 64), Autoencoder = "leaving" };
            Assert.Throws<OperationCanceledException>(() => PlanPicture.Run(library, request, gone.Token));
            Assert.NotNull(PlanPicture.Run(library, request, TestContext.Current.CancellationToken).Decode);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }
}
