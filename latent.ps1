# Runs the `latent` command from this checkout; builds it first when a source file is newer than the last build.
$root = $PSScriptRoot
$program = Join-Path $root 'src/LatentSharp.Cli/bin/Release/net10.0/latent.dll'
$stamp = Join-Path $root 'artifacts/latent.stamp'

function Test-Stale {
    if (-not (Test-Path $program) -or -not (Test-Path $stamp)) { return $true }
    $built = (Get-Item $stamp).LastWriteTimeUtc
    $files = Get-ChildItem (Join-Path $root 'src'), (Join-Path $root 'assets/models') -Recurse -File |
        Where-Object { $_.FullName -notmatch '[\\/](bin|obj)[\\/]' }
    $files += Get-ChildItem $root -File -Filter 'Directory.*.props'
    foreach ($file in $files) { if ($file.LastWriteTimeUtc -gt $built) { return $true } }
    return $false
}

if (Test-Stale) {
    if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
        [Console]::Error.WriteLine('dotnet was not found. Install the .NET 10 SDK: https://dotnet.microsoft.com/download')
        exit 1
    }
    if (-not (Test-Path $stamp)) { [Console]::Error.WriteLine('building latent (the first time takes a minute) ...') }
    $began = [DateTime]::UtcNow
    Push-Location $root
    $output = dotnet build src/LatentSharp.Cli -c Release -v q --nologo -p:RunAnalyzersDuringBuild=false 2>&1
    $code = $LASTEXITCODE
    Pop-Location
    if ($code -ne 0) {
        $output | ForEach-Object { [Console]::Error.WriteLine("$_") }
        exit 1
    }
    New-Item -ItemType Directory -Force (Join-Path $root 'artifacts') | Out-Null
    New-Item -ItemType File -Force $stamp | Out-Null
    (Get-Item $stamp).LastWriteTimeUtc = $began
}
dotnet $program @args
exit $LASTEXITCODE
