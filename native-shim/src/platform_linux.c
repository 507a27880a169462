#include "platform.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct fc_thread {
    pthread_t thread;
    void (*run)(void *);
    void *argument;
};

struct fc_lock {
    pthread_mutex_t mutex;
};

uint64_t fc_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void fc_wait(atomic_uint *word, unsigned expected, uint64_t timeout_ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000u), .tv_nsec = (long)(timeout_ns % 1000000000u)};
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, &timeout, NULL, 0);
}

void fc_wake(atomic_uint *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }

void *fc_memory_map(size_t bytes, int *locked)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    *locked = mlock(memory, bytes) == 0;
    return memory;
}

void fc_memory_unmap(void *memory, size_t bytes) { munmap(memory, bytes); }

static void *begin(void *argument)
{
    fc_thread *thread = argument;
    thread->run(thread->argument);
    return NULL;
}

fc_thread *fc_thread_start(void (*run)(void *), void *argument)
{
    fc_thread *thread = malloc(sizeof *thread);
    if (thread == NULL)
        return NULL;
    thread->run = run;
    thread->argument = argument;
    if (pthread_create(&thread->thread, NULL, begin, thread) != 0) {
        free(thread);
        return NULL;
    }
    return thread;
}

void fc_thread_join(fc_thread *thread)
{
    pthread_join(thread->thread, NULL);
    free(thread);
}

int fc_thread_hurry(void)
{
    volatile char stack[65536];
    for (size_t k = 0; k < sizeof stack; k += 4096)
        stack[k] = 0;
    prctl(PR_SET_TIMERSLACK, 1);
    struct sched_param priority = {.sched_priority = 50};
    return pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority) == 0;
}

fc_lock *fc_lock_create(void)
{
    fc_lock *lock = malloc(sizeof *lock);
    if (lock != NULL)
        pthread_mutex_init(&lock->mutex, NULL);
    return lock;
}

void fc_lock_destroy(fc_lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

void fc_lock_take(fc_lock *lock) { pthread_mutex_lock(&lock->mutex); }

void fc_lock_give(fc_lock *lock) { pthread_mutex_unlock(&lock->mutex); }
