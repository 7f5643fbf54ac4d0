#version 450
#extension GL_GOOGLE_include_directive : require
// softmax(scale Q K^T + bias) V for a block of queries of one head. Keys come in blocks; the largest product so far and the sum are kept,
// and what was gathered is scaled when they change. Keys are taken in one order, so the result does not depend on the band of queries.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint QUERIES = 8u;
layout(constant_id = 2) const uint CHANNELS = 512u;        // of a head's query
layout(constant_id = 3) const uint VALUES = 512u;          // of a head's value
layout(constant_id = 4) const uint CAUSAL = 0u;
layout(constant_id = 5) const uint HAS_BIAS = 0u;
layout(constant_id = 6) const uint EACH = 32u;             // results of a thread
layout(constant_id = 7) const uint QUERY_IS_HALF = 0u;
layout(constant_id = 8) const uint KEY_IS_HALF = 0u;
layout(constant_id = 9) const uint VALUE_IS_HALF = 0u;
#include "common.glsl"
#include "halves.glsl"

layout(set = 0, binding = 0) readonly buffer Query { uint query[]; };
layout(set = 0, binding = 1) readonly buffer Key { uint key[]; };
layout(set = 0, binding = 2) readonly buffer Value { uint value[]; };
layout(set = 0, binding = 3) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define HEADS WORD(0)
#define KEYS WORD(1)
#define BAND_QUERIES WORD(2)
#define FIRST_QUERY WORD(3)
#define SCALE uintBitsToFloat(WORD(4))
#define ALL_QUERIES WORD(5)

float query_at(uint i) { return QUERY_IS_HALF != 0u ? half_of(query[BASE(0) + (i >> 1)], i) : uintBitsToFloat(query[BASE(0) + i]); }
float key_at(uint i) { return KEY_IS_HALF != 0u ? half_of(key[BASE(1) + (i >> 1)], i) : uintBitsToFloat(key[BASE(1) + i]); }
float value_at(uint i) { return VALUE_IS_HALF != 0u ? half_of(value[BASE(2) + (i >> 1)], i) : uintBitsToFloat(value[BASE(2) + i]); }

const uint BLOCK = 32u;
shared float queries[QUERIES * CHANNELS];
shared float scores[QUERIES * BLOCK];
shared float largest[QUERIES];
shared float sums[QUERIES];
shared float factors[QUERIES];

void main()
{
    uint thread = gl_LocalInvocationIndex, threads = gl_WorkGroupSize.x;
    uint head = group_index() % HEADS, first = group_index() / HEADS * QUERIES;
    if (first >= BAND_QUERIES) return;
    for (uint e = thread; e < QUERIES * CHANNELS; e += threads)
    {
        uint q = first + e / CHANNELS;
        queries[e] = q < BAND_QUERIES ? query_at((q * HEADS + head) * CHANNELS + e % CHANNELS) : 0.0;
    }
    if (thread < QUERIES)
    {
        largest[thread] = -3.4e38;
        sums[thread] = 0.0;
    }
    float results[EACH];
    for (uint i = 0u; i < EACH; i++) results[i] = 0.0;

    uint end = CAUSAL != 0u ? min(KEYS, FIRST_QUERY + first + QUERIES) : KEYS;
    for (uint from = 0u; from < end; from += BLOCK)
    {
        uint count = min(BLOCK, end - from);
        barrier();
        for (uint e = thread; e < QUERIES * BLOCK; e += threads)
        {
            uint q = e / BLOCK, k = from + e % BLOCK, asks = FIRST_QUERY + first + q;
            float score = -3.4e38;
            if (k < end && (CAUSAL == 0u || k <= asks))
            {
                uint at = (k * HEADS + head) * CHANNELS;
                float sum = 0.0;
                for (uint c = 0u; c < CHANNELS; c++) sum += queries[q * CHANNELS + c] * key_at(at + c);
                score = sum * SCALE;
                if (HAS_BIAS != 0u && first + q < BAND_QUERIES) score += bias[BASE(3) + (head * ALL_QUERIES + asks) * KEYS + k];
            }
            scores[e] = score;
        }
        barrier();
        if (thread < QUERIES)
        {
            float most = largest[thread];
            for (uint k = 0u; k < count; k++) most = max(most, scores[thread * BLOCK + k]);
            float factor = exp(largest[thread] - most), sum = sums[thread] * factor;
            for (uint k = 0u; k < count; k++)
            {
                float e = scores[thread * BLOCK + k] > -3.3e38 ? exp(scores[thread * BLOCK + k] - most) : 0.0;
                scores[thread * BLOCK + k] = e;
                sum += e;
            }
            largest[thread] = most;
            sums[thread] = sum;
            factors[thread] = factor;
        }
        barrier();
        for (uint i = 0u; i < EACH; i++)
        {
            uint e = thread + i * threads;
            if (e >= QUERIES * VALUES) break;
            uint q = e / VALUES, c = e % VALUES;
            float sum = results[i] * factors[q];
            for (uint k = 0u; k < count; k++)
                sum += scores[q * BLOCK + k] * value_at(((from + k) * HEADS + head) * VALUES + c);
            results[i] = sum;
        }
    }
    barrier();
    for (uint i = 0u; i < EACH; i++)
    {
        uint e = thread + i * threads;
        if (e >= QUERIES * VALUES) break;
        uint q = e / VALUES;
        if (first + q < BAND_QUERIES) target[BASE(4) + ((first + q) * HEADS + head) * VALUES + e % VALUES] = results[i] / sums[q];
    }
}
