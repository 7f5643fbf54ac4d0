using System.Text.Json;
using LatentSharp.Autoencoders.Checks;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// The stored latents of the built-in probe are those that the TAESD family makes of it. LATENTSHARP_WRITE_DOCS=1 writes them anew.
/// </summary>
public sealed class ProbeLatentsTests
{
    private static readonly string[] Tiny = ["taesd", "taesdxl", "taesd3", "taef1"];

    [Fact]
    public void The_stored_latents_are_those_of_the_tiny_autoencoders()
    {
        Shared.Require("models/tiny");
        bool writing = Environment.GetEnvironmentVariable("LATENTSHARP_WRITE_DOCS") == "1";
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            foreach (string name in Tiny)
            {
                using Autoencoder autoencoder = Autoencoder.Open(Shared.Path($"models/tiny/{name}_encoder.safetensors"));
                byte[] packed = ProbeLatents.Pack(autoencoder.Encode(ProbePicture.Create(ProbeLatents.Size, ProbeLatents.Size)).Values);
                json.WriteStartObject();
                json.WriteString("space", autoencoder.Space.Id);
                json.WriteBase64String("latent", packed);
                json.WriteEndObject();
                if (writing) continue;
                byte[] stored = ProbeLatents.Pack(ProbeLatents.Of(autoencoder.Space)!);
                Assert.Equal(packed.Length, stored.Length);
                // One step for rounding, which vector widths do a little differently.
                Assert.All(packed.Zip(stored), p => Assert.InRange(p.First - p.Second, -1, 1));
            }
            json.WriteEndArray();
        }
        if (writing) File.WriteAllBytes(Repository.Path("assets/catalogue/probe-latents.json"), [.. stream.ToArray(), (byte)'\n']);
    }

    /// <summary>Latents of one shape differ clearly: what makes the probe tell.</summary>
    [Fact]
    public void Look_alikes_make_different_latents()
    {
        foreach ((LatentSpace a, LatentSpace b) in new[] { (LatentSpace.Sd1, LatentSpace.Sdxl), (LatentSpace.Flux1, LatentSpace.Sd3) })
        {
            double difference = ProbeLatents.Of(a)!.Zip(ProbeLatents.Of(b)!).Sum(p => Math.Pow(p.First - p.Second, 2)),
                size = ProbeLatents.Of(b)!.Sum(v => (double)v * v);
            Assert.True(Math.Sqrt(difference / size) > 0.5, $"{a.Title} and {b.Title}: {Math.Sqrt(difference / size)}");
        }
    }
}
