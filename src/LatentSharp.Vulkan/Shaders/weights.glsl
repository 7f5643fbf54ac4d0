// Weights as they are stored, in words of 32 bits. The type is a constant of the kernel.
const uint F32 = 0u, F16 = 1u, BF16 = 2u, F8_E4M3 = 3u, F8_E5M2 = 4u, Q8_0 = 5u, Q4_0 = 6u, Q4_1 = 7u, Q5_0 = 8u, Q5_1 = 9u, Q2_K = 10u,
    Q3_K = 11u, Q4_K = 12u, Q5_K = 13u, Q6_K = 14u;

layout(constant_id = 3) const uint STORED = 0u;

layout(set = 0, binding = 1) readonly buffer Stored { uint stored[]; };

uint stored_byte(uint i) { return stored[BASE(1) + (i >> 2)] >> ((i & 3u) << 3) & 0xffu; }

float stored_half(uint byte) { return unpackHalf2x16(stored_byte(byte) | stored_byte(byte + 1u) << 8).x; }

int stored_signed(uint i) { return bitfieldExtract(int(stored_byte(i)), 0, 8); }

// Rounded twice, as the processor does it, not once.
float scaled(float scale, uint q, float offset)
{
    precise float product = scale * float(q);
    precise float result = product - offset;
    return result;
}

// GGUF's blocks of 32 values. Of 16 bytes the low halves are the first values, the high halves the others.
float value_of_32(uint i)
{
    uint inside = i & 31u, first = i >> 5;
    if (STORED == Q8_0) return stored_half(first * 34u) * float(stored_signed(first * 34u + 2u + inside));
    uint bytes = STORED == Q4_0 ? 18u : STORED == Q4_1 ? 20u : STORED == Q5_0 ? 22u : 24u, block = first * bytes;
    uint q = stored_byte(block + bytes - 16u + (inside & 15u)) >> (inside >> 4 << 2) & 15u;
    if (STORED == Q5_0 || STORED == Q5_1) q |= (stored_byte(block + bytes - 20u + (inside >> 3)) >> (inside & 7u) & 1u) << 4;
    if (STORED == Q4_0) return stored_half(block) * float(int(q) - 8);
    if (STORED == Q5_0) return stored_half(block) * float(int(q) - 16);
    return scaled(stored_half(block), q, -stored_half(block + 2u));
}

// The six bits of a scale and of a minimum of Q4_K and Q5_K, of eight each in twelve bytes.
uvec2 scale_and_minimum(uint at, uint j)
{
    if (j < 4u) return uvec2(stored_byte(at + j), stored_byte(at + j + 4u)) & 63u;
    uint both = stored_byte(at + j + 4u);
    return uvec2((both & 15u) | stored_byte(at + j - 4u) >> 6 << 4, both >> 4 | stored_byte(at + j) >> 6 << 4);
}

// GGUF's blocks of 256 values: 16 parts of 16 or eight of 32, each with a scale of few bits.
float value_of_256(uint i)
{
    uint inside = i & 255u, n = inside >> 4, j = inside >> 5, first = i >> 8;
    if (STORED == Q2_K)
    {
        uint block = first * 84u, scales = stored_byte(block + n);
        uint q = stored_byte(block + 16u + 32u * (n >> 3) + 16u * (n & 1u) + (inside & 15u)) >> ((n & 7u) & ~1u) & 3u;
        return scaled(stored_half(block + 80u) * float(scales & 15u), q, stored_half(block + 82u) * float(scales >> 4));
    }
    if (STORED == Q3_K)
    {
        uint block = first * 110u, place = 16u * (n & 1u) + (inside & 15u), k = (n & 7u) >> 1;
        uint scale = (stored_byte(block + 96u + (n & 7u)) >> (n >> 3 << 2) & 15u)
            | (stored_byte(block + 104u + (n & 3u)) >> (n >> 2 << 1) & 3u) << 4;
        int q = int(stored_byte(block + 32u + 32u * (n >> 3) + place) >> (k << 1) & 3u);
        if ((stored_byte(block + place) >> ((n >> 3 << 2) + k) & 1u) == 0u) q -= 4;
        return stored_half(block + 108u) * float(int(scale) - 32) * float(q);
    }
    if (STORED == Q6_K)
    {
        uint block = first * 210u, part = inside >> 7, k = j & 3u, place = inside & 31u;
        uint low = stored_byte(block + 64u * part + 32u * (k & 1u) + place) >> (k >> 1 << 2) & 15u;
        uint high = stored_byte(block + 128u + 32u * part + place) >> (k << 1) & 3u;
        float step = stored_half(block + 208u) * float(stored_signed(block + 192u + n));
        return step * float(int(low | high << 4) - 32);
    }
    uint bytes = STORED == Q4_K ? 144u : 176u, block = first * bytes;
    uvec2 both = scale_and_minimum(block + 4u, j);
    uint q = stored_byte(block + bytes - 128u + 32u * (j >> 1) + (inside & 31u)) >> ((j & 1u) << 2) & 15u;
    if (STORED == Q5_K) q |= (stored_byte(block + 16u + (inside & 31u)) >> j & 1u) << 4;
    return scaled(stored_half(block) * float(both.x), q, stored_half(block + 2u) * float(both.y));
}

// A value by its place among the values of the tensor.
float weight_at(uint i)
{
    if (STORED == F32) return uintBitsToFloat(stored[BASE(1) + i]);
    if (STORED == F16)
    {
        vec2 pair = unpackHalf2x16(stored[BASE(1) + (i >> 1)]);
        return (i & 1u) == 0u ? pair.x : pair.y;
    }
    if (STORED == BF16)
    {
        uint pair = stored[BASE(1) + (i >> 1)];
        return uintBitsToFloat((i & 1u) == 0u ? pair << 16 : pair & 0xffff0000u);
    }
    if (STORED == F8_E4M3)
    {
        uint b = stored_byte(i), magnitude = b & 0x7fu;
        float value = magnitude >= 8u ? uintBitsToFloat((magnitude << 20) + (120u << 23)) : float(magnitude) * 0.001953125;
        return magnitude == 0x7fu ? uintBitsToFloat(0x7fc00000u) : (b & 0x80u) != 0u ? -value : value;
    }
    if (STORED == F8_E5M2) return unpackHalf2x16(stored_byte(i) << 8).x;
    return STORED >= Q2_K ? value_of_256(i) : value_of_32(i);
}
