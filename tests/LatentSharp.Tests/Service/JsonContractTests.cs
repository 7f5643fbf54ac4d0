using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LatentSharp.Cli;
using LatentSharp.Quality.Reports;
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
using LatentSharp.Service.Json;
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

namespace LatentSharp.Tests.Service;

/// <summary>
/// The JSON of every result has one style, and its published schema is what the records say. With LATENTSHARP_UPDATE=1 the schemas in
/// <c>docs/json</c> are written anew.
/// </summary>
public sealed partial class JsonContractTests
{
    private static readonly Dictionary<string, Type> Results = new(StringComparer.Ordinal)
    {
        ["ae-add"] = typeof(ChosenAutoencoder), ["ae-add-folder"] = typeof(RegisteredFolder), ["ae-list"] = typeof(AutoencoderList),
        ["ae-remove"] = typeof(ForgottenAutoencoder),
        ["bench"] = typeof(TimeResult), ["bench-flux"] = typeof(TimeFluxResult),
        ["bench-spaces"] = typeof(TimeSpacesResult),
        ["bench-kernels"] = typeof(TimeKernelsResult),
        ["check"] = typeof(CheckResult), ["check-models"] = typeof(CheckModelsResult), ["claims"] = typeof(ClaimsResult),
        ["compare"] = typeof(CompareResult), ["convert"] = typeof(ConvertResult),
        ["dataset-encode"] = typeof(EncodeDatasetResult), ["dataset-encode-line"] = typeof(DatasetPicture),
        ["dataset-diff"] = typeof(DiffDatasetResult), ["dataset-verify"] = typeof(VerifyDatasetResult), ["dataset-status"] = typeof(DatasetStatus),
        ["dataset-prune"] = typeof(PruneDatasetResult), ["dataset-merge"] = typeof(MergeDatasetResult),
        ["dataset-export"] = typeof(ExportDatasetResult), ["dataset-script"] = typeof(ClusterScript),
        ["decode"] = typeof(DecodeResult), ["decode-line"] = typeof(DecodedLatent), ["diagnose"] = typeof(DiagnoseResult),
        ["diagnose-files"] = typeof(DiagnoseFilesResult), ["diagnose-files-line"] = typeof(DiagnosedFile),
        ["devices"] = typeof(DevicesResult),
        ["doctor"] = typeof(InstallationFacts), ["encode"] = typeof(EncodeResult),
        ["encode-line"] = typeof(EncodedPicture), ["evaluate"] = typeof(EvaluateResult), ["failed-line"] = typeof(FailedItem),
        ["finetune"] = typeof(FinetuneResult), ["finetune-line"] = typeof(FinetuneMeasurement),
        ["finetune-lora"] = typeof(LoraResult), ["finetune-lora-line"] = typeof(LoraMeasurement),
        ["train"] = typeof(TrainResult),
        ["generate"] = typeof(GenerateResult), ["inspect"] = typeof(InspectResult), ["models"] = typeof(ModelsResult),
        ["inspect-files"] = typeof(InspectFilesResult), ["inspect-files-line"] = typeof(InspectedFile),
        ["check-latents"] = typeof(CheckLatentsResult), ["check-latents-line"] = typeof(CheckedLatent),
        ["mend"] = typeof(MendResult), ["mend-line"] = typeof(MendedLatent),
        ["inspect-card"] = typeof(ModelCardText), ["inspect-entry"] = typeof(CatalogueEntry), ["plan"] = typeof(PlanResult),
        ["plan-model"] = typeof(PlanModelResult), ["plan-pixels"] = typeof(PlanPixelsResult),
        ["prompt"] = typeof(PromptResult), ["recalibrate"] = typeof(RecalibrateResult),
        ["report"] = typeof(ReportResult), ["report-line"] = typeof(MeasuredPicture),
        ["roundtrip"] = typeof(RoundTripResult), ["roundtrip-line"] = typeof(RoundTrip),
        ["run"] = typeof(RunResult), ["run-gradients"] = typeof(GradientResult), ["tokens"] = typeof(TokensResult),
    };

    // Quantities that are called by a name of their own everywhere: no second name for the same thing.
    private static readonly string[] SecondNames = ["psnr_db", "mean_delta_e", "delta_e_mean", "de2000", "ciede2000", "detail_loss_db",
        "filename", "file_name", "sha_256", "license", "color"];

    private const string QualityReport = "quality-report";

    public static TheoryData<string> Names => [.. Results.Keys.Append("error")];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_published_schema_is_that_of_the_records(string name)
    {
        string path = Repository.Path($"docs/json/{name}.schema.json"), schema = Schema(name)
            .ToJsonString(new JsonSerializerOptions
            {
                WriteIndented = true,
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping
            }) + "\n";
        if (Environment.GetEnvironmentVariable("LATENTSHARP_UPDATE") is "1") File.WriteAllText(path, schema);
        Assert.Equal(schema, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    [InlineData(QualityReport)]
    public void Every_member_is_snake_case_and_every_word_of_an_enumeration_kebab_case(string name)
    {
        JsonNode schema = name == QualityReport ? JsonNode.Parse(ReportSchema.Text)! : Schema(name);
        int members = 0;
        foreach (JsonObject part in Parts(schema))
        {
            if (part["properties"] is JsonObject properties)
            {
                foreach ((string member, _) in properties)
                {
                    Assert.Matches(SnakeCase(), member);
                    Assert.DoesNotContain(member, SecondNames);
                    members++;
                }
            }
            if (part["enum"] is JsonArray words)
                foreach (JsonNode? word in words)
                    if (word is not null) Assert.Matches(KebabCase(), word.GetValue<string>());
        }
        Assert.True(members > 0, "the schema has members");
    }

    [Fact]
    public void Nothing_is_published_that_does_not_exist()
        => Assert.Equal(Names.Select(n => n.Data).Order(StringComparer.Ordinal),
            Directory.GetFiles(Repository.Path("docs/json"))
            .Select(f => Path.GetFileName(f).Replace(".schema.json", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    /// <summary>The schema of a result, with the records' own words.</summary>
    internal static JsonNode Schema(string name)
    {
        JsonTypeInfo type = name == "error" ? CommandJson.Readable.ErrorDocument
            : ServiceJson.Default.GetTypeInfo(Results[name]) ?? throw new InvalidOperationException($"{Results[name]} has no JSON form");
        var options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Described };
        JsonObject schema = (JsonObject)JsonSchemaExporter.GetJsonSchemaAsNode(type, options);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", name == "error" ? "what is printed when a command fails" : $"the result of {name.Replace('-', ' ')}");
        return schema;
    }

    private static JsonNode Described(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema) return node;
        string? text = context.PropertyInfo is { } property ? Documentation.Of(property) : Documentation.Of(context.TypeInfo.Type);
        if (text is not null) schema.Insert(0, "description", text);
        return schema;
    }

    private static IEnumerable<JsonObject> Parts(JsonNode node)
    {
        if (node is JsonArray array)
        {
            foreach (JsonNode? item in array)
                if (item is not null) foreach (JsonObject part in Parts(item)) yield return part;
        }
        else if (node is JsonObject here)
        {
            yield return here;
            foreach ((_, JsonNode? value) in here)
                if (value is not null) foreach (JsonObject part in Parts(value)) yield return part;
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
    private static partial Regex SnakeCase();

    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    private static partial Regex KebabCase();

    /// <summary>The documentation comments of the records, as the compiler writes them beside the assembly.</summary>
    private static partial class Documentation
    {
        private static readonly Dictionary<string, XElement> Members = ((string[])["LatentSharp.Service", "LatentSharp", "LatentSharp.Quality", "latent"])
            .Select(a => Path.Combine(AppContext.BaseDirectory, a + ".xml")).Where(File.Exists)
            .SelectMany(f => XDocument.Load(f).Descendants("member")).DistinctBy(m => m.Attribute("name")!.Value)
            .ToDictionary(m => m.Attribute("name")!.Value);

        internal static string? Of(Type type) => Members.TryGetValue("T:" + type.FullName, out XElement? member)
            ? Text(member.Element("summary")) : null;

        internal static string? Of(JsonPropertyInfo property)
        {
            Type declaring = property.DeclaringType;
            string? name = (property.AttributeProvider as System.Reflection.MemberInfo)?.Name
                ?? declaring.GetProperties()
                .FirstOrDefault(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name) == property.Name)?.Name;
            if (name is null) return null;
            if (Members.TryGetValue($"P:{declaring.FullName}.{name}", out XElement? own) && Text(own.Element("summary")) is { } text)
                return text;
            return Members.TryGetValue("T:" + declaring.FullName, out XElement? record)
                ? Text(record.Elements("param").FirstOrDefault(p => p.Attribute("name")?.Value == name)) : null;
        }

        private static string? Text(XElement? element)
        {
            if (element is null) return null;
            string text = string.Concat(element.Nodes().Select(n => n switch
            {
                XText t => t.Value,
                XElement { Name.LocalName: "see" } see => see.Attribute("cref")?.Value.Split('.')[^1] ?? "",
                XElement e => e.Value,
                _ => "",
            }));
            return Blanks().Replace(text, " ").Trim();
        }

        [GeneratedRegex(@"\s+")]
        private static partial Regex Blanks();
    }
}
