using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace LatentSharp.Weights.Identity;

/// <summary>
/// SHA-256 (FIPS 180-4) of bytes that come in parts. The platform's implementation where there is one; on a Linux without OpenSSL's
/// libraries, where a first use of the platform's would end the process, the one below: a fifth of the speed, the same digits.
/// </summary>
internal sealed class Sha256 : IDisposable
{
    private static readonly bool PlatformHasOne = !OperatingSystem.IsLinux() || HasOpenSsl();

    private readonly IncrementalHash? platform;
    private readonly Sha256Blocks? blocks;

    /// <param name="managed">True computes without the platform, as where it has none.</param>
    public Sha256(bool? managed = null)
    {
        if (managed ?? !PlatformHasOne) blocks = new Sha256Blocks();
        else platform = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public static string OfText(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="OfText"/>
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(BytesOf(bytes));

    /// <summary>The 32 bytes.</summary>
    public static byte[] BytesOf(ReadOnlySpan<byte> bytes)
    {
        using var hash = new Sha256();
        hash.Append(bytes);
        return hash.FinishBytes();
    }

    /// <summary>Adds bytes to those hashed so far.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (platform is null) blocks!.Append(bytes);
        else platform.AppendData(bytes);
    }

    /// <summary>The digest of everything appended: 64 lower-case hexadecimal digits. Nothing may be appended after it.</summary>
    public string Finish() => Convert.ToHexStringLower(FinishBytes());

    private byte[] FinishBytes() => platform is null ? blocks!.Finish() : platform.GetHashAndReset();

    /// <inheritdoc/>
    public void Dispose() => platform?.Dispose();

    // The names under which the runtime itself looks for OpenSSL, in its order.
    private static bool HasOpenSsl()
    {
        string? told = Environment.GetEnvironmentVariable("CLR_OPENSSL_VERSION_OVERRIDE");
        string[] names = ["libssl.so.3", "libssl.so.1.1"];
        foreach (string name in told is null ? names : names.Prepend($"libssl.so.{told}"))
        {
            if (!NativeLibrary.TryLoad(name, out nint library)) continue;
            NativeLibrary.Free(library);
            return true;
        }
        return false;
    }
}

/// <summary>The blocks of 64 bytes of FIPS 180-4, section 6.2.2, and the padding of section 5.1.1.</summary>
internal sealed class Sha256Blocks
{
    private const int Block = 64;

    // FIPS 180-4, section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static ReadOnlySpan<uint> K =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    // Section 5.3.3: those of the square roots of the first eight primes.
    private readonly uint[] state = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
    private readonly byte[] rest = new byte[Block];
    private int held;
    private ulong length;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        length += (ulong)bytes.Length;
        if (held > 0)
        {
            int taken = Math.Min(Block - held, bytes.Length);
            bytes[..taken].CopyTo(rest.AsSpan(held));
            held += taken;
            bytes = bytes[taken..];
            if (held < Block) return;
            Compress(rest);
            held = 0;
        }
        for (; bytes.Length >= Block; bytes = bytes[Block..]) Compress(bytes);
        bytes.CopyTo(rest);
        held = bytes.Length;
    }

    public byte[] Finish()
    {
        ulong bits = 8 * length;
        Span<byte> padding = stackalloc byte[2 * Block];
        padding.Clear();
        padding[0] = 0x80;
        int count = (held < Block - 8 ? Block : 2 * Block) - held;
        BinaryPrimitives.WriteUInt64BigEndian(padding[(count - 8)..], bits);
        Append(padding[..count]);
        byte[] digest = new byte[32];
        for (int i = 0; i < state.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(digest.AsSpan(4 * i), state[i]);
        return digest;
    }

    private void Compress(ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[64];
        for (int t = 0; t < 16; t++) w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * t)..]);
        for (int t = 16; t < 64; t++)
        {
            uint s0 = BitOperations.RotateRight(w[t - 15], 7) ^ BitOperations.RotateRight(w[t - 15], 18) ^ (w[t - 15] >> 3);
            uint s1 = BitOperations.RotateRight(w[t - 2], 17) ^ BitOperations.RotateRight(w[t - 2], 19) ^ (w[t - 2] >> 10);
            w[t] = s1 + w[t - 7] + s0 + w[t - 16];
        }
        uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        for (int t = 0; t < 64; t++)
        {
            uint s1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            uint t1 = h + s1 + ((e & f) ^ (~e & g)) + K[t] + w[t];
            uint s0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            uint t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
        }
        state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
    }
}
