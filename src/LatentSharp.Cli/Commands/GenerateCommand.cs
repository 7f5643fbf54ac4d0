using System.CommandLine;
using System.Globalization;
using LatentSharp.Diffusion.Samplers;
using LatentSharp.Diffusion.Schedules;
using LatentSharp.Service.Generating;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent generate</c></summary>
internal sealed class GenerateCommand : LatentCommand
{
    private readonly Argument<string?> prompt = new("PROMPT") { Description = "What is to be seen.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> promptFile = new("--prompt-file")
    {
        Description = "Prompts, one a line: a picture for each.",
        HelpName = "FILE"
    };
    private readonly Option<string?> conditioning = new("--conditioning")
    {
        Description = "A text kept by `latent prompt`, in place of a prompt and of the text encoders.", HelpName = "FILE",
    };
    private readonly Option<string?> model = PartOptions.Model();
    private readonly PartOptions parts = new();
    private readonly Option<PictureSize?> size = new("--size")
    {
        Description = "Width and height in pixels, multiples of 16; by default those of --init, else 1024x1024 or the model's own.", HelpName = "WxH",
        CustomParser = r => PictureSize.Parse(r),
    };
    private readonly Option<bool> oddSides = new("--odd-sides")
    {
        Description = "Take sides that 8 divides and 16 does not, as ComfyUI takes them; else they are refused.",
    };
    private readonly Option<int> steps = SharedOptions.WholeNumber(
        new("--steps") { Description = "Steps; by default the model's own: 28, with schnell 4, with ddpm 1000, with ddim 50.", HelpName = "N" }, 10_000);
    private readonly Option<float?> guidance = new("--guidance")
    {
        Description = "Distilled guidance; by default 3.5, with Fill 30, with Canny and Depth 10.", HelpName = "G",
    };
    private readonly Option<double> cfg = new("--cfg")
    {
        Description = "True guidance by a second prediction; needs --negative.", HelpName = "S", DefaultValueFactory = _ => 1,
    };
    private readonly Option<string?> negative = new("--negative")
    {
        Description = "What is not to be seen, with --cfg.",
        HelpName = "TEXT"
    };
    private readonly Option<ulong?> seed = SharedOptions.Seed("--seed", "The seed of the noise; by default any, and the plan says which.");
    private readonly Option<int> count = SharedOptions.WholeNumber(
        new("--count") { Description = "Pictures of each prompt.", HelpName = "N", DefaultValueFactory = _ => 1 }, 10_000);
    private readonly Option<string> sampler = SharedOptions.Choice("--sampler",
        "The sampler, as ComfyUI calls it; models on pixels know ddpm and ddim.", "euler",
        [.. Sampler.All.Select(s => s.Name), "ddpm", "ddim"]);
    private readonly Option<double?> eta = new("--eta")
    {
        Description = "With ddim: the share of ddpm's noise that is added after each step, 0 to 1; by default none.", HelpName = "E",
    };
    private readonly Option<string> schedule = SharedOptions.Choice("--schedule",
        "The list of noise levels: BFL's, or as ComfyUI calls it.",
        "bfl", [.. Schedule.AllNames]);
    private readonly Option<string> noise = SharedOptions.Choice("--noise", "What a seed means.", "native", GenerationWords.Noises);
    private readonly Option<string> order = SharedOptions.Choice("--noise-order", "How the noise of several pictures is drawn.",
        "diffusers",
        GenerationWords.Orders);
    private readonly Option<int> length = SharedOptions.WholeNumber(
        new("--t5-length") { Description = "Tokens of T5; by default 512, with schnell 256.", HelpName = "N" }, 512);
    private readonly Option<string?> init = new("--init") { Description = "A picture or latent to change.", HelpName = "IMAGE" };
    private readonly Option<double> strength = new("--strength")
    {
        Description = "How much of --init is made anew, above 0 and up to 1.", HelpName = "S", DefaultValueFactory = _ => 1,
    };
    private readonly Option<string?> mask = new("--mask")
    {
        Description = "What of --init is made anew: white in a picture of its size. Pixels outside stay as they are.", HelpName = "IMAGE",
    };
    private readonly Option<string[]> references = new("--reference")
    {
        Description = "A picture that Kontext looks at, with sides that 16 divides unless it is fitted; may be given several times.", HelpName = "IMAGE",
    };
    private readonly Option<bool> fit = new("--fit-reference")
    {
        Description = "Resize --reference to the size of nearest ratio that Kontext was trained with, as BFL's program does.",
    };
    private readonly Option<string?> control = new("--control")
    {
        Description = "A picture that Canny or Depth follows.",
        HelpName = "IMAGE"
    };
    private readonly Option<string?> redux = new("--redux")
    {
        Description = "A picture that FLUX.1 Redux reads as a part of the prompt, which may be left out; of any size.", HelpName = "IMAGE",
    };
    private readonly Option<string> rule = SharedOptions.Choice("--rule", "Whose customs hold for --init and --mask.", "comfyui",
        GenerationWords.Rules);
    private readonly Option<string?> output = new("--output", "-o")
    {
        Description = "A picture (.png .jpg .webp .tiff .avif), a raw image of all pictures (.safetensors), or a folder.",
        HelpName = "FILE|DIR",
    };
    private readonly Option<bool> latents = new("--save-latents") { Description = "Write the latents beside the pictures." };
    private readonly Option<bool> resume = new("--resume") { Description = "Go on with a run that was ended before its end." };
    private readonly Option<string?> preview = new("--preview")
    {
        Description = "Show each step: `linear` or `tiny` beside the picture, or a folder for a picture of each step.",
        HelpName = "DIR|tiny|linear",
    };
    private readonly Option<string?> from = new("--from")
    {
        Description = "Make a picture again: its prompt, seed and settings are taken from the PNG file; name the same parts.",
        HelpName = "PICTURE",
    };
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<string> precision = SharedOptions.Precision();

    internal GenerateCommand() : base("generate", "Make pictures with FLUX.1, with a model on pixels, or with what the program brings along.",
        "latent generate \"a red boat under a yellow sun\" -o boat.png",
        "latent generate \"a lighthouse at dusk\" --model flux1-schnell --size 512x512",
        "latent generate \"a lighthouse at dusk\" --transformer flux1-schnell.safetensors --clip clip_l.safetensors "
            + "--t5 t5xxl_fp16.safetensors --tokenizers tokenizers --ae ae.safetensors --size 512x512 -o lighthouse.png",
        "latent generate \"a red door\" --init house.png --mask door.png --strength 0.9 --transformer flux1-dev.safetensors ... -o red.png",
        "latent generate \"at night\" --redux house.png --model flux1-dev -o night.png",
        "latent generate --model ddpm-cat-256 --sampler ddim --steps 50 --seed 0 -o cat.png",
        "latent generate --from lighthouse.png --transformer flux1-schnell.safetensors ... -o again.png")
    {
        this.Add(prompt);
        foreach (Option option in (Option[])[promptFile, conditioning, model, .. parts.All, size, oddSides, steps, guidance, cfg, negative,
            seed, count, sampler, eta, schedule, noise, order, length, init, strength, mask, references, fit, control, redux, rule, output,
            latents, resume, preview, from, memory, precision])
            this.Add(option);
    }

    /// <inheritdoc/>
    protected override string LeftByCancelling => "the run is kept; --resume goes on with it.";

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        PictureSize? wanted = arguments.GetValue(size);
        GenerateResult done = GeneratePictures.Run(Library(arguments), new GenerateRequest
        {
            Model = arguments.GetValue(model), Parts = parts.Of(arguments), Prompts = Prompts(arguments),
            Conditioning = arguments.GetValue(conditioning),
            Negative = arguments.GetValue(negative), Cfg = arguments.GetValue(cfg), Guidance = arguments.GetValue(guidance),
            Size = wanted is { } s ? new PixelSize(s.Width, s.Height) : null, OddSides = arguments.GetValue(oddSides),
            Steps = Given(steps), Seed = arguments.GetValue(seed),
            Sampler = Word(sampler), Eta = arguments.GetValue(eta), Schedule = Word(schedule), Count = arguments.GetValue(count),
            Noise = arguments.GetValue(noise)!, NoiseOrder = arguments.GetValue(order)!, TextLength = Given(length),
            Init = arguments.GetValue(init), Strength = arguments.GetValue(strength), Mask = arguments.GetValue(mask),
            References = arguments.GetValue(references) ?? [], FitReferences = arguments.GetValue(fit),
            Control = arguments.GetValue(control), Redux = arguments.GetValue(redux), Rule = arguments.GetValue(rule)!,
            Output = arguments.GetValue(this.output), SaveLatents = arguments.GetValue(latents), Resume = arguments.GetValue(resume),
            Preview = arguments.GetValue(preview), From = arguments.GetValue(from),
            Compute = SharedOptions.Compute(arguments, memory, precision: precision),
        }, new Planned(output), output.Progress("generate"), cancellationToken);
        foreach (string note in done.Notes) output.Note(note);
        foreach (GeneratedPicture picture in done.Pictures)
        {
            string resumed = picture.ResumedAt is { } step ? $", resumed at step {step}" : "";
            output.Line(string.Create(CultureInfo.InvariantCulture, $"{picture.File}   seed {picture.Seed}, {picture.Seconds:0.0} s{resumed}"));
        }
        output.Object(done, ServiceJson.Readable.GenerateResult);

        string? Word(Option<string> option) => arguments.GetResult(option) is { Implicit: false } ? arguments.GetValue(option) : null;
        int? Given(Option<int> option) => arguments.GetResult(option) is { Implicit: false } ? arguments.GetValue(option) : null;
    }

    private IReadOnlyList<string> Prompts(ParseResult arguments)
    {
        string? one = arguments.GetValue(prompt), file = arguments.GetValue(promptFile);
        if (one is not null && file is not null)
            throw new LatentSharpException(ErrorKind.Usage, "--prompt-file",
                "a prompt and a file of prompts were given; one of them is enough.");
        if (file is null) return one is null ? [] : [one];
        if (!File.Exists(file)) throw new LatentSharpException(ErrorKind.NotFound, file, "there is no such file of prompts.");
        string[] lines = File.ReadAllLines(file);
        return lines.Length > 0 ? lines : throw new LatentSharpException(ErrorKind.BadInput, file, "there is no prompt in it.");
    }

    // The plan stands before everything that takes time.
    private sealed class Planned(Output output) : IProgress<GenerationPlan>
    {
        public void Report(GenerationPlan value)
        {
            foreach (string line in (string[])[value.What, value.Parts, value.Work]) output.Say(line);
        }
    }
}
