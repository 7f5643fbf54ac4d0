#version 450
#extension GL_GOOGLE_include_directive : require
// What sequences need beside products: angles of positions and times, turned heads, the row that stands for a text.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint OPERATION = 0u;
#include "common.glsl"
#include "functions.glsl"
const uint ROPE = 0u, ROTARY_TABLE = 1u, SINUSOIDAL = 2u, TOKEN = 3u;

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 1) readonly buffer Table { float table[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define COUNT WORD(0)                  // pairs, or values of the row
#define CHANNELS WORD(1)               // of the source
#define PAIRS WORD(2)                  // of a head, or of a position
#define FACTOR uintBitsToFloat(WORD(3))
#define TOKENS WORD(4)
#define END WORD(5)                    // the number that ends a text, plus 1; 0 for the highest

float rank(float id) { return END == 0u ? id : id == float(END - 1u) ? 1.0 : 0.0; }

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i >= COUNT) return;
    if (OPERATION == ROPE)
    {
        uint p = i / (CHANNELS / 2u), inside = i % (CHANNELS / 2u), j = inside % PAIRS, at = p * CHANNELS + inside * 2u;
        float c = table[BASE(1) + p * PAIRS * 2u + j], s = table[BASE(1) + p * PAIRS * 2u + PAIRS + j];
        float a = source[BASE(0) + at], b = source[BASE(0) + at + 1u];
        target[BASE(4) + at] = a * c - b * s;
        target[BASE(4) + at + 1u] = a * s + b * c;
        return;
    }
    if (OPERATION == TOKEN)
    {
        uint found = 0u;
        for (uint token = 1u; token < TOKENS; token++)
            if (rank(table[BASE(1) + token]) > rank(table[BASE(1) + found])) found = token;
        target[BASE(4) + i] = source[BASE(0) + found * CHANNELS + i];
        return;
    }
    uint p = i / PAIRS, j = i % PAIRS;
    vec2 turned;
    if (OPERATION == ROTARY_TABLE)
    {
        // A frequency in two parts, the first of so few bits that its product with a position is exact; the angles are added afterwards.
        float id = source[BASE(0) + p * CHANNELS + uint(table[BASE(1) + j * 3u])];
        vec2 a = cosine_and_sine(id * table[BASE(1) + j * 3u + 1u]), b = cosine_and_sine(id * table[BASE(1) + j * 3u + 2u]);
        turned = vec2(a.x * b.x - a.y * b.y, a.y * b.x + a.x * b.y);
    }
    else turned = cosine_and_sine(source[BASE(0) + p] * FACTOR * table[BASE(1) + j]);
    target[BASE(4) + p * PAIRS * 2u + j] = turned.x;
    target[BASE(4) + p * PAIRS * 2u + PAIRS + j] = turned.y;
}
