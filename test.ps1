# Restores, builds and runs every test. The last line says how many passed and how many failed.
#   ./test.ps1                            all tests
#   ./test.ps1 --filter-class '*Shape*'   only some: arguments go to the test runner
# $env:CONFIGURATION = 'Debug' builds without optimisation.
Set-Location $PSScriptRoot
$configuration = if ($env:CONFIGURATION) { $env:CONFIGURATION } else { 'Release' }
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
    Write-Output 'dotnet was not found. Install the .NET 10 SDK: https://dotnet.microsoft.com/download'
    exit 1
}

$began = [DateTime]::UtcNow
Write-Output "building ($configuration) ..."
$build = dotnet build tests/LatentSharp.Tests -c $configuration -v q --nologo -p:RunAnalyzersDuringBuild=false 2>&1
if ($LASTEXITCODE -ne 0) {
    $build
    Write-Output 'the build failed; nothing was tested'
    Write-Output '0 passed, 1 failed'
    exit 1
}
# The command was built too: ./latent.ps1 need not look again before a source file changes.
if ($configuration -eq 'Release') {
    New-Item -ItemType Directory -Force artifacts | Out-Null
    (New-Item -ItemType File -Force artifacts/latent.stamp).LastWriteTimeUtc = $began
}

Write-Output 'testing ...'
$lines = [System.Collections.Generic.List[string]]::new()
dotnet "tests/LatentSharp.Tests/bin/$configuration/net10.0/LatentSharp.Tests.dll" @args 2>&1 | ForEach-Object { $lines.Add("$_"); $_ }
$code = $LASTEXITCODE

function Count([string] $name) {
    $found = 0
    foreach ($line in $lines) { if ($line -match "^\s*${name}:\s*(\d+)") { $found = [int]$Matches[1] } }
    $found
}
$passed = Count 'succeeded'
$failed = Count 'failed'
if ($code -ne 0 -and $failed -eq 0) { $failed = 1 }
Write-Output "$passed passed, $failed failed"
exit $code
