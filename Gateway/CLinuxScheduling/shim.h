// sched_setattr(2) and sched_getattr(2), for which the C library of Debian 12 has no functions, and Swift calls none
// with a variable number of arguments.
#pragma once

#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// The first version of the kernel's `struct sched_attr`.
struct fillgate_scheduling {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

// Gives the calling thread the ordinary policy with this `nice`, and slices of so many nanoseconds, which kernels before
// 6.12 ignore. Answers 0, or -1 with `errno`.
static inline long fillgate_set_scheduling(int32_t nice, uint64_t slice) {
    struct fillgate_scheduling attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.size = sizeof attributes;
    attributes.nice = nice;
    attributes.runtime = slice;
    return syscall(SYS_sched_setattr, 0, &attributes, 0u);
}

// What the kernel says of the calling thread. Answers 0, or -1 with `errno`.
static inline long fillgate_get_scheduling(struct fillgate_scheduling *attributes) {
    return syscall(SYS_sched_getattr, 0, attributes, (unsigned)sizeof *attributes, 0u);
}
