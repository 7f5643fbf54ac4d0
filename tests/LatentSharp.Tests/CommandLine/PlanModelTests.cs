using System.Text.Json;
using LatentSharp.Tests.ModelFolders;

namespace LatentSharp.Tests.CommandLine;

/// <summary><c>latent plan --model</c> from outside.</summary>
[Collection(CommandsCollection.Name)]
public sealed class PlanModelTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    /// <summary>
    /// shared/spec/flux1-pipeline.md, section 19: one step at 1024x1024 with 512 tokens of text is 74.4 TFLOP, 57 blocks of 521.8 G in
    /// products and 130.5 G in attention; of 11.9 G weights 3.25 G are modulation; T5-XXL on 512 tokens is 4.8 TFLOP.
    /// </summary>
    [Fact]
    public void A_published_model_is_planned_without_its_file()
    {
        JsonElement plan = place.Latent("plan", "--model", "flux1-dev", "--size", "1024x1024", "--steps", "28", "--memory", "8GB", "--threads", "2",
            "--json").Expect(0).Json;
        Assert.Equal(("flux1-dev", JsonValueKind.Null, 28, 4096, 512), (plan.GetProperty("model").GetString(), plan.GetProperty("file").ValueKind,
            plan.GetProperty("steps").GetInt32(), plan.GetProperty("image_tokens").GetInt32(), plan.GetProperty("text_tokens").GetInt32()));
        JsonElement step = plan.GetProperty("transformer"), modulation = plan.GetProperty("modulation");
        Assert.Equal(74.4e12 / 2, step.GetProperty("multiply_adds").GetInt64(), 0.05e12);
        // The 28 steps together: every weight once a step.
        Assert.Equal(28 * 3.25e9, modulation.GetProperty("multiply_adds").GetInt64(), 28 * 0.06e9);
        Assert.Equal(4.8e12 / 2, plan.GetProperty("text")[1].GetProperty("multiply_adds").GetInt64(), 0.05e12);
        Assert.Equal(2 * 11_901_408_320, step.GetProperty("stored_bytes").GetInt64() + modulation.GetProperty("stored_bytes").GetInt64());
        Assert.InRange(step.GetProperty("peak_bytes").GetInt64(), 1, 8_000_000_000);
        // 3.25 G of modulation, and the layers of time, guidance and pooled text before them.
        Assert.Equal(2 * 3.25e9, modulation.GetProperty("streamed_bytes").GetInt64(), 0.1e9);
        // What fits into 8 GB stays, the rest is read anew: packed F32 takes twice the room of BF16.
        long kept = step.GetProperty("kept_bytes").GetInt64(), streamed = step.GetProperty("streamed_bytes").GetInt64();
        Assert.Equal(2.0 * 11_901_408_320, modulation.GetProperty("streamed_bytes").GetInt64() + streamed + kept / 2.0, 0.05e9);
        JsonElement estimate = plan.GetProperty("estimate");
        double seconds = estimate.GetProperty("seconds_per_step").GetDouble();
        Assert.True(double.IsFinite(seconds) && seconds > 0);
        double before = estimate.GetProperty("text_seconds").GetDouble() + estimate.GetProperty("modulation_seconds").GetDouble();
        Assert.Equal(before + 28 * seconds, estimate.GetProperty("seconds").GetDouble(), 1e-6 * seconds);
    }

    // Of 11.9 G weights 8.6 G are products of blocks: a byte each, and for each 128 of a row a scale and a start of four bytes.
    [Fact]
    public void In_eight_bits_weights_that_stay_take_a_quarter()
    {
        JsonElement plan = place.Latent("plan", "--model", "flux1-dev", "--size", "256x256", "--memory", "20GB", "--precision", "int8",
            "--json").Expect(0).Json;
        JsonElement step = plan.GetProperty("transformer"), machine = plan.GetProperty("machine");
        Assert.Equal(8.6e9 * (1 + 8.0 / 128), step.GetProperty("kept_bytes").GetInt64(), 0.3e9);
        Assert.Equal(0, step.GetProperty("streamed_bytes").GetInt64());
        Assert.Contains("bytes by", step.GetProperty("simd").GetString(), StringComparison.Ordinal);
        Assert.True(machine.GetProperty("block_products_per_second").GetDouble() > 0);
        Assert.Contains("--model", place.Latent("plan", "--precision", "int8").Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_here_is_planned_from_its_files()
    {
        Shared.Require("spec/manifests");
        SampleModels.Comfy(place.File("models"));
        place.Latent("ae", "add-folder", "models").Expect(0);
        string said = place.Latent("plan", "--model", "flux1-schnell-fp8", "--size", "512x512").Expect(0).Output;
        Assert.Contains("diffusion_models/flux1-schnell-fp8.safetensors", said.Replace('\\', '/'), StringComparison.Ordinal);
        Assert.Contains("512 x 512 in 4 steps of 1,024 + 256 tokens", said, StringComparison.Ordinal);
        Assert.Contains("11.9 GB as stored", said, StringComparison.Ordinal);
        Assert.Contains("GB/s, as it is now", said, StringComparison.Ordinal);

        // The weights of the modulations are read for them and nothing else is computed meanwhile.
        JsonElement plan = place.Latent("plan", "--model", "flux1-schnell-fp8", "--size", "512x512", "--json").Expect(0).Json;
        double rate = plan.GetProperty("machine").GetProperty("file_bytes_per_second").GetDouble();
        double least = plan.GetProperty("modulation").GetProperty("streamed_bytes").GetInt64() / rate;
        Assert.True(plan.GetProperty("estimate").GetProperty("modulation_seconds").GetDouble() >= 0.999 * least);
    }

    [Theory]
    [InlineData(2, "--model", "flux1-dev", "--size", "1000x1000")]
    [InlineData(2, "--model", "flux1-dev", "--steps", "0")]
    [InlineData(2, "--steps", "28")]
    [InlineData(2, "--model", "flux1-dev", "--ae", "embedded")]
    [InlineData(4, "--model", "no-such-model")]
    [InlineData(3, "--model", "flux1-dev", "--memory", "10MB")]
    public void What_makes_no_sense_is_refused(int exitCode, params string[] arguments)
        => place.Latent(["plan", .. arguments]).Expect(exitCode);
}
