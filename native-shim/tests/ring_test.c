/* One producer, one consumer, two million frames: none lost, none torn, none out of order. Then the edges. */
#include "fastcore_shim.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#define FRAMES 2000000u
#define CHECK(condition)                                                     \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            return 1;                                                        \
        }                                                                    \
    } while (0)

static void *produce(void *argument)
{
    fc_ring *ring = argument;
    for (uint32_t i = 0; i < FRAMES;) {
        fc_slot *slot = fc_ring_reserve(ring);
        if (slot == NULL) {
            sched_yield();
            continue;
        }
        for (uint32_t k = 0; k < 12; k++)
            memcpy(slot->data + 4 * k, &i, 4);
        slot->length = 48;
        slot->t_ns = i;
        fc_ring_publish(ring);
        i++;
    }
    return NULL;
}

int main(void)
{
    CHECK(fc_shim_abi() == FC_SHIM_ABI);
    CHECK(fc_ring_create(3, 64) == NULL);
    CHECK(fc_ring_create(1, 64) == NULL);
    CHECK(fc_ring_create(1u << 17, 64) == NULL);
    CHECK(fc_ring_create(4, 0) == NULL);

    fc_ring *full = fc_ring_create(4, 8);
    CHECK(full != NULL && fc_ring_lease(full) == NULL);
    for (int i = 0; i < 4; i++) {
        CHECK(fc_ring_reserve(full) != NULL);
        fc_ring_publish(full);
    }
    CHECK(fc_ring_reserve(full) == NULL && fc_ring_dropped(full) == 1 && fc_ring_high_water(full) == 4);
    CHECK(fc_ring_lease(full) != NULL);
    fc_ring_release(full);
    CHECK(fc_ring_reserve(full) != NULL);
    fc_ring_destroy(full);

    fc_ring *ring = fc_ring_create(64, 48);
    CHECK(ring != NULL);
    pthread_t producer;
    CHECK(pthread_create(&producer, NULL, produce, ring) == 0);
    for (uint32_t i = 0; i < FRAMES;) {
        fc_slot *slot = fc_ring_lease(ring);
        if (slot == NULL) {
            sched_yield();
            continue;
        }
        CHECK(slot->length == 48 && slot->t_ns == i);
        for (uint32_t k = 0; k < 12; k++) {
            uint32_t value;
            memcpy(&value, slot->data + 4 * k, 4);
            CHECK(value == i);
        }
        fc_ring_release(ring);
        i++;
    }
    CHECK(pthread_join(producer, NULL) == 0);
    CHECK(fc_ring_lease(ring) == NULL && fc_ring_high_water(ring) <= 64);
    fc_ring_destroy(ring);
    return 0;
}
