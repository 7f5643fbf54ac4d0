using LatentSharp.Autoencoders.Pool;
using LatentSharp.Service;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Checking;
using LatentSharp.Service.Comparing;
using LatentSharp.Service.Decoding;
using LatentSharp.Service.Diagnosing;
using LatentSharp.Service.Encoding;
using LatentSharp.Service.Planning;
using LatentSharp.Service.Reporting;
using LatentSharp.Service.RoundTrips;

namespace LatentSharp.Tests.Service;

/// <summary>Use cases take autoencoders from the library's pool where it has one: opened once, whatever is done with it.</summary>
public sealed class PooledAutoencodersTests
{
    private const string Name = "counted";

    [Fact]
    public void An_autoencoder_is_opened_once_for_all_use_cases()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("latent-pooled-");
        try
        {
            int opened = 0;
            var counted = new BuiltInAutoencoder(Name, () =>
            {
                opened++;
                return Autoencoder.Open(Repository.Path("assets/models/flux1-mini.safetensors"));
            });
            using var pool = new AutoencoderPool();
            string Place(string name) => Path.Combine(folder.FullName, name);
            AutoencoderLibrary Library() => new(Place("home"), [counted], pool);
            var picture = InputSelection.Of(Place("picture.png"));
            PictureFile.Save(Place("picture.png"), Server.SamplePicture.Tensor(128, 128));

            EncodePictures.Run(Library(), new EncodeRequest { Inputs = picture, Output = Place("latent.safetensors"), Autoencoder = Name });
            DecodeLatents.Run(Library(), new DecodeRequest
            {
                Inputs = InputSelection.Of(Place("latent.safetensors")), Output = Place("back.png"), Autoencoder = Name,
            });
            RoundTripPictures.Run(Library(), new RoundTripRequest { Inputs = picture, Output = Place("trip"), Autoencoder = Name });
            PlanPicture.Run(Library(), new PlanRequest { Size = new PixelSize(64, 64), Autoencoder = Name });
            CheckPair.Run(Library(), new CheckRequest { Autoencoder = Name, Latents = Place("latent.safetensors") });
            DiagnosePicture.Run(Library(), new DiagnoseRequest { Picture = Place("picture.png") });
            MakeReport.Run(Library(), new ReportRequest { Autoencoder = Name, Images = picture, Output = Place("report"), Experiments = false });
            CompareAutoencoders.Run(Library(), new CompareRequest
            {
                Autoencoders = [Name, AutoencoderLibrary.PixelsName], Images = picture, Output = Place("compare"),
            });
            ManageLibrary.List(Library());
            Assert.Equal(1, opened);
            Assert.NotNull(Library().Fitting(LatentSpace.Flux1));
            Assert.Equal(1, opened);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
