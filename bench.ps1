# Measures LatentSharp beside ONNX Runtime on this machine; builds the benchmark first. ./bench.ps1 --help lists the options.
$project = Join-Path $PSScriptRoot 'benchmarks/LatentSharp.Bench'

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
    [Console]::Error.WriteLine('dotnet was not found. Install the .NET 10 SDK: https://dotnet.microsoft.com/download')
    exit 1
}
Push-Location $PSScriptRoot
# The build server must not take part in what is measured.
$output = dotnet build $project -c Release -v q --nologo --disable-build-servers 2>&1
$code = $LASTEXITCODE
Pop-Location
if ($code -ne 0) {
    $output | ForEach-Object { [Console]::Error.WriteLine("$_") }
    exit 1
}
dotnet (Join-Path $project 'bin/Release/net10.0/LatentSharp.Bench.dll') @args
exit $LASTEXITCODE
