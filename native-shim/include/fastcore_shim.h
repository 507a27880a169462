/* The C ABI of the native shim: what runs below the managed loop and must not wait for a garbage collector. */
#ifndef FASTCORE_SHIM_H
#define FASTCORE_SHIM_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define FC_API __declspec(dllexport)
#else
#define FC_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a function or a structure below changes its meaning. */
#define FC_SHIM_ABI 1

FC_API uint32_t fc_shim_abi(void);

/*
 * Ring of fixed slots between exactly one producer thread and exactly one consumer thread. The consumer sees a slot in place
 * (a lease) and gives it back; nothing is copied. A producer that finds the ring full drops the frame and counts it: the wire
 * cannot wait.
 */
typedef struct fc_ring fc_ring;

typedef struct fc_slot {
    uint32_t length; /* bytes used in data */
    int32_t status;  /* transfer status, 0 = complete */
    uint64_t t_ns;   /* monotonic time of arrival */
    uint8_t *data;   /* capacity bytes */
} fc_slot;

/* slots: a power of two, 2 .. 65536; capacity: bytes per slot, 1 .. 1 MiB. NULL when out of range or out of memory. */
FC_API fc_ring *fc_ring_create(uint32_t slots, uint32_t capacity);
FC_API void fc_ring_destroy(fc_ring *ring);

/* Producer: the free slot to fill, or NULL when the ring is full (counted as dropped). Publish makes it visible. */
FC_API fc_slot *fc_ring_reserve(fc_ring *ring);
FC_API void fc_ring_publish(fc_ring *ring);

/* Consumer: the oldest published slot, or NULL when the ring is empty. Release gives it back to the producer. */
FC_API fc_slot *fc_ring_lease(fc_ring *ring);
FC_API void fc_ring_release(fc_ring *ring);

/* Frames dropped because the ring was full, and the largest number of slots ever in use. */
FC_API uint64_t fc_ring_dropped(const fc_ring *ring);
FC_API uint32_t fc_ring_high_water(const fc_ring *ring);

#ifdef __cplusplus
}
#endif

#endif
