using System.Diagnostics;
using System.Runtime.CompilerServices;
using LatentSharp.Training;
using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Tuning;

/// <summary>
/// Trains an open autoencoder further, on the graphs by which it is computed. Pictures of a step are computed one after the other, so a
/// batch of any size takes the memory of one picture; the gradients are summed in a fixed order, so that results are the same to the bit on
/// any number of threads. A run that was saved goes on with the same bits as if it had never stopped.
/// </summary>
/// <remarks>Members are called one at a time; <see cref="Result"/> is used between steps.</remarks>
public sealed class Trainer : IDisposable
{
    private readonly TrainerOptions options;
    private readonly TrainedTensors state;
    private readonly TrainingGraphs graphs;
    private readonly GradientSums sums;

    /// <summary>Prepares the training of an autoencoder, which itself stays as it is.</summary>
    /// <param name="autoencoder">Where to start from; it stays open as long as the trainer is used.</param>
    /// <param name="options">What to train and how; null for the decoder with the defaults.</param>
    /// <exception cref="LatentSharpException">The autoencoder lacks the half that is needed, or has operations without a gradient.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options lies outside its range.</exception>
    public Trainer(Autoencoder autoencoder, TrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        this.options = options = (options ?? new TrainerOptions()).Checked();
        Original = autoencoder;
        RequireTeacher(options, autoencoder);
        HashSet<string> names = options.Part.Of(autoencoder);
        IReadOnlyDictionary<string, TensorInfo> tensors = autoencoder.Weights.Tensors;
        state = new TrainedTensors(autoencoder.Weights, names, options);
        Trained = [.. names.Order(StringComparer.Ordinal)];
        Result = Over(autoencoder, state.ResultOf);
        long beside = StateBytes = options.Part.StateBytes(autoencoder);
        this.options = options = options with { Compute = options.Compute! with { TakenBytes = beside, RoughGradients = true } };
        graphs = new TrainingGraphs(autoencoder, Over(autoencoder, state.ValuesOf), names, options);
        sums = new GradientSums(names.Select(n => tensors[n]), options.Compute.EffectiveThreads);
        graphs.RequireGradients();
    }

    /// <summary>The autoencoder that the training began with.</summary>
    public Autoencoder Original { get; }

    /// <summary>
    /// The autoencoder as it is trained so far: with the running mean of the weights where one is kept. It changes with every step; it is
    /// not to be run with <see cref="ComputeOptions.KeepWeights"/>.
    /// </summary>
    public Autoencoder Result { get; }

    /// <summary>The names of the tensors that are trained, as <see cref="Autoencoder.Weights"/> has them.</summary>
    public IReadOnlyList<string> Trained { get; }

    /// <summary>Steps that were made.</summary>
    public long Step => state.Step;

    /// <summary>How many numbers are trained.</summary>
    public long Parameters => state.Parameters;

    /// <summary>Whether <see cref="Keep"/> has kept a result.</summary>
    public bool HasKept => state.HasKept;

    /// <summary>Bytes of the weights that are trained and of all that is remembered of them; the memory budget holds them too.</summary>
    public long StateBytes { get; }

    /// <summary>
    /// What <see cref="Write"/> will have to change in the file that the autoencoder was opened from, for people. Worth asking before the
    /// first step.
    /// </summary>
    /// <exception cref="LatentSharpException">The result could not be written: the trained tensors lie in two files, or have scales
    /// beside them.</exception>
    public IReadOnlyList<string> Foresee() => TunedFile.Foresee(Original, Trained);

    /// <summary>The plan of a step for a picture of a size: the peak of its memory is known before it runs.</summary>
    /// <param name="height">Rows; a multiple of the latent space's factor.</param>
    /// <param name="width">Columns.</param>
    /// <exception cref="LatentSharpException">The size is none that is trained, or the memory budget is too small.</exception>
    public Compute.Plan Plan(int height, int width) => graphs.Plan(height, width);

    /// <summary>
    /// Trains until <see cref="TrainerOptions.Steps"/> steps are made. While a step is computed, the pictures of the next are asked for.
    /// </summary>
    /// <param name="batch">
    /// The pictures of a step, whose number it is given. A run that goes on with the same bits asks for the same pictures: they should
    /// depend on the number alone. It runs on the thread pool, and is asked for one step more than is made when the caller ends the run.
    /// </param>
    /// <param name="cancellationToken">Ends the run within a fraction of a second; the step under way counts as not made.</param>
    /// <returns>Every step after it was made.</returns>
    /// <exception cref="LatentSharpException">A picture does not fit, or the loss or a gradient is no finite number: the message says at
    /// which step and where it came from, and the weights are those of the step before.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public async IAsyncEnumerable<TrainingStep> RunAsync(Func<long, IReadOnlyList<TrainingExample>> batch,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (state.Step >= options.Steps) yield break;
        Task<IReadOnlyList<TrainingExample>> next = Ask(state.Step + 1);
        while (state.Step < options.Steps)
        {
            IReadOnlyList<TrainingExample> examples = await next.ConfigureAwait(false);
            if (state.Step + 1 < options.Steps) next = Ask(state.Step + 2);
            yield return await Task.Run(() => Advance(examples, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        Task<IReadOnlyList<TrainingExample>> Ask(long step) => Task.Run(() => batch(step), cancellationToken);
    }

    /// <summary>Makes one step.</summary>
    /// <param name="examples">Its pictures, one at least.</param>
    /// <param name="cancellationToken">Ends it within a fraction of a second, as if it had not begun.</param>
    /// <exception cref="LatentSharpException">See <see cref="RunAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TrainingStep Advance(IReadOnlyList<TrainingExample> examples, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        if (examples.Count == 0) throw new ArgumentException("a step needs a picture", nameof(examples));
        long start = Stopwatch.GetTimestamp(), step = state.Step + 1;
        double pixels = examples.Sum(e => (double)e.Picture.Height * e.Picture.Width), loss = 0;
        sums.Clear();
        for (int i = 0; i < examples.Count; i++)
        {
            TrainingExample example = examples[i];
            // A mean over all pixels of the batch: larger pictures count more.
            float share = (float)(example.Picture.Height * (double)example.Picture.Width / pixels);
            TrainingGraphs.Found found = graphs.Differentiate(example, ((ulong)step << 20) + (ulong)i, cancellationToken);
            if (!double.IsFinite(found.Loss)) throw NotFinite(example, step, $"the loss is {found.Loss}");
            loss += share * found.Loss;
            sums.Add(share, found.Gradients);
        }
        cancellationToken.ThrowIfCancellationRequested();
        StepOutcome outcome = state.Advance(sums.Values);
        if (outcome.IsSkipped) throw NotFinite(null, step, "a gradient is no finite number");
        return new TrainingStep(outcome.Step, loss, outcome.Norm, state.RateAt(outcome.Step), Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>Keeps the result as it is now, in place of one that was kept before: the best so far, when the caller finds that.</summary>
    public void Keep() => state.Keep();

    /// <summary>Writes everything that a run needs to go on, with the result that was kept; complete or not at all.</summary>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="notes">What the caller wants to find again.</param>
    /// <exception cref="LatentSharpException">The file cannot be written; one that was there before stays.</exception>
    public void Save(string path, string notes = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(notes);
        state.Save(path, notes);
    }

    /// <summary>Goes on where a run was saved.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The notes that were saved.</returns>
    /// <exception cref="LatentSharpException">The file is damaged, or of a run with other options or another autoencoder.</exception>
    public string Resume(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return state.Resume(path);
    }

    /// <summary>
    /// Writes the autoencoder with the trained weights as a safetensors file: the tensors of the file that it was opened from under their
    /// names, in their types and their order, with its metadata and what is added here. Tensors that were not trained are the same to the
    /// byte.
    /// </summary>
    /// <param name="path">The file to write or replace; complete or absent.</param>
    /// <param name="kept">Whether what <see cref="Keep"/> kept is written; else the result as it is now.</param>
    /// <param name="metadata">What is added to the metadata; null for nothing.</param>
    /// <param name="cancellationToken">Stops it; nothing is written.</param>
    /// <returns>What was written, and what had to change.</returns>
    /// <exception cref="LatentSharpException">A value does not fit the type of its tensor, or the file cannot be written.</exception>
    public TunedFile Write(string path, bool kept = false, IReadOnlyDictionary<string, string>? metadata = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Func<string, float[]> values = kept ? state.KeptOf : state.ResultOf;
        return TunedFile.Write(Original, Trained.ToDictionary(n => n, values), path, metadata ?? new Dictionary<string, string>(),
            cancellationToken);
    }

    /// <summary>The autoencoder with what <see cref="Keep"/> kept; it has to be disposed, and does not change.</summary>
    /// <exception cref="InvalidOperationException">Nothing was kept.</exception>
    public Autoencoder Kept() => Over(Original, n => [.. state.KeptOf(n)]);

    /// <summary>Gives the memory back; the autoencoder that it began with stays open.</summary>
    public void Dispose()
    {
        graphs.Dispose();
        Result.Dispose();
    }

    private static void RequireTeacher(TrainerOptions options, Autoencoder student)
    {
        if (options.Teacher is not { } teacher) return;
        if (teacher.Space != student.Space)
            throw new LatentSpaceMismatchException(student.Name, student.Space, teacher.Space, AutoencoderFamily.Fitting(teacher.Space));
        if (!teacher.CanEncode || options.TaughtWeight > 0 && !teacher.CanDecode)
            throw new LatentSharpException(ErrorKind.BadInput, teacher.Name,
                $"a teacher makes the latents{(teacher.CanEncode ? " and pictures" : "")}; this one has no {(teacher.CanEncode ? "decoder" : "encoder")}.",
                "Name both of its files, or another teacher.");
    }

    // The same autoencoder with other values for what is trained. Arrays are not copied: it follows them.
    private Autoencoder Over(Autoencoder autoencoder, Func<string, float[]> values)
    {
        var metadata = new Dictionary<string, string>(autoencoder.Weights.Metadata);
        foreach ((string key, string value) in autoencoder.IdentifyingMetadata) metadata.TryAdd(key, value);
        var weights = new OverlaidWeights(autoencoder.Weights, metadata);
        foreach (string name in Trained) weights.Replace(name, values(name));
        var over = Autoencoder.From(weights, new AutoencoderOptions { Family = autoencoder.Family, Name = autoencoder.Name });
        if (over.Space != autoencoder.Space)
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Name,
                $"its latent space, {autoencoder.Space.Title}, is told by something beside its weights, which training would lose.",
                "Convert it to one safetensors file first.");
        return over;
    }

    private LatentSharpException NotFinite(TrainingExample? example, long step, string what)
    {
        string from = (example is null ? null : graphs.FirstNotFinite(example)) is { } node ? $"it comes from {node}"
            : sums.FirstNotFinite() is { } tensor ? $"it is that of {tensor}"
            : "it comes from the loss";
        return new LatentSharpException(ErrorKind.BadInput, $"step {step}", $"{what}; {from}. The weights are those of step {step - 1}.",
            "Take a lower rate, or look at the pictures of this step.");
    }
}
