#define _WIN32_WINNT 0x0602
#include "platform.h"

#include <stdlib.h>
#include <windows.h>

struct fc_thread {
    HANDLE thread;
    void (*run)(void *);
    void *argument;
};

struct fc_lock {
    SRWLOCK lock;
};

uint64_t fc_now_ns(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    uint64_t whole = (uint64_t)(count.QuadPart / frequency.QuadPart), rest = (uint64_t)(count.QuadPart % frequency.QuadPart);
    return whole * 1000000000u + rest * 1000000000u / (uint64_t)frequency.QuadPart;
}

void fc_wait(atomic_uint *word, unsigned expected, uint64_t timeout_ns)
{
    /* Milliseconds are the finest that this waits; less would be nothing. */
    DWORD milliseconds = timeout_ns > 60000000000u ? 60000 : (DWORD)((timeout_ns + 999999u) / 1000000u);
    WaitOnAddress((volatile VOID *)word, &expected, sizeof expected, milliseconds);
}

void fc_wake(atomic_uint *word) { WakeByAddressSingle((PVOID)word); }

void *fc_memory_map(size_t bytes, int *locked)
{
    void *memory = VirtualAlloc(NULL, bytes, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    *locked = memory != NULL && VirtualLock(memory, bytes);
    return memory;
}

void fc_memory_unmap(void *memory, size_t bytes)
{
    (void)bytes;
    VirtualFree(memory, 0, MEM_RELEASE);
}

static DWORD WINAPI begin(LPVOID argument)
{
    fc_thread *thread = argument;
    thread->run(thread->argument);
    return 0;
}

fc_thread *fc_thread_start(void (*run)(void *), void *argument)
{
    fc_thread *thread = malloc(sizeof *thread);
    if (thread == NULL)
        return NULL;
    thread->run = run;
    thread->argument = argument;
    thread->thread = CreateThread(NULL, 0, begin, thread, 0, NULL);
    if (thread->thread == NULL) {
        free(thread);
        return NULL;
    }
    return thread;
}

void fc_thread_join(fc_thread *thread)
{
    WaitForSingleObject(thread->thread, INFINITE);
    CloseHandle(thread->thread);
    free(thread);
}

int fc_thread_hurry(void) { return SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_TIME_CRITICAL) != 0; }

fc_lock *fc_lock_create(void)
{
    fc_lock *lock = malloc(sizeof *lock);
    if (lock != NULL)
        InitializeSRWLock(&lock->lock);
    return lock;
}

void fc_lock_destroy(fc_lock *lock) { free(lock); }

void fc_lock_take(fc_lock *lock) { AcquireSRWLockExclusive(&lock->lock); }

void fc_lock_give(fc_lock *lock) { ReleaseSRWLockExclusive(&lock->lock); }
