// What all kernels share: six buffers, 32 words, and an index of the workgroup that may exceed what one direction holds.
layout(push_constant) uniform Words { uint word[32]; } given;

// Where in its buffer a tensor begins, in floats.
#define BASE(slot) given.word[slot]
#define WORD(i) given.word[6 + (i)]

uint group_index() { return gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x; }
