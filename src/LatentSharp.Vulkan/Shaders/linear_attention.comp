#version 450
#extension GL_GOOGLE_include_directive : require
// Attention with relu(q) . relu(k) as weights, in three passes: what keys and values give for a chunk of positions, the sum of the chunks,
// and the result of each position. The channels are groups of query, key and value, each of CHANNELS.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint PASS = 0u;
layout(constant_id = 2) const uint CHANNELS = 32u;
#include "common.glsl"
const uint GATHER = 0u, MERGE = 1u;

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 1) readonly buffer Table { float table[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define HEADS WORD(0)
#define POSITIONS WORD(1)              // of the band; chunks where they are merged
#define CHUNK WORD(2)
#define COUNT WORD(3)

// A row for every channel of the values, and one of the sums of the keys.
const uint SIZE = (CHANNELS + 1u) * CHANNELS;

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i >= COUNT) return;
    float sum = 0.0;
    if (PASS == GATHER)
    {
        uint entry = i % SIZE, head = i / SIZE % HEADS, chunk = i / SIZE / HEADS, v = entry / CHANNELS, k = entry % CHANNELS;
        uint end = min(POSITIONS, (chunk + 1u) * CHUNK);
        for (uint p = chunk * CHUNK; p < end; p++)
        {
            uint at = BASE(0) + (p * HEADS + head) * 3u * CHANNELS;
            float value = v < CHANNELS ? source[at + 2u * CHANNELS + v] : 1.0;
            sum += max(source[at + CHANNELS + k], 0.0) * value;
        }
        target[BASE(4) + i] = sum;
        return;
    }
    if (PASS == MERGE)
    {
        for (uint chunk = 0u; chunk < POSITIONS; chunk++) sum += source[BASE(0) + chunk * COUNT + i];
        target[BASE(4) + i] = sum;
        return;
    }
    uint v = i % CHANNELS, head = i / CHANNELS % HEADS, p = i / CHANNELS / HEADS;
    uint at = BASE(0) + (p * HEADS + head) * 3u * CHANNELS, first = BASE(1) + head * SIZE;
    float weights = 0.0;
    for (uint k = 0u; k < CHANNELS; k++)
    {
        float q = max(source[at + k], 0.0);
        sum += table[first + v * CHANNELS + k] * q;
        weights += table[first + CHANNELS * CHANNELS + k] * q;
    }
    target[BASE(4) + i] = sum / (weights + 1e-15);
}
