// Values that may have 16 bits, two in a word. They are rounded to the nearest here, since drivers may cut instead. What 16 bits cannot
// hold, infinities and what is no number among it, is told in a word of the step: such a run ends with an error.
layout(set = 0, binding = 5) writeonly buffer Overflow { uint overflow[]; };

float half_of(uint pair, uint i)
{
    vec2 both = unpackHalf2x16(pair);
    return (i & 1u) == 0u ? both.x : both.y;
}

// 65,520 rounds to what is beyond the largest, 65,504.
bool exceeds_half(float x) { return (floatBitsToUint(x) & 0x7fffffffu) >= 0x477ff000u; }

float rounded_to_half(float x)
{
    uint bits = floatBitsToUint(x);
    return uintBitsToFloat((bits + 0xfffu + (bits >> 13 & 1u)) & 0xffffe000u);
}

uint halves_of(float a, float b)
{
    if (exceeds_half(a) || exceeds_half(b)) overflow[BASE(5)] = 1u;
    return packHalf2x16(vec2(rounded_to_half(a), rounded_to_half(b)));
}
