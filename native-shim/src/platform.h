/* What differs between operating systems; one file for each. */
#ifndef FASTCORE_PLATFORM_H
#define FASTCORE_PLATFORM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fc_ring fc_ring;
typedef struct fc_thread fc_thread;
typedef struct fc_lock fc_lock;

/* Monotonic time. */
uint64_t fc_now_ns(void);

/* Waits while *word is expected, at most timeout_ns; may return early. */
void fc_wait(atomic_uint *word, unsigned expected, uint64_t timeout_ns);
void fc_wake(atomic_uint *word);

/* Whole pages, zeroed and touched; locked tells whether they stay in memory. */
void *fc_memory_map(size_t bytes, int *locked);
void fc_memory_unmap(void *memory, size_t bytes);
int fc_ring_is_locked(const fc_ring *ring);

fc_thread *fc_thread_start(void (*run)(void *), void *argument);
void fc_thread_join(fc_thread *thread);

/* For the calling thread: real-time priority if permitted (1) and timers without slack; touches the stack that it will use. */
int fc_thread_hurry(void);

fc_lock *fc_lock_create(void);
void fc_lock_destroy(fc_lock *lock);
void fc_lock_take(fc_lock *lock);
void fc_lock_give(fc_lock *lock);

#endif
