#version 450
#extension GL_GOOGLE_include_directive : require
// What is done value by value: functions, sums and products with another result or a row, normalisation with a table of three rows.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint OPERATION = 0u;
layout(constant_id = 2) const uint FUNCTION = 0u;
#include "common.glsl"
#include "functions.glsl"
#include "halves.glsl"
layout(constant_id = 3) const uint WRITES_HALVES = 0u;
const uint APPLY = 0u, ADD = 1u, ADD_ROW = 2u, MULTIPLY = 3u, MULTIPLY_ROW = 4u, NORMALISE = 5u, GATE = 6u, MODULATE = 7u;

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 1) readonly buffer Other { float other[]; };
layout(set = 0, binding = 2) readonly buffer Third { float third[]; };
layout(set = 0, binding = 4) writeonly buffer Target { uint target[]; };

#define COUNT WORD(0)
#define CHANNELS WORD(1)

float value_at(uint i)
{
    uint c = i % CHANNELS;
    float x = source[BASE(0) + i];
    if (OPERATION == ADD) x += other[BASE(1) + i];
    if (OPERATION == ADD_ROW) x += other[BASE(1) + c];
    if (OPERATION == MULTIPLY) x *= other[BASE(1) + i];
    if (OPERATION == MULTIPLY_ROW) x *= other[BASE(1) + c];
    if (OPERATION == NORMALISE)
        x = (x - other[BASE(1) + c]) * other[BASE(1) + CHANNELS + c] + other[BASE(1) + 2u * CHANNELS + c];
    if (OPERATION == GATE) x += other[BASE(1) + i] * third[BASE(2) + c];
    if (OPERATION == MODULATE) x = x * (1.0 + other[BASE(1) + c]) + third[BASE(2) + c];
    return activate(FUNCTION, x);
}

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (WRITES_HALVES == 0u)
    {
        if (i < COUNT) target[BASE(4) + i] = floatBitsToUint(value_at(i));
    }
    else if (2u * i < COUNT) target[BASE(4) + i] = halves_of(value_at(2u * i), value_at(2u * i + 1u));
}
