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
#define FC_SHIM_ABI 2

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

/* How a transfer or a call ended. */
enum {
    FC_OK = 0,
    FC_TIMEOUT = 1,
    FC_STALL = 2,
    FC_OVERFLOW = 3,
    FC_NO_DEVICE = 4,
    FC_CANCELLED = 5,
    FC_FAILED = 6,
};

/* The pipes from the device: endpoints 0x81, 0x82, 0x83. */
enum { FC_REPLIES = 0, FC_STREAM = 1, FC_EVENTS = 2, FC_PIPES = 3 };

/*
 * The pump: one opened device, one event thread. Transfers from the device are preallocated and posted again in the completion of the
 * last one; what they bring lies in a ring for each pipe. Everything but fc_pump_open is called by one thread at a time.
 */
typedef struct fc_pump fc_pump;

/* Opens the device with a serial number (NULL: the only one). 0, a libusb error (< 0), FC_NO_DEVICE when none matches, FC_FAILED when
 * several do. denied: the last libusb error of a device of this kind that could not be opened. */
FC_API int fc_pump_open(uint16_t vendor, uint16_t product, const char *serial, fc_pump **pump, int *denied);

/* Cancels everything, waits until it has come back, and closes the device. */
FC_API void fc_pump_close(fc_pump *pump);

FC_API const char *fc_pump_serial(const fc_pump *pump);

/* Whether the event thread runs under SCHED_FIFO and its memory is locked; without permission both are done without. */
FC_API int fc_pump_is_realtime(const fc_pump *pump);
FC_API int fc_pump_is_locked(const fc_pump *pump);

/* A control request. data: what is sent or, with bit 7 of type set, where to put what comes. length: in size, out bytes transferred. */
FC_API int fc_pump_control(fc_pump *pump, uint8_t type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data,
                           uint32_t *length, uint64_t timeout_ns);

/* Sends one transfer to endpoint 0x01 and waits for its end; a late one is cancelled and FC_TIMEOUT. */
FC_API int fc_pump_send(fc_pump *pump, const uint8_t *data, uint32_t length, uint64_t timeout_ns);

/* Lends the oldest received transfer of a pipe; each FC_OK is followed by a release. */
FC_API int fc_pump_receive(fc_pump *pump, int pipe, uint64_t timeout_ns, fc_slot **slot);
FC_API void fc_pump_release(fc_pump *pump, int pipe);

/* Ends the halt of a pipe, or of endpoint 0x01 (pipe -1): calls everything back, clears, posts again. */
FC_API int fc_pump_clear_halt(fc_pump *pump, int pipe);

/* Drops everything received and not lent. */
FC_API void fc_pump_discard(fc_pump *pump);

/* A frame that the pump sends every period while the calling thread has called anything within the liveness time, so that a pause of
 * the caller does not lift the tip and a dead caller does. Replies that repeat its code and sequence number are swallowed. Length 0
 * ends it. */
FC_API int fc_pump_arm_heartbeat(fc_pump *pump, const uint8_t *frame, uint32_t length, uint64_t period_ns, uint64_t liveness_ns);

/* Renews the liveness token without doing anything else. */
FC_API void fc_pump_renew(fc_pump *pump);

enum { FC_MAGNITUDE_ABOVE = 0, FC_ABOVE = 1, FC_BELOW = 2 };

typedef struct fc_reflex {
    uint16_t stream;      /* stream number whose samples are watched */
    uint16_t comparator;  /* FC_MAGNITUDE_ABOVE ... */
    float threshold;      /* in the unit of the samples */
    uint32_t consecutive; /* samples in a row that must fulfil it, at least 1 */
} fc_reflex;

/* Arms the reflex: the first good stream frame of the frame's epoch that fulfils the condition sends the frame, encoded beforehand, from
 * the event thread, and disarms. If the transfer fails or is not taken within 20 ms, ESTOP is sent on endpoint 0. Length 0 disarms. */
FC_API int fc_pump_arm_reflex(fc_pump *pump, const fc_reflex *reflex, const uint8_t *frame, uint32_t length);

typedef struct fc_statistics {
    uint64_t transfers[FC_PIPES]; /* completed */
    uint64_t bytes[FC_PIPES];
    uint64_t dropped[FC_PIPES];   /* because the ring was full */
    uint64_t high_water[FC_PIPES];
    uint64_t errors;              /* transfers from the device that ended in any other way than complete or cancelled */
    uint64_t resubmit_failures;
    uint64_t heartbeats;
    uint64_t heartbeats_withheld; /* the caller was silent */
    uint64_t reflexes;
    uint64_t emergency_stops;
    uint64_t reflex_ns;           /* last reflex: arrival of the frame to submission of the answer */
    uint64_t latency[32];         /* arrival of a frame to its lease: bucket k counts 2^k to 2^(k+1) ns */
} fc_statistics;

FC_API void fc_pump_statistics(const fc_pump *pump, fc_statistics *statistics);

#ifdef __cplusplus
}
#endif

#endif
