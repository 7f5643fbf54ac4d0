using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LatentSharp.Autoencoders.Checks;
using LatentSharp.Autoencoders.Library;
using LatentSharp.Compute;
using LatentSharp.Datasets;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Checking;
using LatentSharp.Service.Claims;
using LatentSharp.Service.Comparing;
using LatentSharp.Service.Converting;
using LatentSharp.Service.Datasets;
using LatentSharp.Service.Decoding;
using LatentSharp.Service.Devices;
using LatentSharp.Service.Diagnosing;
using LatentSharp.Service.Encoding;
using LatentSharp.Service.Evaluating;
using LatentSharp.Service.Finetuning;
using LatentSharp.Service.Finetuning.Lora;
using LatentSharp.Service.Generating;
using LatentSharp.Service.Inspecting;
using LatentSharp.Service.Installation;
using LatentSharp.Service.Mending;
using LatentSharp.Service.ModelFolders;
using LatentSharp.Service.Planning;
using LatentSharp.Service.Prompting;
using LatentSharp.Service.Recalibrating;
using LatentSharp.Service.Reporting;
using LatentSharp.Service.RoundTrips;
using LatentSharp.Service.Running;
using LatentSharp.Service.Timing;
using LatentSharp.Service.Tokenizing;
using LatentSharp.Service.Training;

namespace LatentSharp.Service.Json;

/// <summary>
/// The JSON form of every result: the same for whoever sends it. Names of members are <c>snake_case</c>, words of enumerations
/// <c>kebab-case</c>; figures are called what the metric catalogue calls them, and other quantities end in their unit. Generated at build
/// time, so that it works without reflection.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters =
[
    typeof(KebabEnum<ErrorKind>), typeof(KebabEnum<RemedyKind>), typeof(KebabEnum<ItemStatus>), typeof(KebabEnum<LibrarySource>),
    typeof(KebabEnum<InspectedKind>), typeof(KebabEnum<CompatibilityVerdict>), typeof(KebabEnum<CompatibilityAspect>),
        typeof(KebabEnum<CheckStepKind>),
    typeof(KebabEnum<RecalibrateKind>), typeof(KebabEnum<PromptEncoder>), typeof(KebabEnum<NetworkKind>), typeof(KebabEnum<WeightLife>),
    typeof(KebabEnum<FittingKind>), typeof(KebabEnum<ModelPartKind>), typeof(KebabEnum<StaleReason>), typeof(KebabEnum<DatasetProblemKind>),
    typeof(KebabEnum<KernelPeak>), typeof(KebabEnum<DeviceKind>), typeof(KebabEnum<FinetuneEnd>),
])]
[JsonSerializable(typeof(EncodeResult))]
[JsonSerializable(typeof(EncodedPicture))]
[JsonSerializable(typeof(EncodeDatasetResult))]
[JsonSerializable(typeof(DatasetPicture))]
[JsonSerializable(typeof(DiffDatasetResult))]
[JsonSerializable(typeof(VerifyDatasetResult))]
[JsonSerializable(typeof(DatasetStatus))]
[JsonSerializable(typeof(PruneDatasetResult))]
[JsonSerializable(typeof(MergeDatasetResult))]
[JsonSerializable(typeof(ExportDatasetResult))]
[JsonSerializable(typeof(ClusterScript))]
[JsonSerializable(typeof(DecodeResult))]
[JsonSerializable(typeof(DecodedLatent))]
[JsonSerializable(typeof(RoundTripResult))]
[JsonSerializable(typeof(RoundTrip))]
[JsonSerializable(typeof(MendResult))]
[JsonSerializable(typeof(MendedLatent))]
[JsonSerializable(typeof(FailedItem))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(PlanResult))]
[JsonSerializable(typeof(PlanModelResult))]
[JsonSerializable(typeof(PlanPixelsResult))]
[JsonSerializable(typeof(TimeFluxResult))]
[JsonSerializable(typeof(TimeSpacesResult))]
[JsonSerializable(typeof(TimeResult))]
[JsonSerializable(typeof(TimeKernelsResult))]
[JsonSerializable(typeof(AutoencoderList))]
[JsonSerializable(typeof(ChosenAutoencoder))]
[JsonSerializable(typeof(RegisteredFolder))]
[JsonSerializable(typeof(ForgottenAutoencoder))]
[JsonSerializable(typeof(InspectResult))]
[JsonSerializable(typeof(InspectFilesResult))]
[JsonSerializable(typeof(InspectedFile))]
[JsonSerializable(typeof(DiagnoseFilesResult))]
[JsonSerializable(typeof(DiagnosedFile))]
[JsonSerializable(typeof(CatalogueEntry))]
[JsonSerializable(typeof(ModelCardText))]
[JsonSerializable(typeof(CheckResult))]
[JsonSerializable(typeof(CheckLatentsResult))]
[JsonSerializable(typeof(CheckedLatent))]
[JsonSerializable(typeof(CheckModelsResult))]
[JsonSerializable(typeof(ModelsResult))]
[JsonSerializable(typeof(ConvertResult))]
[JsonSerializable(typeof(ReportResult))]
[JsonSerializable(typeof(MeasuredPicture))]
[JsonSerializable(typeof(CompareResult))]
[JsonSerializable(typeof(DiagnoseResult))]
[JsonSerializable(typeof(RecalibrateResult))]
[JsonSerializable(typeof(FinetuneResult))]
[JsonSerializable(typeof(FinetuneMeasurement))]
[JsonSerializable(typeof(FinetuneNotes))]
[JsonSerializable(typeof(FinetuneRecipe))]
[JsonSerializable(typeof(LoraResult))]
[JsonSerializable(typeof(LoraMeasurement))]
[JsonSerializable(typeof(LoraNotes))]
[JsonSerializable(typeof(LoraRecipe))]
[JsonSerializable(typeof(TrainResult))]
[JsonSerializable(typeof(WrittenRecipe))]
[JsonSerializable(typeof(EvaluateResult))]
[JsonSerializable(typeof(ClaimsResult))]
[JsonSerializable(typeof(InstallationFacts))]
[JsonSerializable(typeof(DevicesResult))]
[JsonSerializable(typeof(TokensResult))]
[JsonSerializable(typeof(RunResult))]
[JsonSerializable(typeof(GradientResult))]
[JsonSerializable(typeof(GenerateResult))]
[JsonSerializable(typeof(GenerationRecord))]
[JsonSerializable(typeof(PromptResult))]
[JsonSerializable(typeof(string))]
public sealed partial class ServiceJson : JsonSerializerContext
{
    private static readonly Lazy<ServiceJson> readable =
        new(() => new ServiceJson(
            new JsonSerializerOptions(((JsonSerializerContext)Default!).Options)
            {
                WriteIndented = true,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping
            }));
    private static readonly Lazy<ServiceJson> lines =
        new(() => new ServiceJson(
            new JsonSerializerOptions(
                ((JsonSerializerContext)Default!).Options)
            { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    /// <summary>Indented, with characters outside ASCII as they are: read by people and programs, never pasted into HTML.</summary>
    public static ServiceJson Readable => readable.Value;

    /// <summary>Each value on one line.</summary>
    public static ServiceJson Lines => lines.Value;
}
