// Weights as they are stored, in words of 32 bits. The type is a constant of the kernel.
const uint F32 = 0u, F16 = 1u, BF16 = 2u, F8_E4M3 = 3u, F8_E5M2 = 4u, Q8_0 = 5u;

layout(constant_id = 3) const uint STORED = 0u;

layout(set = 0, binding = 1) readonly buffer Stored { uint stored[]; };

uint stored_byte(uint i) { return stored[BASE(1) + (i >> 2)] >> ((i & 3u) << 3) & 0xffu; }

float stored_half(uint byte) { return unpackHalf2x16(stored_byte(byte) | stored_byte(byte + 1u) << 8).x; }

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
    uint block = i / 32u * 34u, inside = i & 31u;
    return stored_half(block) * float(bitfieldExtract(int(stored_byte(block + 2u + inside)), 0, 8));
}
