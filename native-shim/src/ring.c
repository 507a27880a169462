#include "fastcore_shim.h"

#include "platform.h"

#include <stdatomic.h>

/* Head and tail stand a cache line apart, each beside the other side's cached copy, so that the two threads share a line only
 * when one of them has to look whether the other moved. */
struct fc_ring {
    _Alignas(64) atomic_uint head; /* next slot to lease; written by the consumer */
    uint32_t seen_tail;            /* consumer's copy of tail */
    _Alignas(64) atomic_uint tail; /* next slot to fill; written by the producer */
    uint32_t seen_head;            /* producer's copy of head */
    atomic_uint_least64_t dropped;
    atomic_uint high_water;
    _Alignas(64) uint32_t slots;
    fc_slot *slot;
    uint8_t *memory;
    size_t bytes;
    int locked;
};

uint32_t fc_shim_abi(void) { return FC_SHIM_ABI; }

fc_ring *fc_ring_create(uint32_t slots, uint32_t capacity)
{
    if (slots < 2 || slots > 65536 || (slots & (slots - 1)) != 0 || capacity < 1 || capacity > (1u << 20))
        return NULL;
    int locked = 0;
    fc_ring *ring = fc_memory_map(sizeof(fc_ring), &locked);
    if (ring == NULL)
        return NULL;
    /* A stride of whole cache lines keeps neighbouring slots from sharing one. */
    size_t stride = ((size_t)capacity + 63) / 64 * 64;
    size_t head = (sizeof(fc_slot) * slots + 63) / 64 * 64;
    ring->bytes = head + stride * slots;
    ring->memory = fc_memory_map(ring->bytes, &ring->locked);
    if (ring->memory == NULL) {
        fc_memory_unmap(ring, sizeof(fc_ring));
        return NULL;
    }
    ring->slot = (fc_slot *)(void *)ring->memory;
    ring->locked &= locked;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    atomic_init(&ring->dropped, 0);
    atomic_init(&ring->high_water, 0);
    ring->seen_head = 0;
    ring->seen_tail = 0;
    ring->slots = slots;
    for (uint32_t i = 0; i < slots; i++)
        ring->slot[i].data = ring->memory + head + stride * i;
    return ring;
}

void fc_ring_destroy(fc_ring *ring)
{
    if (ring == NULL)
        return;
    fc_memory_unmap(ring->memory, ring->bytes);
    fc_memory_unmap(ring, sizeof(fc_ring));
}

fc_slot *fc_ring_reserve(fc_ring *ring)
{
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail - ring->seen_head == ring->slots) {
        ring->seen_head = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail - ring->seen_head == ring->slots) {
            atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
            return NULL;
        }
    }
    return &ring->slot[tail & (ring->slots - 1)];
}

void fc_ring_publish(fc_ring *ring)
{
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed) + 1;
    uint32_t used = tail - atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (used > atomic_load_explicit(&ring->high_water, memory_order_relaxed))
        atomic_store_explicit(&ring->high_water, used, memory_order_relaxed);
    atomic_store_explicit(&ring->tail, tail, memory_order_release);
}

fc_slot *fc_ring_lease(fc_ring *ring)
{
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (head == ring->seen_tail) {
        ring->seen_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head == ring->seen_tail)
            return NULL;
    }
    return &ring->slot[head & (ring->slots - 1)];
}

void fc_ring_release(fc_ring *ring)
{
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

uint64_t fc_ring_dropped(const fc_ring *ring)
{
    return atomic_load_explicit(&((fc_ring *)(uintptr_t)ring)->dropped, memory_order_relaxed);
}

uint32_t fc_ring_high_water(const fc_ring *ring)
{
    return atomic_load_explicit(&((fc_ring *)(uintptr_t)ring)->high_water, memory_order_relaxed);
}

int fc_ring_is_locked(const fc_ring *ring) { return ring->locked; }
